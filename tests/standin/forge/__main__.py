"""The child process: reads one order per line of JSON, and writes one answer per line of JSON.

Communicates only with its parent. An order that fails ends the process with a traceback on stderr;
the parent starts another.
"""

import json
import os
import sys
from pathlib import Path
from typing import TextIO

import bpy

from . import delivery, remake, shapes, skeleton, surface, topology


def main() -> None:
    """Serve orders until the parent closes the pipe."""
    answers = _private_stdout()
    _send(answers, {"ready": bpy.app.version_string})
    for line in sys.stdin:
        _send(answers, make(json.loads(line)))


def make(order: dict) -> dict:
    """Make one model; the keys of `order` are those of `tests.standin.orders.Order`."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    folder = Path(order["folder"])
    if order["kind"] == "retarget":
        objects, files = skeleton.retarget(order)
        return _answer(order, objects, files["clip_0"], files.pop("soup"), files)
    more: dict[str, Path] = {}
    change = CHANGES.get(order["kind"])
    objects = change(order) if change else _built(order, more)
    terms = order["delivery"]
    model = delivery.export(
        folder / f"model.{order['form'] or ('fbx' if order['quad'] else 'glb')}",
        animated=order["kind"] == "convert" and terms["animated"] and bool(bpy.data.actions),
        pictures=terms["texture_format"],
        colors=terms["vertex_colors"],
    )
    return _answer(
        order, objects, model, delivery.triangle_soup(objects, folder / "soup.npz"), more
    )


CHANGES = {**remake.MAKERS, "rig": skeleton.rig}


def _built(order: dict, more: dict[str, Path]) -> tuple[bpy.types.Object, ...]:
    """Build a new shape, or give an existing one a new skin."""
    form = shapes.MAKERS[order["kind"]](order)
    meshes = form.meshes
    if not form.given:
        whole = meshes if order["parts"] else (topology.join(meshes),)
        meshes = topology.within(whole, limit=order["face_limit"], quads=order["quad"])
    dressed = form.chosen or meshes
    form.wrap(dressed)
    if not form.given:
        surface.settle(meshes, meters=order["meters"], turn=order["turn"])
    if form.names:
        objects = delivery.name_or_keep(dict(zip(form.names, meshes, strict=True)), order)
    else:
        objects = delivery.name(meshes, order)
    if order["plain_too"]:
        suffix = "fbx" if order["quad"] else "glb"
        more["base_model"] = delivery.export(Path(order["folder"]) / f"plain.{suffix}")
    surface.dress(dressed, order)
    return objects


def _answer(
    order: dict,
    objects: tuple[bpy.types.Object, ...],
    model: Path,
    soup: Path,
    more: dict[str, Path],
) -> dict:
    skin = delivery.skin(objects, Path(order["folder"]) / "skin.png")
    return {
        "id": order["id"],
        "model": str(model),
        "soup": str(soup),
        "skin": skin and str(skin),
        "more": {role: str(path) for role, path in more.items()},
    }


def _private_stdout() -> TextIO:
    """Keep the pipe for answers only: Blender and its exporters print to file descriptor 1."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _send(answers: TextIO, message: dict) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
