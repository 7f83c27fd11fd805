"""Which of the selected objects and their children are sent as parts, and why others are not.

Main thread only; changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import bpy

from ...api.record import record
from ..messages import objects as messages
from .node_inputs import node_inputs
from .scene_walks import WALKS

SHAPES: Final = frozenset({"MESH", "CURVE", "SURFACE", "FONT", "META"})
"""Types of object that have a surface to work on."""
# Modifiers that use another object's location, and not its shape.
_ONLY_PLACES: Final = frozenset(
    {
        "CAST",
        "DISPLACE",
        "HOOK",
        "MIRROR",
        "NORMAL_EDIT",
        "SCREW",
        "SIMPLE_DEFORM",
        "UV_PROJECT",
        "UV_WARP",
        "VERTEX_WEIGHT_EDIT",
        "VERTEX_WEIGHT_MIX",
        "VERTEX_WEIGHT_PROXIMITY",
        "WARP",
        "WAVE",
    }
)
# Modifiers that follow another object's surface while both stay visible, such as a shirt
# shrinkwrapped to a body. Boolean, Array and others make the other's shape a part of their own.
_ONLY_FOLLOW: Final = frozenset({"DATA_TRANSFER", "DYNAMIC_PAINT", "SHRINKWRAP", "SURFACE_DEFORM"})
_NO_OPERANDS: Final = _ONLY_PLACES | _ONLY_FOLLOW
_ONLY_PLACE: Final = "offset_object"
_OPERANDS: Final = frozenset({"Object", "Collection"})


@record
class Tree:
    """The children of every object at one moment. `Object.children` searches all objects: in a
    scene with a thousand of them that would take seconds."""

    children: Mapping[bpy.types.Object, list[bpy.types.Object]]

    @classmethod
    def now(cls) -> Tree:
        """The tree of the file that is open."""
        return WALKS.of(cls, cls._walk)

    @classmethod
    def _walk(cls) -> Tree:
        children: dict[bpy.types.Object, list[bpy.types.Object]] = {}
        for obj in bpy.data.objects:
            parent = obj.parent
            if parent is not None:
                children.setdefault(parent, []).append(obj)
        return cls(children)

    def below(self, root: bpy.types.Object) -> list[bpy.types.Object]:
        """All descendants of an object that are in a scene, sorted by name."""
        found, stack = list[bpy.types.Object](), [root]
        while stack:
            children = self.children.get(stack.pop(), ())
            found += children
            stack += children
        seen = shown() if found else frozenset()
        return sorted((each for each in found if each in seen), key=lambda each: each.name)


@record
class LeftOut:
    """An object that is not a part, and why, in words that follow its name in parentheses."""

    obj: bpy.types.Object
    why: str


@record
class Parts:
    """The parts among some objects and their descendants, and the others. Valid until undo, file
    load or the end of a tick."""

    taken: tuple[bpy.types.Object, ...]
    left_out: tuple[LeftOut, ...]


def parts_of(roots: Sequence[bpy.types.Object]) -> Parts:
    """The parts among these objects and their descendants.

    A part has a surface, is visible in the view layer, is rendered, is displayed as a surface, and
    is not an operand of another object's modifier. If nothing is a part, the roots with a surface
    are: an artist who selects only a Boolean cutter means the cutter.
    """
    return WALKS.of((parts_of, tuple(roots)), lambda: _parts_of(roots))


def _parts_of(roots: Sequence[bpy.types.Object]) -> Parts:
    tree = Tree.now()
    everything = [each for root in roots for each in (root, *tree.below(root))]
    shaped = [obj for obj in everything if obj.type in SHAPES]
    layer = _layer_of(roots[0])
    # `Object.users_collection` would search all collections for each object.
    rendered = WALKS.of(("rendered", layer.as_pointer()), lambda: _rendered_objects(layer))
    operands = _operands(everything)
    reasons = {obj: _why_not(obj, layer, rendered, operands) for obj in shaped}
    taken = [obj for obj in shaped if not reasons[obj]]
    if not taken:
        taken = [obj for obj in roots if obj in reasons]
    others = set(shaped).difference(taken)
    left_out = tuple(LeftOut(obj, reasons[obj]) for obj in shaped if obj in others)
    return Parts(tuple(taken), left_out)


def is_shown(obj: bpy.types.Object) -> bool:
    """Whether the object is in any scene."""
    named = (scene.objects.get(obj.name) for scene in bpy.data.scenes)
    # A linked object may have the same name, and be found instead.
    return obj in named or bool(obj.users_scene)


def shown() -> frozenset[bpy.types.Object]:
    """All objects that are in any scene."""
    return WALKS.of(shown, _shown)


def _shown() -> frozenset[bpy.types.Object]:
    return frozenset(obj for scene in bpy.data.scenes for obj in scene.objects)


def sharing_a_mesh(objs: Iterable[bpy.types.Object]) -> frozenset[bpy.types.Object]:
    """Those among these objects whose data another object of a scene uses as well."""
    with_data = frozenset(obj for obj in objs if obj.data is not None)
    return WALKS.of((sharing_a_mesh, with_data), lambda: _sharing(with_data))


def _sharing(with_data: frozenset[bpy.types.Object]) -> frozenset[bpy.types.Object]:
    # Blender's user counts do not help: stored variants count as users, and its FBX importer (4.5
    # to 5.3) counts one for a mesh that many objects share.
    users = WALKS.of(_users_of_data, _users_of_data)
    here = Counter(obj.data for obj in with_data - shown())
    return frozenset(obj for obj in with_data if users[obj.data] + here[obj.data] > 1)


def _users_of_data() -> Counter[bpy.types.ID | None]:
    """Count how many objects in a scene use each data-block."""
    return Counter(obj.data for obj in shown())


def _why_not(
    obj: bpy.types.Object,
    layer: bpy.types.ViewLayer,
    rendered: frozenset[bpy.types.Object],
    operands: Mapping[bpy.types.Object, str],
) -> str:
    if not obj.visible_get(view_layer=layer):
        return messages.HIDDEN
    if obj.hide_render or obj not in rendered:
        return messages.NOT_RENDERED
    return messages.OUTLINES.get(obj.display_type, "") or operands.get(obj, "")


def _layer_of(obj: bpy.types.Object) -> bpy.types.ViewLayer:
    """The view layer that the artist sees the object in, else one that has it."""
    here = bpy.context.view_layer
    if obj.name in here.objects:
        return here
    layers = (each for scene in obj.users_scene for each in scene.view_layers)
    return next((each for each in layers if obj.name in each.objects), here)


def _rendered_objects(layer: bpy.types.ViewLayer) -> frozenset[bpy.types.Object]:
    collections = _rendered(layer.layer_collection)
    return frozenset(obj for collection in collections for obj in collection.objects)


def _rendered(above: bpy.types.LayerCollection) -> Iterator[bpy.types.Collection]:
    """The collections whose objects are rendered in the view layer."""
    if above.exclude or above.collection.hide_render:
        return
    yield above.collection
    for below in above.children:
        yield from _rendered(below)


def _operands(objs: Iterable[bpy.types.Object]) -> dict[bpy.types.Object, str]:
    """The objects that shape another of these objects, with the reason in words."""
    found: dict[bpy.types.Object, str] = {}
    for obj in objs:
        for name, used in _used_by(obj):
            for each in used.all_objects if isinstance(used, bpy.types.Collection) else (used,):
                if each != obj:
                    found.setdefault(each, messages.used_by(name, obj.name))
    return found


def _used_by(obj: bpy.types.Object) -> Iterator[tuple[str, Any]]:
    """Objects and collections that shape an object, by the name of the modifier that takes
    them."""
    data: Any = obj.data
    for field in ("bevel_object", "taper_object"):
        used = getattr(data, field, None)
        if used is not None:
            yield messages.CURVE, used
    for modifier in obj.modifiers:
        for used in _of_modifier(modifier):
            yield modifier.name, used


def _of_modifier(modifier: Any) -> Iterator[Any]:
    if modifier.type == "NODES":
        values = [value for _name, value in node_inputs(modifier)]
        values += _of_nodes(modifier.node_group, set())
        yield from (each for each in values if _is_operand(each))
    elif modifier.type == "PARTICLE_SYSTEM":
        settings = modifier.particle_system.settings
        used = (settings.instance_object, settings.instance_collection)
        yield from (each for each in used if each is not None)
    elif modifier.type not in _NO_OPERANDS:
        for row in modifier.bl_rna.properties:
            if row.type != "POINTER" or row.identifier == _ONLY_PLACE:
                continue
            used = getattr(modifier, row.identifier)
            if row.fixed_type.identifier in _OPERANDS and used is not None:
                yield used


def _of_nodes(group: Any, known: set[Any]) -> Iterator[Any]:
    """The objects and collections in the sockets of a node group and its nested groups."""
    if group is None or group in known:
        return
    known.add(group)
    for node in group.nodes:
        for socket in node.inputs:
            if socket.type in {"OBJECT", "COLLECTION"} and not socket.is_linked:
                yield socket.default_value
        yield from _of_nodes(getattr(node, "node_tree", None), known)


def _is_operand(value: Any) -> bool:
    return isinstance(value, bpy.types.Object | bpy.types.Collection)
