"""Checks that a glTF is complete and consistent, before Blender reads it.

Reads the description and the lengths of files only; never imports bpy.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, cast
from urllib.parse import unquote

from ..messages import model_files as messages
from . import contained_paths
from .unusable_file import UnusableFile

MOST_OBJECTS: Final = 20_000
"""Files with more parts and instances are refused: Blender makes an object of each, and the time
grows faster than their number."""
MOST_BYTES: Final = 1024**3
"""The most data that a model's parts may read in all; 20 million triangles read less."""
_COMPONENT: Final = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4}
_VALUES: Final = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
_INSTANCING: Final = "EXT_mesh_gpu_instancing"
_Object = Mapping[str, object]


def check(text: bytes, *, binary: int | None, folder: Path | None) -> None:
    """Check a description. `binary` is the length of the GLB's own buffer, `folder` the folder of
    the files that it names; each None if absent.

    Raises UnusableFile for missing or damaged data, and for what would stop Blender, such as cycles
    and absurd numbers. Source: glTF 2.0 specification §3.6 (buffers, views, accessors), §3.5.2
    (nodes).
    """
    _Check(_described(text), binary, folder).run()


def contained(text: bytes, folder: Path) -> bytes | None:
    """Return the description without pictures that are neither in `folder` nor in the file itself;
    None if it has none of these.

    A picture in the file is read from there: if both are given, Blender's importer would prefer the
    path.
    """
    # A character may be written as an escape.
    if b"uri" not in text and rb"\u" not in text:
        return None
    description = _described(text)
    changed, lost = False, set[int]()
    for number, image in enumerate(_objects(description, "images")):
        stored = "bufferView" in image
        if "uri" in image and (stored or not _came_along(image["uri"], folder)):
            del cast("dict[str, object]", image)["uri"]
            changed = True
            lost |= set() if stored else {number}
    for texture in _objects(description, "textures"):
        _forget(cast("dict[str, object]", texture), lost)
    return json.dumps(description, separators=(",", ":")).encode() if changed else None


def _described(text: bytes) -> _Object:
    try:
        description: object = json.loads(text)
    # RecursionError: brackets nested deeper than Python's own stack.
    except (ValueError, RecursionError) as error:
        raise UnusableFile(messages.GLTF_UNREADABLE) from error
    if not isinstance(description, dict):
        raise UnusableFile(messages.GLTF_NO_MODEL)
    found = cast("_Object", description)
    asset = found.get("asset")
    version = cast("_Object", asset).get("version") if isinstance(asset, dict) else None
    if isinstance(version, str) and not version.startswith("2"):
        raise UnusableFile(messages.gltf_version(version[:8]))
    # Version 2 has lists where version 1 has names, and version 1 may omit its version number.
    if isinstance(found.get("meshes"), dict):
        raise UnusableFile(messages.gltf_version("1.0"))
    if "asset" not in found:
        raise UnusableFile(messages.GLTF_NO_MODEL)
    return found


def _forget(texture: dict[str, object], lost: set[int]) -> None:
    """Remove lost pictures from a texture, whichever extension refers to them."""
    owners = [texture]
    extensions = texture.get("extensions")
    if isinstance(extensions, dict):
        given = cast("dict[str, object]", extensions).values()
        owners += [cast("dict[str, object]", each) for each in given if isinstance(each, dict)]
    for owner in owners:
        if owner.get("source") in lost:
            del owner["source"]


def _came_along(uri: object, folder: Path) -> bool:
    if not isinstance(uri, str):
        raise _damaged(messages.FILE_NAME)
    if uri.startswith("data:"):
        return True
    beside = _beside(uri)
    try:
        return beside is not None and folder.joinpath(*beside).is_file()
    except (OSError, ValueError):
        return False


def _beside(uri: str) -> list[str] | None:
    """Return the parts of a path below the model's folder; None if it leads elsewhere."""
    name = unquote(uri)
    if ":" in name or contained_paths.leads_outside(uri) or contained_paths.leads_outside(name):
        return None
    return name.replace("\\", "/").split("/")


