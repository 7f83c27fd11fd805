"""Sets a form to a random state: every property that an artist can set gets a random value."""

from __future__ import annotations

from random import Random
from typing import Any

import bpy

TEXTS = (
    *("", "moss", "x" * 1000, "y" * 1100, "a 🙂", "preset:biped:wave, preset:walk"),
    *("https://a.example/b.png", "/c.png"),
)
NUMBERS = (0, 1, 2, 50, 500, 1000, 5000, 20_000, 150_000, 2_000_000)


def properties(form: Any) -> list[Any]:
    """Return all properties of the form, also those only for scripts, except Blender's own
    `name`."""
    return [row for row in form.bl_rna.properties if row.identifier not in {"rna_type", "name"}]


def random_value(form: Any, row: Any, dice: Random) -> object:
    """Return a value that the property accepts; its present one if Blender does not list its
    choices."""
    match row.type:
        case "BOOLEAN":
            return dice.random() < 0.5
        case "INT" | "FLOAT":
            value = max(row.hard_min, min(row.hard_max, dice.choice(NUMBERS)))
            return int(value) if row.type == "INT" else float(value)
        case "ENUM":
            # Choices that depend on the service are set by the number that stores them.
            chosen = [each.identifier for each in row.enum_items]
            return dice.choice(chosen) if chosen else getattr(form, row.identifier)
        case "STRING":
            return dice.choice(TEXTS)
        case _:
            return dice.choice([None, *bpy.data.images])


def randomize(form: Any, dice: Random) -> None:
    """Set every property of a form."""
    for row in properties(form):
        setattr(form, row.identifier, random_value(form, row, dice))
    if form.offer is not None and form.offer.models:
        form.model_number = dice.choice(form.offer.models).number
