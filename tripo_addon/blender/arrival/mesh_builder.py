"""Fills a mesh from files that the second Blender wrote beside its .blend, in steps.

Main thread only. Each step takes milliseconds, even for a big mesh; nothing may use the mesh before
the last one.
"""

from __future__ import annotations

import functools
import json
import mmap
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from ..child.importing import mesh_files

Piece = Callable[[Any], None]
Reader = Callable[[Any, Any], AbstractContextManager["memoryview[Any]"]]
"""Returns the numbers stored at a place; `mesh_files.LAYER_CODES` has their types."""


def steps(mesh: Any) -> list[Piece]:
    """The steps to fill the mesh, in order; none if all of it is in the .blend. Adds at once what
    its faces refer to, so that whoever looks at the mesh between two steps finds it."""
    description: mesh_files.Description = json.loads(mesh.pop(mesh_files.LAYERS_KEY, "{}"))
    if not description:
        return []
    for elements, count, *_ in description["shape"]:
        if count:
            # New corners refer to the first vertex and the first edge.
            getattr(mesh, elements).add(count if elements == "loops" else 1)
    return [
        *(functools.partial(_add_elements, _mapped, *part) for part in description["shape"]),
        *(functools.partial(_add_layer, _mapped, *layer) for layer in description["layers"]),
        functools.partial(_finish, description),
    ]


def fill(mesh: Any, description: mesh_files.Description, read: Reader) -> None:
    """Run all steps at once, for a small mesh."""
    for part in description["shape"]:
        _add_elements(read, *part, mesh=mesh)
    for layer in description["layers"]:
        _add_layer(read, *layer, mesh=mesh)
    _finish(description, mesh)
    if description["normals"] is not None:
        with read(description["normals"], "f") as values:
            mesh.normals_split_custom_set(list(zip(*[iter(values)] * 3, strict=True)))


def _add_elements(
    read: Reader, elements: str, count: int, name: str, kind: str, place: Any, mesh: Any
) -> None:
    listed = getattr(mesh, elements)
    if count > len(listed):
        listed.add(count - len(listed))
    field, code, _ = mesh_files.LAYER_CODES[kind]
    with read(place, code) as values:
        if name:
            mesh.attributes[name].data.foreach_set(field, values)
        else:
            listed.foreach_set("loop_start", values)


def _add_layer(read: Reader, name: str, kind: str, domain: str, place: Any, mesh: Any) -> None:
    field, code, _ = mesh_files.LAYER_CODES[kind]
    with read(place, code) as values:
        mesh.attributes.new(name, kind, domain).data.foreach_set(field, values)


def _finish(description: mesh_files.Description, mesh: Any) -> None:
    """Restore what adding elements changed: remove layers that it added, and set the active
    ones."""
    if description["shape"]:
        surplus = {layer.name for layer in mesh.attributes}.difference(description["names"])
        for name in surplus:
            mesh.attributes.remove(mesh.attributes[name])
        mesh.update()
    active, rendered = description["uv_shown"]
    if max(active, rendered) < len(mesh.uv_layers):
        mesh.uv_layers.active_index = active
        mesh.uv_layers[rendered].active_render = True
    color, rendered_color = description["colors_shown"]
    if color in mesh.attributes:
        mesh.attributes.active_color_name = color
    if rendered_color in mesh.attributes:
        mesh.attributes.default_color_name = rendered_color


@contextmanager
def _mapped(file: str, code: Any) -> Iterator[memoryview[Any]]:
    with (
        open(file, "rb") as source,
        mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        memoryview(mapped) as raw,
        raw.cast(code) as values,
    ):
        yield values