class _Check:
    """The state of checking one description."""

    def __init__(self, description: _Object, binary: int | None, folder: Path | None) -> None:
        self._binary = binary
        self._folder = folder
        self._buffers = _objects(description, "buffers")
        self._views = _objects(description, "bufferViews")
        self._accessors = _objects(description, "accessors")
        self._meshes = _objects(description, "meshes")
        self._images = _objects(description, "images")
        self._nodes = _objects(description, "nodes")
        self._skins = _objects(description, "skins")
        self._animations = _objects(description, "animations")

    def run(self) -> None:
        for number, buffer in enumerate(self._buffers):
            self._buffer(buffer, own=number == 0)
        for view in self._views:
            self._view(view)
        for accessor in self._accessors:
            self._accessor(accessor)
        for image in self._images:
            if "bufferView" in image:
                _at(self._views, image["bufferView"], messages.TEXTURE_DATA)
        self._tree()
        self._geometry()
        self._parts()

    def _buffer(self, buffer: _Object, *, own: bool) -> None:
        wanted = _number(buffer, "byteLength")
        uri = buffer.get("uri")
        if uri is not None:
            self._file(uri, wanted)
        elif own and self._binary is not None:
            if wanted > self._binary:
                raise UnusableFile(messages.gltf_data_incomplete(self._binary, wanted))
        elif "extensions" not in buffer:
            raise UnusableFile(messages.GLTF_DATA_MISSING)

    def _file(self, uri: object, wanted: int) -> None:
        if not isinstance(uri, str):
            raise _damaged(messages.FILE_NAME)
        if uri.startswith("data:"):
            # Base64 takes four letters for three bytes.
            if len(uri.partition(",")[2]) * 3 // 4 < wanted:
                raise UnusableFile(messages.GLTF_DATA_SHORT)
            return
        parts = _beside(uri)
        if self._folder is None or parts is None:
            raise UnusableFile(messages.GLTF_FILES_ELSEWHERE)
        try:
            found = self._folder.joinpath(*parts).stat().st_size
        except (OSError, ValueError) as error:
            raise UnusableFile(messages.GLTF_FILE_MISSING) from error
        if found < wanted:
            raise UnusableFile(messages.gltf_file_incomplete(found, wanted))

    def _view(self, view: _Object) -> None:
        buffer = _at(self._buffers, view.get("buffer"), messages.BUFFER)
        end = _number(view, "byteOffset") + _number(view, "byteLength")
        if end > _number(buffer, "byteLength"):
            raise UnusableFile(messages.GLTF_DATA_SHORT)

    def _accessor(self, accessor: _Object) -> None:
        count, size = _number(accessor, "count"), _element_size(accessor)
        if "bufferView" in accessor:
            self._run(accessor, count, size)
        sparse = accessor.get("sparse")
        if isinstance(sparse, dict):
            few = _number(cast("_Object", sparse), "count")
            if few > count:
                raise _damaged(messages.DATA_TYPE)
            places = _mapping(cast("_Object", sparse), "indices")
            self._run(places, few, _COMPONENT.get(_number(places, "componentType"), 1))
            self._run(_mapping(cast("_Object", sparse), "values"), few, size)

    def _run(self, owner: _Object, count: int, size: int) -> None:
        """Check that so many elements of that size fit into the view that `owner` names."""
        view = _at(self._views, owner.get("bufferView"), messages.DATA_PART)
        stride = _number(view, "byteStride") or size
        end = _number(owner, "byteOffset") + stride * (count - 1) + size if count else 0
        if end > _number(view, "byteLength"):
            raise UnusableFile(messages.GLTF_DATA_SHORT)

    def _tree(self) -> None:
        """Check that every node has at most one parent and descends from a root, so that there are
        no cycles."""
        below: set[int] = set()
        for child in (child for node in self._nodes for child in _numbers(node, "children")):
            _at(self._nodes, child, messages.NODE)
            if child in below:
                raise UnusableFile(messages.GLTF_NO_TREE)
            below.add(child)
        hanging = [number for number in range(len(self._nodes)) if number not in below]
        for number in hanging:  # grows on the way
            hanging += _numbers(self._nodes[number], "children")
        if len(hanging) < len(self._nodes):
            raise UnusableFile(messages.GLTF_NO_TREE)
        for node in (node for node in self._nodes if "mesh" in node):
            _at(self._meshes, node["mesh"], messages.MESH)
        for joint in (joint for skin in self._skins for joint in _numbers(skin, "joints")):
            _at(self._nodes, joint, messages.BONE)

    def _geometry(self) -> None:
        """Add up the data that is read, including accessors without data, which stand for zeros."""
        whole = 0
        for number in self._read():
            accessor = _at(self._accessors, number, messages.MESH_DATA)
            whole += _number(accessor, "count") * _element_size(accessor)
        if whole > MOST_BYTES:
            raise UnusableFile(messages.gltf_geometry(whole))

    def _read(self) -> Iterator[object]:
        """Yield the number of every accessor that Blender reads, as often as it does."""
        for primitive in (each for mesh in self._meshes for each in _objects(mesh, "primitives")):
            yield from _mapping(primitive, "attributes").values()
            for target in _objects(primitive, "targets"):
                yield from target.values()
            yield from (primitive[field] for field in ("indices",) if field in primitive)
        for sampler in (each for one in self._animations for each in _objects(one, "samplers")):
            yield from (sampler.get("input"), sampler.get("output"))
        field = "inverseBindMatrices"
        yield from (skin[field] for skin in self._skins if field in skin)

    def _parts(self) -> None:
        objects = len(self._nodes) + sum(map(self._instances, self._nodes))
        if objects > MOST_OBJECTS:
            raise UnusableFile(messages.gltf_objects(objects, MOST_OBJECTS))

    def _instances(self, node: _Object) -> int:
        """Return how many instances a node's object has."""
        extensions = node.get("extensions")
        found = cast("_Object", extensions).get(_INSTANCING) if isinstance(extensions, dict) else 0
        if not isinstance(found, dict):
            return 0
        given = _mapping(cast("_Object", found), "attributes").values()
        counts = [_number(_at(self._accessors, each, messages.NODE), "count") for each in given]
        return max(counts, default=0)


def _element_size(accessor: _Object) -> int:
    """Return the bytes of one element of an accessor."""
    component = _COMPONENT.get(_number(accessor, "componentType"))
    values = _VALUES.get(str(accessor.get("type")))
    if component is None or values is None:
        raise _damaged(messages.DATA_TYPE)
    return component * values


def _mapping(owner: _Object, field: str) -> _Object:
    found = owner.get(field)
    if not isinstance(found, dict):
        raise _damaged(field)
    return cast("_Object", found)


def _numbers(owner: _Object, field: str) -> list[int]:
    found = owner.get(field, [])
    if not isinstance(found, list):
        raise _damaged(field)
    entries = cast("list[object]", found)
    if not all(type(each) is int for each in entries):
        raise _damaged(field)
    return cast("list[int]", entries)


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
        raise UnusableFile(messages.gltf_missing(what))
    return entries[number]


def _damaged(what: str) -> UnusableFile:
    return UnusableFile(messages.gltf_nonsense(what))
