"""Imports a model file and cleans it up: one collection with one root.

Also runs in the artist's Blender for a direct import; it changes none of the artist's scenes.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from .. import messages
from ..unreadable import Unreadable
from . import animation, datablocks, hierarchy, likeness, material_cleanup, outside_files
from .extra_animations import Clip, lay_out
from .file_formats import IN_METERS, import_file
from .options import ImportOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True)
class Model:
    """An imported model: one collection with one root. Valid until undo or file load."""

    collection: bpy.types.Collection
    root: bpy.types.Object
    objects: int
    faces: int
    images: int
    warnings: tuple[str, ...]


def bring_in(
    source: Path,
    *,
    kind: str,
    name: str,
    terms: ImportOptions,
    before: frozenset[int],
    clips: Sequence[Clip] = (),
    clip_names: Sequence[str] = (),
) -> Model:
    """Import a file of `kind` (see `import_file`) and clean up what is newer than `before`.

    If there are `clips` or `clip_names`, each animation gets an NLA track (see `lay_out`).

    The import runs in a temporary scene, so that the artist's scenes do not change; the returned
    collection is in no scene. Raises Unreadable; the caller then cleans up with
    `datablocks.forget_since`.
    """
    with outside_files.looking_in(source.parent), _scene_aside(terms) as scene:
        units = 1 / terms.meters_per_unit
        warnings = import_file(source, kind, units_per_meter=units)
        warnings += outside_files.drop(before, source.parent)
        actions = datablocks.since(before, bpy.data.actions)
        animation.retime(actions, scene, terms.fps)
        objects = _take(before)
        warnings += hierarchy.show(objects)
        warnings += animation.stash_loose(actions, objects)
        if clips or clip_names:
            warnings += lay_out(objects, clips, clip_names, scene=scene, terms=terms)
        if kind in IN_METERS:
            hierarchy.enlarge(objects, units)
        hierarchy.remove_wrappers(objects)
        hierarchy.straighten(objects)
        root, notes = hierarchy.stand(hierarchy.one_root(objects), objects, terms)
        warnings += notes
        collection = bpy.data.collections.new(name)
        for obj in objects:
            collection.objects.link(obj)
        if terms.most_faces:
            likeness.reduce(collection, scene, terms.most_faces)
        warnings += _clean_materials(name, before)
        _name(name, root, objects)
    for block in datablocks.removable(before):
        block.use_fake_user = False
    datablocks.sweep(before, keep=collection)
    faces = sum(len(obj.data.polygons) for obj in objects if obj.type == "MESH")
    if not faces:
        warnings.append(messages.NO_FACES)
    images = len(datablocks.since(before, bpy.data.images))
    return Model(collection, root, len(objects), faces, images, tuple(warnings))


@contextlib.contextmanager
def _scene_aside(terms: ImportOptions) -> Iterator[bpy.types.Scene]:
    """Show a temporary empty scene in the window, and restore the former one afterwards.

    Importers deselect, activate, leave Edit Mode and (FBX) set the frame rate of the active scene;
    the glTF importer needs it to be the window's scene, too. Nothing is overridden: up to Blender
    5.0, an operator in `temp_override` reads the context without Python's lock while another thread
    has it, and crashes.
    """
    windows = tuple(bpy.context.window_manager.windows)
    shown = [(window, window.scene, window.view_layer) for window in windows]
    scene = bpy.data.scenes.new("Arrival")
    animation.keep_time(scene, terms.fps)
    scene.unit_settings.scale_length = terms.meters_per_unit
    try:
        bpy.context.window.scene = scene
        yield scene
    finally:
        # Child windows of this one have changed their scene, too.
        for changed, its_scene, its_layer in shown:
            changed.scene = its_scene
            changed.view_layer = its_layer
        bpy.data.scenes.remove(scene)


def _take(before: frozenset[int]) -> list[bpy.types.Object]:
    """Deselect the imported objects, unlink them from their collections, and return them."""
    for obj in tuple(bpy.context.view_layer.objects.selected):
        obj.select_set(False)
    # By collection: an object's `users_collection` searches all collections.
    aside: set[bpy.types.Object] = set()
    for home in (bpy.context.scene.collection, *datablocks.since(before, bpy.data.collections)):
        if home.name.startswith(datablocks.NOT_OURS):
            aside.update(home.objects)
            continue
        for obj in tuple(home.objects):
            home.objects.unlink(obj)
    objects = [obj for obj in datablocks.since(before, bpy.data.objects) if obj not in aside]
    if all(_is_hollow(obj) for obj in objects):
        raise Unreadable(messages.NO_MODEL)
    return objects


def _is_hollow(obj: bpy.types.Object) -> bool:
    if obj.type == "MESH":
        return not obj.data.vertices
    return obj.type == "EMPTY" and obj.instance_type == "NONE"


def _clean_materials(name: str, before: frozenset[int]) -> list[str]:
    """Clean up materials and images. Returns warnings."""
    material_cleanup.show_colors(datablocks.since(before, bpy.data.meshes))
    images = datablocks.since(before, bpy.data.images)
    materials = datablocks.since(before, bpy.data.materials)
    warnings = material_cleanup.pack(images)
    material_cleanup.set_color_spaces(materials)
    material_cleanup.merge_images(images)
    material_cleanup.name_all(name, material_cleanup.merge_materials(materials), images)
    return warnings


def _name(name: str, root: bpy.types.Object, objects: list[bpy.types.Object]) -> None:
    meshes = [obj.data for obj in objects if obj.type == "MESH"]
    if len(meshes) == 1:
        meshes[0].name = name
    if root.data:
        datablocks.rename(root.data, name, meshes if root.type == "MESH" else ())
    datablocks.rename(root, name, objects)
