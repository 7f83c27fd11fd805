"""Makes a tidy .blend of a downloaded GLB or FBX; a child Blender runs this file by its path.

Imports the standard library, bpy and mathutils only, nothing of ours. `bring_in` is shared with
importer.py, which runs it in the artist's Blender when there is no child. What is heavy is laid
beside the .blend, so that importer.py can fetch it piece by piece.
"""

from __future__ import annotations

import contextlib
import faulthandler
import hashlib
import json
import math
import os
import re
import shutil
import sys
import traceback
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from mathutils import Matrix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

_GLTF_OPTIONS: Final = {"import_pack_images": True, "disable_bone_shape": True}
_FBX_OPTIONS: Final = {"use_anim": True, "anim_offset": 1.0}
_FIRST_FRAME: Final = 1.0
_NOT_OURS: Final = "glTF_not_exported"
# Interface data is nobody's import, and a shape key goes with its mesh.
_NEVER_REMOVED: Final = frozenset({"screens", "window_managers", "workspaces", "shape_keys"})
_TRANSFORMS: Final = ("location", "rotation", "scale", "delta_")
_STDERR: Final = 2

LAYERS_KEY: Final = "tripo_addon_layers"
"""Property of a mesh in the child's .blend: JSON that tells which of its layers lie beside it."""
LAYER_CODES: Final = {"FLOAT2": ("vector", "f"), "INT16_2D": ("value", "h")}
"""How such a layer is read and written: by data type, the field of an element, and its `array`
code."""
HEAVY_BYTES: Final = 1_000_000
"""Layers and textures from this size on travel beside the .blend."""


