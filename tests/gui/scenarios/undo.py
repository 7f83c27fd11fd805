"""Two arrivals, then Ctrl+Z twice and Ctrl+Shift+Z: what is in the file after each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

if TYPE_CHECKING:
    from tests.gui.stage import Stage, Steps


def play(stage: Stage) -> Steps:
    """Each arrival is one step, and takes with it exactly what it brought."""
    stage.forms.text.prompt = "a small wooden chest"
    bpy.ops.ed.undo_push(message="The artist's own step")
    counts = [contents()]
    for _ in range(2):
        with stage.inside():
            bpy.ops.tripo_addon.generate_text()
    for arrivals in (1, 2):
        # Conversions take seconds, one after the other: between two arrivals there is time.
        yield from stage.until("an arrival", lambda n=arrivals: stage.states().count("DONE") == n)
        counts.append(contents())
    yield 0.3
    stage.facts["arrived"] = counts
    print("Steps of undo:", flush=True)
    bpy.context.window_manager.print_undo_steps()
    for operator in ("undo", "redo"):
        after = stage.facts[operator] = []
        for _ in counts[1:]:
            with stage.inside():
                getattr(bpy.ops.ed, operator)()
            yield 0.3
            after.append(contents())
    yield from stage.picture("redone")


def contents() -> list[str]:
    """Every data-block of the file, as its kind and name."""
    collections = (
        prop.identifier for prop in bpy.data.bl_rna.properties if prop.type == "COLLECTION"
    )
    return sorted(
        f"{kind} {block.name}" for kind in collections for block in getattr(bpy.data, kind)
    )
