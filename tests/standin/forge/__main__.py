"""The child process: one order per line of JSON in, one answer per line of JSON out.

Talks to nobody but its parent. An order it cannot do ends the process with a traceback on
stderr; the parent starts another.
"""

import json
import os
import sys
from pathlib import Path
from typing import TextIO

import bpy

from . import delivery, shapes, surface, topology


def main() -> None:
    """Serve orders until the parent closes the pipe."""
    answers = _private_stdout()
    _say(answers, {"ready": bpy.app.version_string})
    for line in sys.stdin:
        _say(answers, make(json.loads(line)))


def make(order: dict) -> dict:
    """Make one model; the keys of `order` are those of `tests.standin.orders.Order`."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    folder = Path(order["folder"])
    form = shapes.MAKERS[order["kind"]](order)
    meshes = form.meshes
    if not form.given:
        whole = meshes if order["parts"] else (topology.join(meshes),)
        meshes = topology.within(whole, limit=order["face_limit"], quads=order["quad"])
    if order["kind"] != "convert":
        form.wrap(meshes)
        surface.dress(meshes, order)
    if not form.given:
        surface.settle(meshes, metres=order["metres"], turn=order["turn"])
    objects = delivery.name(meshes, order)
    model = delivery.export(folder / ("model.fbx" if order["quad"] else "model.glb"))
    return {
        "id": order["id"],
        "model": str(model),
        "soup": str(delivery.triangle_soup(objects, folder / "soup.npz")),
        "faces": sum(topology.faces(mesh, quads=order["quad"]) for mesh in meshes),
    }


def _private_stdout() -> TextIO:
    """Keep the pipe for answers alone: Blender and its exporters print to file descriptor 1."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _say(answers: TextIO, message: dict) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
