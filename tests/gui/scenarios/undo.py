"""Two arrivals, then Ctrl+Z twice and Ctrl+Shift+Z: what is in the file after each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

if TYPE_CHECKING:
    from tests.gui.stage import Stage, Steps


def play(stage: Stage) -> Steps:
    """Check that each arrival is one step, and that undoing it removes exactly what it added."""
    stage.forms.text.prompt = "a small wooden chest"
    bpy.ops.ed.undo_push(message="The artist's own step")
    counts, selections = [contents()], [selection()]
    for _ in range(2):
        with stage.inside():
            bpy.ops.tripo_addon.generate_text(again=True)
    for arrivals in (1, 2):
        # Preparing models takes seconds, one after the other, so there is time between two
        # arrivals.
        yield from stage.until("an arrival", lambda n=arrivals: stage.states().count("DONE") == n)
        counts.append(contents())
        selections.append(selection())
    yield 0.3
    stage.facts["arrived"], stage.facts["selected"] = counts, selections
    stage.facts["selected again"] = []
    print("Steps of undo:", flush=True)
    bpy.context.window_manager.print_undo_steps()
    for operator in ("undo", "redo"):
        after = stage.facts[operator] = []
        for _ in counts[1:]:
            with stage.inside():
                getattr(bpy.ops.ed, operator)()
            yield 0.3
            after.append(contents())
            stage.facts["selected again"].append(selection())
    yield from stage.picture("redone")


def selection() -> list[str]:
    """Return what is selected, the active object first."""
    layer = bpy.context.view_layer
    return [layer.objects.active.name, *sorted(obj.name for obj in layer.objects.selected)]


def contents() -> list[str]:
    """Return every data-block of the file, as its kind and name."""
    collections = (
        prop.identifier for prop in bpy.data.bl_rna.properties if prop.type == "COLLECTION"
    )
    return sorted(
        f"{kind} {block.name}" for kind in collections for block in getattr(bpy.data, kind)
    )
