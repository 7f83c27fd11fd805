"""Whether a wish may be sent: every rule a form or a request is checked against, from the
catalogue.

Pure and standard-library only, so that a panel can ask while it draws. Nothing here opens a file;
`pictures` does, when a person presses the button.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from .catalog import PARAMETERS, VIEWS, ModelVersion, Parameter, Service, TaskKind, Window

Values = Mapping[str, object]

# Beyond ASCII a host has two spellings, and then the key's origin is not recognised.
_NOT_IN_ADDRESS: Final = re.compile(r"[^!-~]|[?#@\\]")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something is not sent: the field it is about, and a sentence for the artist."""

    field: str
    sentence: str


def refuse(service: Service, kind: TaskKind, values: Values) -> Refusal | None:
    """The first reason not to send these values, or None. `values` holds the request's fields
    by name."""
    return next(_refusals(service, kind, values), None)


def refuse_key(service: Service, key: str) -> Refusal | None:
    """Whether the key can be one of this service at all; the service itself has the last word."""
    if not key:
        return Refusal(
            "key", f"{service.label} needs an API key: enter it in the add-on's preferences"
        )
    for prefix, sentence in service.wrong_keys.items():
        if key.startswith(prefix):
            return Refusal("key", sentence)
    if not key.startswith(service.key_prefix):
        return Refusal("key", f"A {service.label} key starts with {service.key_prefix}")
    if not (key.isascii() and key.isprintable()) or " " in key:
        return Refusal("key", "The key has a character that no key has; paste it again")
    return None


def refuse_address(address: str) -> Refusal | None:
    """Only https is spoken, and plain http to this very machine."""
    unfit = Refusal("address", "The base URL is not a web address")
    try:
        parts = urlsplit(address)
        host = parts.hostname if parts.port != 0 else None
    except ValueError:
        return unfit
    if not host or _NOT_IN_ADDRESS.search(address):
        return unfit
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)):
        return None
    return Refusal("address", "The base URL must start with https://")


def is_loopback(host: str) -> bool:
    """Whether a host name is this machine."""
    return host in {"localhost", "::1"} or (
        host.startswith("127.") and host.replace(".", "").isdigit()
    )


def face_window(version: ModelVersion, values: Values) -> Window:
    """The faces that a version may be limited to, given the other settings."""
    if values.get("quad") is True and version.faces_quad is not None:
        return version.faces_quad
    if values.get("geometry_quality") == "detailed" and version.faces_detailed is not None:
        return version.faces_detailed
    return version.faces


def _refusals(service: Service, kind: TaskKind, values: Values) -> Iterator[Refusal]:
    yield from _INPUTS[kind](service, values)
    if kind is TaskKind.TEXTURE_MODEL:
        return
    version = service.model(kind, str(values.get("model", "")))
    if version is None:
        yield Refusal("model", f"{service.label} does not offer this model version; choose another")
        return
    yield from _settings(version, kind, values)


def _settings(version: ModelVersion, kind: TaskKind, values: Values) -> Iterator[Refusal]:
    for name, parameter in PARAMETERS.items():
        value = values.get(name)
        if value is not None and value != parameter.default:
            yield from _setting(version, kind, parameter, value)
    if values.get("texture") is False and values.get("pbr") is not False:
        yield Refusal("pbr", "PBR Maps need a texture: switch both off for bare geometry")
    faces = values.get("face_limit")
    window = face_window(version, values)
    if isinstance(faces, int) and faces not in window:
        sentence = f"Model {version.label} takes a Face Limit from {_between(window)}"
        yield Refusal("face_limit", sentence)


def _setting(
    version: ModelVersion, kind: TaskKind, parameter: Parameter, value: object
) -> Iterator[Refusal]:
    """One setting that differs from the service's default."""
    name, label = parameter.name, parameter.label
    if not version.accepts(kind, name):
        yield Refusal(name, f"Model {version.label} does not take the setting {label}")
    window = parameter.window
    if window is not None and not (isinstance(value, int) and value in window):
        yield Refusal(name, f"{label} must be from {_between(window)}")
    offered = version.offers(parameter)
    if parameter.choices and value not in {choice.id for choice in offered}:
        yield Refusal(name, f"Model {version.label} has no {label} “{value}”")


def _between(window: Window) -> str:
    return f"{window.low:,} to {window.high:,}"


def _text(service: Service, values: Values) -> Iterator[Refusal]:
    yield from _words("prompt", "The prompt", values, service.prompts.prompt, required=True)
    limit = service.prompts.negative_prompt
    yield from _words("negative_prompt", "The negative prompt", values, limit, required=False)


def _words(
    field: str, label: str, values: Values, limit: int, *, required: bool
) -> Iterator[Refusal]:
    text = str(values.get(field) or "").strip()
    if required and not text:
        yield Refusal(field, f"{label} is empty: write what you want to see")
    if len(text) > limit:
        yield Refusal(field, f"{label} has {len(text):,} characters; the service takes {limit:,}")
    if any(map(_is_symbol, text)):
        yield Refusal(field, f"{label} has an emoji or symbol, which the service does not accept")


def _is_symbol(character: str) -> bool:
    """Emoji and dingbats, which Tripo answers with its code 2009."""
    point = ord(character)
    chinese = 0x20000 <= point <= 0x3FFFF
    return (point >= 0x1F000 and not chinese) or 0x2600 <= point <= 0x27BF or point == 0xFE0F


def _picture(_service: Service, values: Values) -> Iterator[Refusal]:
    if not values.get("image"):
        yield Refusal("image", "No image is chosen: pick the picture to make a model from")


def _views(_service: Service, values: Values) -> Iterator[Refusal]:
    given = [view for view in VIEWS if values.get(view)]
    if "front" not in given:
        yield Refusal(
            "front", "The front view is missing: it is the one view that is always needed"
        )
    if len(given) < 2:
        yield Refusal("left", "At least two views are needed: add a left, back or right view")


def _source(service: Service, values: Values) -> Iterator[Refusal]:
    if not values.get("source_task"):
        yield Refusal("source_task", "There is no model to texture")
    yield from _words(
        "prompt", "The texture prompt", values, service.prompts.prompt, required=False
    )
    if values.get("prompt") and values.get("image"):
        yield Refusal("image", "A texture follows words or a picture: choose one of the two")


_INPUTS: dict[TaskKind, Callable[[Service, Values], Iterator[Refusal]]] = {
    TaskKind.TEXT_TO_MODEL: _text,
    TaskKind.IMAGE_TO_MODEL: _picture,
    TaskKind.MULTIVIEW_TO_MODEL: _views,
    TaskKind.TEXTURE_MODEL: _source,
}
