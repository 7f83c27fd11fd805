"""Writes objects to a file with Blender's own exporters; the file's extension chooses the format.

Main thread only.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import bpy

from ..messages import scripting as messages
from .refused import Refused


class NotExported(RuntimeError):
    """The objects could not be written; the text says why."""


def _glb(path: str) -> None:
    bpy.ops.export_scene.gltf(filepath=path, export_format="GLB", use_selection=True)


def _fbx(path: str) -> None:
    bpy.ops.export_scene.fbx(
        filepath=path, use_selection=True, path_mode="COPY", embed_textures=True
    )


def _obj(path: str) -> None:
    bpy.ops.wm.obj_export(filepath=path, export_selected_objects=True, path_mode="COPY")


def _usd(path: str) -> None:
    bpy.ops.wm.usd_export(filepath=path, selected_objects_only=True)


_EXPORTERS: Final[Mapping[str, Callable[[str], None]]] = {
    "glb": _glb,
    "fbx": _fbx,
    "obj": _obj,
    "usd": _usd,
    "usdc": _usd,
    "usdz": _usd,
}
_OPERATORS: Final[Mapping[str, Any]] = {
    "glb": bpy.ops.export_scene.gltf,
    "fbx": bpy.ops.export_scene.fbx,
    "obj": bpy.ops.wm.obj_export,
    **dict.fromkeys(("usd", "usdc", "usdz"), bpy.ops.wm.usd_export),
}
_ENDINGS: Final = {"JPEG": "jpg", "WEBP": "webp"}
FORMATS: Final = (*_EXPORTERS, "blend")
"""The extensions of the files that can be written."""


def check_format(path: Path) -> None:
    """Raise `Refused` if a path's extension is no known format, or if this Blender was built
    without its exporter, as some Linux distributions do."""
    ending = path.suffix.lstrip(".").lower()
    if ending not in FORMATS:
        raise Refused(messages.unknown_format(path.name, FORMATS))
    operator = _OPERATORS.get(ending)
    try:
        if operator is not None:
            operator.get_rna_type()
    except (AttributeError, KeyError):
        raise Refused(messages.no_exporter(path.suffix, "")) from None


def export(objects: Iterable[bpy.types.Object], path: str | Path) -> Path:
    """Write these objects to a file, with their textures, and return its absolute path.

    The extension chooses the format: glb, fbx, obj, usd, usdc, usdz, or blend, which is a copy of
    the open file if it has no other objects, else a library with one collection to append or link.
    The selection does not change. Files that belong to it, such as the textures of an obj, are
    written beside it. An existing file is replaced once the new one is complete. Raises `Refused`
    for an unknown extension, `NotExported`.
    """
    target = Path(path).expanduser().absolute()
    check_format(target)
    listed = tuple(objects)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".tripo-") as folder:
            part = Path(folder) / target.name
            if target.suffix.lower() == ".blend":
                _write_blend(part, listed)
            else:
                _write_selected(part, listed)
            _take_over(Path(folder), target)
    except OSError as error:
        raise NotExported(messages.not_written(target, error.strerror or str(error))) from None
    return target


def _write_selected(part: Path, objects: tuple[bpy.types.Object, ...]) -> None:
    layer = bpy.context.view_layer
    selected, active = list(bpy.context.selected_objects), layer.objects.active
    try:
        _select(objects, objects[0] if objects else None)
        with _images_beside(part, objects):
            _EXPORTERS[part.suffix.lstrip(".").lower()](str(part))
    except (AttributeError, RuntimeError) as error:
        # Some Linux distributions build Blender without some exporters.
        reason = str(error).strip().splitlines()[-1] if str(error).strip() else ""
        raise NotExported(messages.no_exporter(part.suffix, reason)) from None
    finally:
        _select(selected, active)


@contextmanager
def _images_beside(part: Path, objects: tuple[bpy.types.Object, ...]) -> Generator[None]:
    """Write the packed images beside an obj, whose exporter names but does not write them."""
    named: dict[Any, str] = {}
    try:
        for number, image in enumerate(_packed(objects) if part.suffix == ".obj" else ()):
            named[image] = image.filepath_raw
            ending = _ENDINGS.get(image.file_format, "png")
            image.filepath_raw = f"{part.stem}_{number}.{ending}"
            (part.parent / image.filepath_raw).write_bytes(image.packed_files[0].packed_file.data)
        yield
    finally:
        for image, path in named.items():
            image.filepath_raw = path


def _packed(objects: tuple[bpy.types.Object, ...]) -> list[Any]:
    """Return the packed images of the objects' materials."""
    materials = {slot.material for obj in objects for slot in obj.material_slots if slot.material}
    trees = [material.node_tree for material in materials if material.node_tree]
    images = {node.image for tree in trees for node in tree.nodes if getattr(node, "image", None)}
    return sorted((each for each in images if each.packed_files), key=lambda each: each.name)


def _select(objects: Iterable[bpy.types.Object], active: bpy.types.Object | None) -> None:
    layer = bpy.context.view_layer
    wanted = set(objects)
    for obj in layer.objects:
        obj.select_set(obj in wanted)
    layer.objects.active = active


def _write_blend(part: Path, objects: tuple[bpy.types.Object, ...]) -> None:
    """Write a .blend with these objects: a copy of the open file if it has no others, else a
    library with one collection. A separate scene cannot be written: Blender 5.2.2 crashes."""
    shown = {obj for scene in bpy.data.scenes for obj in scene.objects}
    if shown <= set(objects):
        bpy.ops.wm.save_as_mainfile(filepath=str(part), copy=True)
        return
    collection = bpy.data.collections.new(part.stem)
    try:
        for obj in objects:
            collection.objects.link(obj)
        bpy.data.libraries.write(str(part), {collection}, path_remap="ABSOLUTE", fake_user=True)
    finally:
        bpy.data.collections.remove(collection)


def _take_over(folder: Path, target: Path) -> None:
    """Move the written files beside the target, the target itself last."""
    written = sorted(folder.iterdir(), key=lambda path: path.name == target.name)
    if not any(path.name == target.name for path in written):
        raise NotExported(messages.no_exporter(target.suffix, ""))
    for path in written:
        if path.is_dir():
            for inner in path.rglob("*"):
                if inner.is_file():
                    place = target.parent / inner.relative_to(folder)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    os.replace(inner, place)
        else:
            os.replace(path, target.parent / path.name)