class Unreadable(Exception):
    """Blender cannot make a model of the file; `detail` is the importer's own last line."""

    def __init__(self, sentence: str, detail: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.detail = detail


@dataclass(frozen=True)
class Terms:
    """The scene a model is made for: frames per second, and metres in one Blender unit."""

    fps: float = 24.0
    metres_per_unit: float = 1.0


@dataclass(frozen=True)
class Model:
    """What arrived, put in order: one collection with one root. Valid until undo or file load."""

    collection: bpy.types.Collection
    root: bpy.types.Object
    objects: int
    faces: int
    images: int
    warnings: tuple[str, ...]


def known() -> frozenset[int]:
    """Return the session ids of all data-blocks there are: what a later difference starts from."""
    return frozenset(block.session_uid for _, block in _blocks())


def forget_since(before: frozenset[int]) -> None:
    """Remove every data-block that is not in `before`."""
    bpy.data.batch_remove(_removable(before))


def bring_in(
    source: Path, *, kind: str, name: str, turn: float, terms: Terms, before: frozenset[int]
) -> Model:
    """Import a file of `kind` ("glb", "fbx") and put in order what arrives since `before`.

    It happens in a scene of its own, so that nothing of the artist's scenes changes; the returned
    collection is linked to no scene. `turn`: degrees about the world's Z. Raises Unreadable, and
    leaves the clean-up by `forget_since` to the caller.
    """
    with _scene_aside(terms) as scene:
        _import(source, kind)
        _retime(_since(before, bpy.data.actions), scene, terms.fps)
        objects = _take(before)
        collection = bpy.data.collections.new(name)
        warnings = _stash_loose_actions(objects, before)
        _unwrap(objects)
        root = _one_root(objects)
        for thing in objects:
            collection.objects.link(thing)
        root.matrix_basis = Matrix.Rotation(math.radians(turn), 4, "Z") @ root.matrix_basis
        if not _moves(root):
            root.rotation_mode = "XYZ"
        images = _since(before, bpy.data.images)
        warnings += _pack(images)
        _merge(images)
        _rename(name, root, objects, before)
    for block in _removable(before):
        block.use_fake_user = False
    sweep(before, keep=collection)
    faces = sum(len(thing.data.polygons) for thing in objects if thing.type == "MESH")
    if not faces:
        warnings.append("The model has no faces.")
    count = len(_since(before, bpy.data.images))
    return Model(collection, root, len(objects), faces, count, tuple(warnings))


def sweep(before: frozenset[int], *, keep: bpy.types.Collection) -> None:
    """Remove what came since `before` beside the model: helpers, emptied collections, orphans."""
    others = [home for home in _since(before, bpy.data.collections) if home != keep]
    for home in others:
        if home.name.startswith(_NOT_OURS):
            bpy.data.batch_remove(list(home.objects))
    # What was appended is local now, but the file it came from would stay listed.
    files = [file for file in _since(before, bpy.data.libraries) if not file.users_id]
    orphans = files + [home for home in others if not home.objects]
    seen: set[int] = set()
    while True:
        seen.update(block.session_uid for block in orphans)
        bpy.data.batch_remove(orphans)
        unused = [block for block in _removable(before) if not block.users and block != keep]
        orphans = [block for block in unused if block.session_uid not in seen]
        if not orphans:
            return


@contextlib.contextmanager
def _scene_aside(terms: Terms) -> Iterator[bpy.types.Scene]:
    """Show an empty scene in the window, and afterwards what was there.

    Importers deselect, activate, leave edit mode and (FBX) set the frame rate of the scene they
    find; the glTF one needs it to be the window's, too.
    """
    windows = tuple(bpy.context.window_manager.windows)
    shown = [(window, window.scene, window.view_layer) for window in windows]
    scene = bpy.data.scenes.new("Arrival")
    scene.render.fps = max(1, round(terms.fps))
    scene.render.fps_base = scene.render.fps / terms.fps
    scene.unit_settings.scale_length = terms.metres_per_unit
    window = bpy.context.window or windows[0]
    try:
        window.scene = scene
        with bpy.context.temp_override(window=window):
            yield scene
    finally:
        # Other windows may be children of this one and have followed it.
        for changed, its_scene, its_layer in shown:
            changed.scene = its_scene
            changed.view_layer = its_layer
        bpy.data.scenes.remove(scene)


def _blocks() -> Iterator[tuple[str, bpy.types.ID]]:
    for field in bpy.data.bl_rna.properties:
        if field.type == "COLLECTION":
            for block in getattr(bpy.data, field.identifier):
                yield field.identifier, block


def _since(before: frozenset[int], blocks: Iterable[Any]) -> list[Any]:
    return [block for block in blocks if block.session_uid not in before]


def _removable(before: frozenset[int]) -> list[bpy.types.ID]:
    return _since(before, (block for kind, block in _blocks() if kind not in _NEVER_REMOVED))


def _import(source: Path, kind: str) -> None:
    operator: Any
    if kind == "glb":
        operator, wished = bpy.ops.import_scene.gltf, _GLTF_OPTIONS
        present = "gltf" in dir(bpy.ops.import_scene)
    elif "fbx_import" in dir(bpy.ops.wm):
        operator, wished, present = bpy.ops.wm.fbx_import, _FBX_OPTIONS, True
    else:
        operator, wished = bpy.ops.import_scene.fbx, _FBX_OPTIONS
        present = "fbx" in dir(bpy.ops.import_scene)
    if not present:
        raise Unreadable(
            f"Blender's own {kind.upper()} importer is switched off. Enable it in Preferences > "
            "Add-ons."
        )
    allowed = operator.get_rna_type().properties.keys()
    options = {option: value for option, value in wished.items() if option in allowed}
    try:
        outcome = operator(filepath=str(source), **options)
    except RuntimeError as error:
        raise _unreadable(str(error), source, kind) from error
    if "FINISHED" not in outcome:
        raise _unreadable("", source, kind)


def _unreadable(message: str, source: Path, kind: str) -> Unreadable:
    # A failed Python operator ends its message with the place in Blender's code that called it.
    lines = [line for line in message.splitlines() if line.strip()]
    told = [line.strip() for line in lines if not line.startswith("Location:")]
    detail = told[-1].removeprefix("Error: ") if told else ""
    detail = detail.replace(str(source), source.name)
    needed = re.search(r"[Ee]xtension (\w+) .*not available", message)
    if needed:
        sentence = f"The file needs {needed[1]}, which this Blender cannot read."
    elif "draco" in message.lower():
        sentence = "The file is compressed with Draco, which this Blender cannot read."
    elif "ASCII FBX" in message:
        sentence = "The file is an FBX written as text, which Blender reads from version 4.5 on."
    else:
        sentence = f"Blender could not import this {kind.upper()} file."
    return Unreadable(sentence, detail)


def _take(before: frozenset[int]) -> list[bpy.types.Object]:
    """Return what arrived, belonging to no collection and not selected."""
    layer = bpy.context.view_layer
    objects = []
    for thing in _since(before, bpy.data.objects):
        if any(home.name.startswith(_NOT_OURS) for home in thing.users_collection):
            continue
        if thing.name in layer.objects:
            thing.select_set(False)
        for home in thing.users_collection:
            home.objects.unlink(thing)
        objects.append(thing)
    if all(_is_hollow(thing) for thing in objects):
        raise Unreadable("The file opened, but there is no model in it.")
    return objects


def _is_hollow(thing: bpy.types.Object) -> bool:
    if thing.type == "MESH":
        return not thing.data.vertices
    return thing.type == "EMPTY" and thing.instance_type == "NONE"


def _curves(action: bpy.types.Action, slot: Any = None) -> list[bpy.types.FCurve]:
    """Return the curves of one slot, or of all; before Blender 4.4 an action has no slots."""
    if bpy.app.version < (4, 4, 0):
        return list(action.fcurves)
    bags = [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
    wanted = [bag for bag in bags if slot is None or bag.slot_handle == slot.handle]
    return [curve for bag in wanted for curve in bag.fcurves]


def _moves(thing: bpy.types.Object) -> bool:
    """Whether an animation sets the object's own transform, not only its bones or shapes."""
    animation = thing.animation_data
    if animation is None:
        return False
    players = [animation, *(strip for track in animation.nla_tracks for strip in track.strips)]
    return any(
        curve.data_path.startswith(_TRANSFORMS)
        for player in players
        if player.action
        for curve in _curves(player.action, getattr(player, "action_slot", None))
    )


def _retime(actions: list[bpy.types.Action], scene: bpy.types.Scene, fps: float) -> None:
    """Bring keys to `fps`: the FBX importers key in the file's rate and set the scene to that."""
    factor = fps * scene.render.fps_base / scene.render.fps
    if math.isclose(factor, 1.0, rel_tol=1e-4):
        return
    for curve in (curve for action in actions for curve in _curves(action)):
        points = curve.keyframe_points
        for part in ("co", "handle_left", "handle_right"):
            values = [0.0] * (2 * len(points))
            points.foreach_get(part, values)
            values[::2] = [_FIRST_FRAME + (frame - _FIRST_FRAME) * factor for frame in values[::2]]
            points.foreach_set(part, values)
        curve.update()


def _stash_loose_actions(objects: list[bpy.types.Object], before: frozenset[int]) -> list[str]:
    """Put each animation that nothing plays on a muted NLA track, as the glTF importer does.

    The FBX importers assign one animation and leave the others to a fake user, which no object
    would take along. Returns warnings.
    """
    warnings = []
    for action in _since(before, bpy.data.actions):
        if action.users > int(action.use_fake_user):
            continue
        owner = _owner(action, objects)
        if owner is None:
            warnings.append(f"The animation {action.name} belongs to no object and was left out.")
            continue
        track = owner.animation_data_create().nla_tracks.new()
        track.name = action.name
        track.strips.new(action.name, int(action.frame_range[0]), action)
        track.mute = True
    return warnings


def _owner(action: bpy.types.Action, objects: list[bpy.types.Object]) -> bpy.types.Object | None:
    if any(curve.data_path.startswith("key_blocks") for curve in _curves(action)):
        return None
    # Both FBX importers name an action "Object|Animation".
    named = action.name.partition("|")[0]
    candidates = [thing for thing in objects if re.sub(r"\.\d{3,}$", "", thing.name) == named]
    candidates = candidates or [thing for thing in objects if thing.type == "ARMATURE"]
    return candidates[0] if len(candidates) == 1 else None


def _unwrap(objects: list[bpy.types.Object]) -> None:
    """Take out empties that only wrap one other object, or nothing; what they held stays put."""
    for thing in tuple(objects):
        if not _is_plain_empty(thing, objects):
            continue
        children = [other for other in objects if other.parent == thing]
        if len(children) == 1:
            gone = _hand_over(thing, children[0])
        else:
            gone = not children and thing.parent is None
        if gone:
            objects.remove(thing)
            bpy.data.objects.remove(thing)


def _is_plain_empty(thing: bpy.types.Object, objects: list[bpy.types.Object]) -> bool:
    """Whether an empty carries nothing: no picture, animation, constraint, property, no user."""
    if thing.type != "EMPTY" or thing.data or thing.instance_type != "NONE":
        return False
    if thing.animation_data or thing.constraints or thing.keys():
        return False
    pullers = [tool for other in objects for tool in (*other.modifiers, *other.constraints)]
    pulled = [getattr(tool, field, None) for tool in pullers for field in ("object", "target")]
    return thing not in pulled


def _hand_over(empty: bpy.types.Object, child: bpy.types.Object) -> bool:
    """Give `child` the place of `empty`; False where its transform could not stay the same."""
    above = empty.matrix_parent_inverse if empty.parent else Matrix()
    above = above @ empty.matrix_basis @ child.matrix_parent_inverse
    whole = above @ child.matrix_basis
    if empty.parent:
        child.parent = empty.parent
        child.parent_type = empty.parent_type
        child.parent_bone = empty.parent_bone
        child.matrix_parent_inverse = above
        return True
    if _is_close(above, Matrix()) or (not _moves(child) and _is_plain_transform(whole)):
        child.parent = None
        child.matrix_basis = whole
        return True
    return False


def _is_plain_transform(matrix: Matrix) -> bool:
    """Whether location, rotation and scale can express it: a shear they cannot."""
    return _is_close(Matrix.LocRotScale(*matrix.decompose()), matrix)


def _is_close(one: Matrix, other: Matrix) -> bool:
    rows = zip(one[:], other[:], strict=True)
    return all((a - b).length <= 1e-5 * max(1.0, a.length) for a, b in rows)


def _one_root(objects: list[bpy.types.Object]) -> bpy.types.Object:
    """Return the only root: the one there is, or a new empty at the file's origin."""
    roots = [thing for thing in objects if thing.parent is None]
    if len(roots) > 1 or _moves(roots[0]):
        root = bpy.data.objects.new("Root", None)
        objects.append(root)
        for thing in roots:
            thing.parent = root
            thing.matrix_parent_inverse = Matrix()
        return root
    root = roots[0]
    if _is_plain_empty(root, objects):
        # A root that only groups stands straight; its children take over how it stood.
        for thing in (thing for thing in objects if thing.parent == root):
            thing.matrix_parent_inverse = root.matrix_basis @ thing.matrix_parent_inverse
        root.matrix_basis = Matrix()
    return root


def _pack(images: list[bpy.types.Image]) -> list[str]:
    warnings = []
    for image in images:
        if image.source == "FILE" and not image.packed_file:
            try:
                image.pack()
            except RuntimeError:
                warnings.append(f"The texture {image.name} is missing.")
                continue
        if image.packed_file and image.filepath:
            # An FBX leaves paths of this or another machine; packed anew, an image has none.
            data = image.packed_file.data
            image.filepath_raw = ""
            image.pack(data=data, data_len=len(data))
    return warnings


def _merge(images: list[bpy.types.Image]) -> None:
    """Let the same picture, read in the same way, be one image: FBX may bring it per use."""
    first: dict[tuple[object, ...], bpy.types.Image] = {}
    for image in images:
        if len(image.packed_files) != 1:
            continue
        held: Any = image.packed_file
        digest = hashlib.blake2b(held.data).digest()
        key = (digest, image.colorspace_settings.name, image.alpha_mode)
        if key in first:
            image.user_remap(first[key])
        first.setdefault(key, image)


def _rename(
    name: str,
    root: bpy.types.Object,
    objects: list[bpy.types.Object],
    before: frozenset[int],
) -> None:
    meshes = [thing.data for thing in objects if thing.type == "MESH"]
    if len(meshes) == 1:
        meshes[0].name = name
    if root.data:
        root.data.name = name
    root.name = name
    materials = _since(before, bpy.data.materials)
    for number, material in enumerate(materials, start=1):
        material.name = name if len(materials) == 1 else f"{name} {number}"
    new = set(_since(before, bpy.data.images))
    for material in materials:
        for image, role in _textures(material):
            if image in new:
                new.remove(image)
                image.name = f"{material.name} {role}".strip()


def _textures(material: bpy.types.Material) -> Iterator[tuple[bpy.types.Image, str]]:
    """Yield the material's images with what they are for, such as "Base Color"."""
    if material.node_tree is None:
        return
    for node in material.node_tree.nodes:
        if node.type == "TEX_IMAGE" and node.image:
            yield node.image, _role(node)


def _role(picture: bpy.types.Node) -> str:
    roles: set[str] = set()
    followed = [picture]
    for node in followed:  # grows on the way
        for link in (link for output in node.outputs for link in output.links):
            if link.to_node.type.startswith(("BSDF", "EMISSION", "GROUP")):
                roles.add(link.to_socket.name)
            elif link.to_node not in followed:
                followed.append(link.to_node)
    return "Base Color" if "Base Color" in roles else " ".join(sorted(roles))


def _lay_beside(model: Model, folder: Path) -> None:
    """Move heavy textures and layers from the model into files in `folder`.

    Reading a .blend costs the artist's Blender what is in it at one go: page after page of fresh
    memory.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    meshes: set[Any] = {thing.data for thing in model.collection.objects if thing.type == "MESH"}
    for number, mesh in enumerate(sorted(meshes, key=lambda mesh: mesh.name)):
        _drop_defaults(mesh)
        _unload_layers(mesh, folder, number)
    for number, image in enumerate(bpy.data.images):
        if image.source == "FILE" and len(image.packed_files) == 1:
            _unload_picture(image, folder, number)


def _drop_defaults(mesh: bpy.types.Mesh) -> None:
    """Remove layers that say everywhere what no layer says, too."""
    for name in ("sharp_edge", "sharp_face", "material_index"):
        layer: Any = mesh.attributes.get(name)
        if layer is not None:
            values = array("i", bytes(array("i").itemsize * len(layer.data)))
            layer.data.foreach_get("value", values)
            if not any(values):
                mesh.attributes.remove(layer)


def _unload_layers(mesh: bpy.types.Mesh, folder: Path, number: int) -> None:
    told: list[tuple[str, str, str]] = []
    maps: Any = mesh.uv_layers
    shown = [maps.active_index, next((i for i, uv in enumerate(maps) if uv.active_render), 0)]
    heavy = [layer for layer in mesh.attributes if _is_heavy(layer)]
    for place, name in enumerate([layer.name for layer in heavy]):
        layer: Any = mesh.attributes[name]
        field, code = LAYER_CODES[layer.data_type]
        values = array(code, bytes(2 * array(code).itemsize * len(layer.data)))
        layer.data.foreach_get(field, values)
        file = folder / f"layer-{number}-{place}"
        with file.open("wb") as target:
            values.tofile(target)
        told.append((name, layer.data_type, str(file)))
        mesh.attributes.remove(layer)
    if told:
        mesh[LAYERS_KEY] = json.dumps({"layers": told, "uv_shown": shown})


def _is_heavy(layer: Any) -> bool:
    """Whether a layer can travel beside the .blend and is worth it. All of a mesh's UV maps are of
    one size, so they stay in order."""
    if layer.domain != "CORNER" or layer.data_type not in LAYER_CODES or layer.is_required:
        return False
    size = 2 * array(LAYER_CODES[layer.data_type][1]).itemsize
    return len(layer.data) * size >= HEAVY_BYTES


def _unload_picture(image: bpy.types.Image, folder: Path, number: int) -> None:
    held: Any = image.packed_file
    if held.size >= HEAVY_BYTES:
        file = folder / f"texture-{number}"
        file.write_bytes(held.data)
        image.unpack(method="REMOVE")
        image.filepath_raw = str(file)


def _convert(order: dict[str, Any]) -> dict[str, object]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    if order["format"] == "glb" and "gltf" not in dir(bpy.ops.import_scene):
        bpy.ops.preferences.addon_enable(module="io_scene_gltf2")
    try:
        model = bring_in(
            Path(order["source"]),
            kind=order["format"],
            name=order["name"],
            turn=order["turn"],
            terms=Terms(order.get("fps", 24.0), order.get("metres_per_unit", 1.0)),
            before=known(),
        )
    except Unreadable as error:
        return {"ok": False, "sentence": error.sentence, "detail": error.detail}
    blend = Path(order["blend"])
    _lay_beside(model, blend.with_suffix(".parts"))
    unfinished = blend.with_name(blend.name + ".part")
    # Uncompressed: reading it is the one step the artist waits for.
    bpy.data.libraries.write(str(unfinished), {model.collection}, fake_user=False, compress=False)
    unfinished.replace(blend)
    return {
        "ok": True,
        "collection": model.collection.name,
        "root": model.root.name,
        "objects": model.objects,
        "faces": model.faces,
        "images": model.images,
        "warnings": model.warnings,
    }


def _die(
    kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
) -> None:
    if kind is not None:
        # Python's own code for this is 1, and the bpy module may hang or crash while it quits.
        traceback.print_exception(kind, value, trace)
        sys.stderr.flush()
        os._exit(3)


def main(arguments: list[str]) -> None:
    """Carry out the order whose path follows "--".

    The order is a JSON object: source, blend and result (paths), format ("glb", "fbx"), name, turn
    (degrees), seconds (after which the child ends itself, whatever became of its parent), and
    optionally fps and metres_per_unit of the scene the model is for. Beside the .blend comes a
    folder of the same name with the suffix .parts. The result is written last: {"ok": true,
    "collection", "root", "objects", "faces", "images", "warnings"} or {"ok": false, "sentence",
    "detail"}; exit code 0 for both. Anything unforeseen ends with a traceback, code 3 and no
    result.
    """
    with contextlib.ExitStack() as ending:
        ending.push(_die)
        order = json.loads(Path(arguments[arguments.index("--") + 1]).read_text(encoding="utf-8"))
        # Beside Python's lock: it ends the child even while an importer holds it.
        faulthandler.dump_traceback_later(order["seconds"], exit=True, file=_STDERR)
        report = json.dumps(_convert(order), ensure_ascii=False)
        result = Path(order["result"])
        unfinished = result.with_name(result.name + ".part")
        unfinished.write_text(report, encoding="utf-8")
        unfinished.replace(result)


if __name__ == "__main__":
    main(sys.argv)
