"""The bodies of 3D AI Studio's requests: JSON for making, multipart forms for working on files.

In a form every value is a text; this file converts it to the type in the table.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ..fields import Field, FieldKind
from ..messages import FilePart, Malformed, Request, file_parts, form_texts, json_object

FLAGS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True)
class Sent:
    """A body: values by name, and its files."""

    values: dict[str, object]
    files: Mapping[str, FilePart] = field(default_factory=dict[str, FilePart])


def read_json(request: Request) -> Sent:
    """Read a JSON object. Raises Malformed."""
    if request.media_type != "application/json":
        raise Malformed("Content-Type must be application/json")
    return Sent(json_object(request.content))


def read_form(request: Request, fields: Iterable[Field]) -> Sent:
    """Read a multipart form; an empty value counts as absent. Raises Malformed."""
    values = typed(fields, form_texts(request))
    return Sent(values, {part.label: part for part in file_parts(request)})


def typed(fields: Iterable[Field], texts: Mapping[str, str]) -> dict[str, object]:
    """Return the values of a form, each in the type of the table."""
    kinds: dict[str, FieldKind] = {each.name: each.kind for each in fields}
    return {name: _typed(kinds.get(name, "word"), text) for name, text in texts.items() if text}


def _typed(kind: FieldKind, text: str) -> object:
    """Return the value; the text itself if it does not have that type, for the table to refuse."""
    reader = READERS.get(kind)
    value = text if reader is None else reader(text)
    return text if value is None else value


def _whole(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


READERS: Mapping[FieldKind, Callable[[str], object]] = {
    "flag": lambda text: FLAGS.get(text.lower()),
    "whole": _whole,
    "number": _number,
}
