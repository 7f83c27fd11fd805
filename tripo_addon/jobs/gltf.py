"""Looks whether the parts that a glTF describes are there and long enough, before Blender reads it.

Reads the description only, and asks the disk for lengths; never imports bpy.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, cast
from urllib.parse import unquote

from .unusable import UnusableFile

_COMPONENT: Final = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4}
_VALUES: Final = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
# About 14,000 triangles with normals and texture coordinates: 30 ms on the machine of the bench.
_Object = Mapping[str, object]


def check(text: bytes, *, binary: int | None, folder: Path | None) -> None:
    """Check a description. `binary` is the length of the GLB's own buffer, `folder` where the files
    that it names lie; None where there is none.

    Raises UnusableFile. Source: glTF 2.0 specification §3.6 (buffers, views, accessors), §3.5.2
    (nodes).
    """
    try:
        description: object = json.loads(text)
    # RecursionError: brackets nested deeper than Python's own stack.
    except (ValueError, RecursionError) as error:
        raise UnusableFile(
            "The file is damaged: the description of its model cannot be read."
        ) from error
    if not isinstance(description, dict) or "asset" not in description:
        raise UnusableFile("The file is damaged: a GLB that does not describe a model.")
    _check_version(cast("_Object", description)["asset"])
    _Check(cast("_Object", description), binary, folder).run()


def _check_version(asset: object) -> None:
    version = cast("_Object", asset).get("version") if isinstance(asset, dict) else None
    if isinstance(version, str) and not version.startswith("2"):
        raise UnusableFile(
            f"The file is glTF {version[:8]}; Blender reads glTF 2.0. Have it converted to that."
        )


class _Check:
    """One description, and how far it has been looked at."""

    def __init__(self, description: _Object, binary: int | None, folder: Path | None) -> None:
        self._binary = binary
        self._folder = folder
        self._buffers = _objects(description, "buffers")
        self._views = _objects(description, "bufferViews")
        self._accessors = _objects(description, "accessors")
        self._meshes = _objects(description, "meshes")
        self._images = _objects(description, "images")
        self._nodes = _objects(description, "nodes")

    def run(self) -> None:
        for number, buffer in enumerate(self._buffers):
            self._buffer(buffer, own=number == 0)
        for view in self._views:
            self._view(view)
        for accessor in self._accessors:
            self._accessor(accessor)
        for primitive in (each for mesh in self._meshes for each in _objects(mesh, "primitives")):
            self._primitive(primitive)
        for image in self._images:
            self._image(image)
        self._tree()

    def _buffer(self, buffer: _Object, *, own: bool) -> None:
        wanted = _number(buffer, "byteLength")
        uri = buffer.get("uri")
        if uri is not None:
            self._file(uri, wanted)
        elif own and self._binary is not None:
            if wanted > self._binary:
                raise UnusableFile(
                    f"The file is damaged: {self._binary:,} of {wanted:,} bytes of its data are "
                    "there."
                )
        elif "extensions" not in buffer:
            raise UnusableFile("The file is damaged: the data of its model is missing.")

    def _file(self, uri: object, wanted: int) -> None:
        if not isinstance(uri, str):
            raise _damaged("a file name")
        if uri.startswith("data:"):
            # Base64 takes four letters for three bytes.
            if len(uri.partition(",")[2]) * 3 // 4 < wanted:
                raise UnusableFile("The file is damaged: its data ends too early.")
            return
        name = unquote(uri)
        parts = name.replace("\\", "/").split("/")
        if self._folder is None or ":" in name or name.startswith(("/", "\\")) or ".." in parts:
            raise UnusableFile(
                "The model keeps parts in files elsewhere, which did not come along."
            )
        try:
            found = self._folder.joinpath(*parts).stat().st_size
        except (OSError, ValueError) as error:
            raise UnusableFile("A file that the model needs did not come along.") from error
        if found < wanted:
            raise UnusableFile(
                f"A file that the model needs is incomplete: {found:,} of {wanted:,} bytes arrived."
            )

    def _view(self, view: _Object) -> None:
        buffer = _at(self._buffers, view.get("buffer"), "a buffer")
        end = _number(view, "byteOffset") + _number(view, "byteLength")
        if end > _number(buffer, "byteLength"):
            raise UnusableFile("The file is damaged: the data of its model ends too early.")

    def _accessor(self, accessor: _Object) -> None:
        count = _number(accessor, "count")
        if "bufferView" not in accessor:
            return
        view = _at(self._views, accessor["bufferView"], "a part of its data")
        component = _COMPONENT.get(_number(accessor, "componentType"))
        values = _VALUES.get(str(accessor.get("type")))
        if component is None or values is None:
            raise _damaged("a kind of data")
        size = component * values
        stride = _number(view, "byteStride") or size
        end = _number(accessor, "byteOffset") + stride * (count - 1) + size if count else 0
        if end > _number(view, "byteLength"):
            raise UnusableFile("The file is damaged: the data of its model ends too early.")

    def _primitive(self, primitive: _Object) -> None:
        attributes = primitive.get("attributes")
        if not isinstance(attributes, dict):
            raise _damaged("a mesh")
        given = list(cast("dict[str, object]", attributes).values())
        given += [primitive["indices"]] if "indices" in primitive else []
        for accessor in given:
            _at(self._accessors, accessor, "the data of a mesh")

    def _image(self, image: _Object) -> None:
        if "bufferView" in image:
            _at(self._views, image["bufferView"], "the data of a texture")
        elif "uri" in image:
            self._file(image["uri"], 0)

    def _tree(self) -> None:
        """Every node has one parent at most: so there is no way back to where one came from, but
        from rings that hang on nothing."""
        seen: set[int] = set()
        for node in self._nodes:
            if "mesh" in node:
                _at(self._meshes, node["mesh"], "a mesh")
            children = node.get("children", [])
            if not isinstance(children, list):
                raise _damaged("a group")
            for child in cast("list[object]", children):
                _at(self._nodes, child, "a part")
                if child in seen:
                    raise UnusableFile("The file is damaged: its parts do not form a tree.")
                seen.add(cast("int", child))
        if self._nodes and len(seen) == len(self._nodes):
            raise UnusableFile("The file is damaged: its parts do not form a tree.")


def _objects(owner: _Object, field: str) -> Sequence[_Object]:
    found = owner.get(field, [])
    if not isinstance(found, list):
        raise _damaged(field)
    entries = cast("list[object]", found)
    if not all(isinstance(entry, dict) for entry in entries):
        raise _damaged(field)
    return cast("list[_Object]", entries)


def _number(owner: _Object, field: str) -> int:
    value = owner.get(field, 0)
    if not isinstance(value, int) or value < 0:
        raise _damaged(field)
    return value


def _at(entries: Sequence[_Object], number: object, what: str) -> _Object:
    if not isinstance(number, int) or not 0 <= number < len(entries):
        raise UnusableFile(f"The file is damaged: {what} that it names is not in it.")
    return entries[number]


def _damaged(what: str) -> UnusableFile:
    return UnusableFile(f"The file is damaged: {what} in its description makes no sense.")
