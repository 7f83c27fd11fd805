"""Types for reading JSON of services leniently, used by all wire models.

Only ids are required. Unknown fields are ignored, missing ones get a default, and numbers may be
strings. Texts for people and lists are truncated.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Final, TypeVar, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ..errors import Kind, Problem, Transient

Wire = TypeVar("Wire", bound=BaseModel)
LONGEST_WORDS: Final = 1_000
LONGEST_NAME: Final = 200
LONGEST_ID: Final = 5_000
"""A temporary storage key has two thousand characters."""
MOST_ITEMS: Final = 1_000
MOST_LINKS: Final = 100


class Lenient(BaseModel):
    """Base of the wire models."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", str_strip_whitespace=True, protected_namespaces=()
    )


def read_as(model: type[Wire], value: object, trace_id: str = "") -> Wire:
    """Validate the value as the model. Raises `Transient` if it does not fit."""
    try:
        return model.model_validate(value)
    except ValidationError:
        raise Transient(Problem(kind=Kind.ADDON, trace_id=trace_id)) from None


def mapping(value: object) -> Mapping[str, object]:
    """Return the value if it is a JSON object, else an empty one."""
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def items(value: object) -> tuple[object, ...]:
    """Return the entries of a JSON list; any other value counts as a list of one."""
    if isinstance(value, list):
        return tuple(cast("list[object]", value)[:MOST_ITEMS])
    return () if value is None else (value,)


def identity(value: object) -> str:
    """Return an id as text, whatever its JSON type."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if whole else _text(value).strip()


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 1e15 else None


def _whole(value: object) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _text(value: object) -> str:
    """Return a text that can be stored: JSON may contain lone surrogates, which cannot be
    encoded."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""


def _start(value: object, *, most: int) -> str:
    text = _text(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _links(value: object) -> tuple[str, ...]:
    return tuple(text for text in map(_text, items(value)[:MOST_LINKS]) if text)


def _truth(value: object) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


Whole = Annotated[int | None, BeforeValidator(_whole)]
Number = Annotated[float | None, BeforeValidator(_number)]
Amount = Annotated[float, BeforeValidator(_number)]
Text = Annotated[str, BeforeValidator(_text)]
"""Not truncated further than by the transport: a link, or a prompt to compare."""
Words = Annotated[str, BeforeValidator(partial(_start, most=LONGEST_WORDS))]
"""A text for people."""
Name = Annotated[str, BeforeValidator(partial(_start, most=LONGEST_NAME))]
"""A code, a status, or a kind."""
Links = Annotated[tuple[str, ...], BeforeValidator(_links)]
Truth = Annotated[bool | None, BeforeValidator(_truth)]
Identity = Annotated[str, BeforeValidator(identity), Field(min_length=1, max_length=LONGEST_ID)]
