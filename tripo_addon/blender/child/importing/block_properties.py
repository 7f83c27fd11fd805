"""Stores a simple data-block as text: the properties that differ from a new one's, and custom
properties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIMPLE: Final = frozenset({"BOOLEAN", "INT", "FLOAT", "STRING", "ENUM"})

BlockProperties = dict[str, Any]
"""`fields` that differ from those of a new data-block, in an order in which they can be set; and
`own`, its custom properties."""


class BlankBlock:
    """A new data-block, to compare others of its type with."""

    def __init__(self, blank: bpy.types.ID, *, skipped: frozenset[str]) -> None:
        """`skipped`: properties that repeat others, or that the caller stores."""
        self._blank = blank
        # Properties that add-ons register count as custom properties if they are set.
        fields = [each for each in blank.bl_rna.properties if not each.is_runtime]
        simple = [field.identifier for field in fields if _is_simple(field, skipped)]
        # Setting the mode converts the angles, so the angles are set after it.
        simple.sort(key=lambda name: name != "rotation_mode")
        self._fields = {name: simple_value(getattr(blank, name)) for name in simple}
        self._others = [
            (field.identifier, field.type)
            for field in fields
            if field.type not in _SIMPLE and field.identifier not in skipped
        ]

    def covers(self, block: Any) -> bool:
        """Whether text can represent the data-block, except for what is skipped."""
        if any(simple_value(value) is None for _, value in block.items()):
            return False
        return all(
            not len(getattr(block, name))
            if kind == "COLLECTION"
            else getattr(block, name) is None or getattr(self._blank, name) is not None
            for name, kind in self._others
        )

    def properties_of(self, block: Any) -> BlockProperties:
        """The properties of a data-block that `covers` accepted."""
        return {
            "fields": dict(self._changed(block)),
            "own": {key: simple_value(value) for key, value in block.items()},
        }

    def _changed(self, block: Any) -> Iterator[tuple[str, object]]:
        for name, usual in self._fields.items():
            value = getattr(block, name)
            if value != usual and (simple := simple_value(value)) != usual:
                yield name, simple


def _is_simple(field: Any, skipped: frozenset[str]) -> bool:
    return field.type in _SIMPLE and not field.is_readonly and field.identifier not in skipped


def simple_value(value: Any) -> Any:
    """Numbers, text and arrays of them as JSON values; None for anything else."""
    if isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, bpy.types.bpy_struct) or hasattr(value, "keys"):
        return None
    try:
        return [simple_value(each) for each in value]
    except TypeError:
        return None
