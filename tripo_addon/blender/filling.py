"""Fills a mesh with what a child has laid beside its .blend, piece by piece.

Main thread only. Each piece takes milliseconds, even of a big mesh; nothing may look at the mesh
before the last one.
"""

from __future__ import annotations

import functools
import json
import mmap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .child import beside

Piece = Callable[[Any], None]


def pieces(mesh: Any) -> Iterator[Piece]:
    """What has to be done to the mesh, in order; none where all of it is in the .blend."""
    told: beside.Told = json.loads(mesh.pop(beside.LAYERS_KEY, "{}"))
    if not told:
        return
    for part in told["shape"]:
        yield functools.partial(_grow, *part)
    for layer in told["layers"]:
        yield functools.partial(_add_layer, *layer)
    yield functools.partial(_settle, told)


def _grow(elements: str, count: int, name: str, kind: str, file: str, mesh: Any) -> None:
    listed = getattr(mesh, elements)
    if count:
        listed.add(count)
    field, code, _ = beside.LAYER_CODES[kind]
    with _values(file, code) as values:
        if name:
            mesh.attributes[name].data.foreach_set(field, values)
        else:
            listed.foreach_set("loop_start", values)


def _add_layer(name: str, kind: str, domain: str, file: str, mesh: Any) -> None:
    field, code, _ = beside.LAYER_CODES[kind]
    with _values(file, code) as values:
        mesh.attributes.new(name, kind, domain).data.foreach_set(field, values)


def _settle(told: beside.Told, mesh: Any) -> None:
    """Let the mesh be what it was, to the layers that came by growing and to the UV map shown."""
    if told["shape"]:
        surplus = {layer.name for layer in mesh.attributes}.difference(told["names"])
        for name in surplus:
            mesh.attributes.remove(mesh.attributes[name])
        mesh.update()
    active, rendered = told["uv_shown"]
    if max(active, rendered) < len(mesh.uv_layers):
        mesh.uv_layers.active_index = active
        mesh.uv_layers[rendered].active_render = True


@contextmanager
def _values(file: str, code: Any) -> Iterator[memoryview[Any]]:
    with (
        open(file, "rb") as source,
        mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        memoryview(mapped) as raw,
        raw.cast(code) as values,
    ):
        yield values
