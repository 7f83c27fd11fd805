"""What follows from the content of a form: its values, visible fields, and why it is refused.

Computed once for each content, because panels ask several times per redraw. The content is all
stored properties of the form, so a cached result is never older than what is shown. Main thread
only.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import PointerProperty

from ...api.record import record
from .. import settings

if TYPE_CHECKING:
    from ...api.catalog.service_types import Quality
    from ...api.rules import Refusal
    from ...api.styles import Styled

_MOST: Final = 64


@record
class FormReading:
    """The values to send, and the form's `own` without its style; what the style adds; the fields
    to show, those that differ from the defaults, and the quality that all settings make, None for
    none. `lacking` has a sentence for each choice that is not
    available; `refused` says why the values cannot be sent."""

    values: Mapping[str, object]
    own: Mapping[str, object] | None = None
    styled: Styled | None = None
    fields: frozenset[str] = frozenset()
    changed: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    quality: Quality | None = None
    refused: Refusal | None = None


_KNOWN: Final[dict[tuple[object, ...], FormReading]] = {}


def reading_of(form: Any, read: Callable[[], FormReading]) -> FormReading:
    """Return what was read of this content before, else what `read` returns."""
    preferences = settings.preferences()
    key = (
        type(form),
        settings.service().id,
        preferences is not None and preferences.show_old_versions,
        bpy.data.filepath,
        content(form),
    )
    known = _KNOWN.get(key)
    if known is None:
        if len(_KNOWN) >= _MOST:
            _KNOWN.clear()
        known = _KNOWN[key] = read()
    return known


def content(form: Any) -> tuple[object, ...]:
    """Return everything that the artist has entered in a form; for a data-block, its name."""
    stored, pointers = _names(type(form))
    blocks = tuple(block and block.name for block in (getattr(form, name) for name in pointers))
    return (stored(form), blocks)


@cache
def _names(form: type) -> tuple[attrgetter[Any], tuple[str, ...]]:
    """Return a getter of all stored properties of a form, and the names of its pointers. Properties
    with a `get` callback show what is stored in others."""
    declared: dict[str, Any] = {}
    for base in reversed(form.__mro__):
        declared |= inspect.get_annotations(base)
    made = {name: row for name, row in declared.items() if hasattr(row, "keywords")}
    pointers = [name for name, row in made.items() if row.function is PointerProperty]
    stored = [name for name, row in made.items() if "get" not in row.keywords]
    return attrgetter(*(name for name in stored if name not in pointers)), tuple(pointers)
