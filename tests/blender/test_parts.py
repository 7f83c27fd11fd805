"""What is taken with a selected object, and what is left out and stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import bpy
import pytest

from tests.blender import addon
from tests.blender.accessors import geometry_nodes
from tripo_addon.blender.arrival import apply_result
from tripo_addon.blender.objects import selection
from tripo_addon.blender.objects.object_group import ObjectGroup, find
from tripo_addon.jobs.model.job import Target


@pytest.fixture
def context() -> Iterator[bpy.types.Context]:
    bpy.ops.wm.read_homefile(use_empty=True)
    with addon.enabled() as context:
        yield context


def block(name: str, parent: bpy.types.Object | None = None) -> Any:
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    obj = bpy.data.objects.new(name, mesh)
    obj.parent = parent
    bpy.context.scene.collection.objects.link(obj)
    return obj


def moved(obj: bpy.types.Object, name: str) -> bpy.types.LayerCollection:
    """Put the object into its own collection, and return that collection in the view layer."""
    home = bpy.data.collections.new(name)
    bpy.context.scene.collection.children.link(home)
    home.objects.link(obj)
    bpy.context.scene.collection.objects.unlink(obj)
    return bpy.context.view_layer.layer_collection.children[name]


def boolean(body: Any, obj: Any) -> None:
    body.modifiers.new("Cut", "BOOLEAN").object = obj


def boolean_collection(body: Any, obj: Any) -> None:
    modifier = body.modifiers.new("Cut", "BOOLEAN")
    modifier.operand_type = "COLLECTION"
    modifier.collection = moved(obj, "Cutters").collection


def with_object_of(kind: str, field: str) -> Callable[[Any, Any], None]:
    def use(body: Any, obj: Any) -> None:
        setattr(body.modifiers.new("Cut", kind), field, obj)

    return use


def nodes(body: Any, obj: Any) -> None:
    group = geometry_nodes("Cut")
    group.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    given = group.interface.new_socket("Cutter", in_out="INPUT", socket_type="NodeSocketObject")
    modifier = body.modifiers.new("Cut", "NODES")
    modifier.node_group = group
    set_input(modifier, given.identifier, obj)


def set_input(modifier: Any, socket: str, value: object) -> None:
    if "properties" in modifier.bl_rna.properties:  # Blender 5.2 and later
        getattr(modifier.properties.inputs, socket).value = value
    else:
        modifier[socket] = value


def within_nodes(body: Any, obj: Any) -> None:
    inner, outer = (geometry_nodes(name) for name in "IO")
    inner.nodes.new("GeometryNodeObjectInfo").inputs["Object"].default_value = obj
    outer.nodes.new("GeometryNodeGroup").node_tree = inner
    body.modifiers.new("Cut", "NODES").node_group = outer


def set_to(field: str, value: object) -> Callable[[Any, Any], None]:
    return lambda _body, obj: setattr(obj, field, value)


LEFT_OUT: dict[str, tuple[Callable[[Any, Any], object], str]] = {
    "hidden by its eye": (lambda _body, obj: obj.hide_set(True), "hidden"),
    "hidden for viewports": (set_to("hide_viewport", True), "hidden"),
    "not rendered": (set_to("hide_render", True), "not rendered"),
    "displayed as wire": (set_to("display_type", "WIRE"), "displayed as wire"),
    "displayed as bounds": (set_to("display_type", "BOUNDS"), "displayed as bounds"),
    "in an excluded collection": (
        lambda _body, obj: setattr(moved(obj, "Hulls"), "exclude", True),
        "hidden",
    ),
    "in a collection that is not rendered": (
        lambda _body, obj: setattr(moved(obj, "Hulls").collection, "hide_render", True),
        "not rendered",
    ),
    "a cutter": (boolean, "used by Cut of Body"),
    "in a collection of cutters": (boolean_collection, "used by Cut of Body"),
    "a cage": (with_object_of("MESH_DEFORM", "object"), "used by Cut of Body"),
    "a cap": (with_object_of("ARRAY", "start_cap"), "used by Cut of Body"),
    "an input of nodes": (nodes, "used by Cut of Body"),
    "within nodes": (within_nodes, "used by Cut of Body"),
}


@pytest.mark.every_blender
def test_changed_node_input_changes_the_fingerprint(context) -> None:
    body = block("Body")
    group = geometry_nodes("Bend")
    group.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    given = group.interface.new_socket("Way", in_out="INPUT", socket_type="NodeSocketVector")
    modifier: Any = body.modifiers.new("Bend", "NODES")
    modifier.node_group = group
    seen = []
    for way in ((0.0, 0.0, 1.0), (0.0, 0.0, 2.0)):
        set_input(modifier, given.identifier, way)
        seen.append(ObjectGroup((body,)).fingerprint())
    assert seen[0] != seen[1]


@pytest.mark.every_blender
@pytest.mark.parametrize("how", LEFT_OUT)
def test_excluded_objects_are_left_out_with_a_reason(context, how: str) -> None:
    body = block("Body")
    cutter, knob = block("Cutter", body), block("Knob", body)
    change, why = LEFT_OUT[how]
    change(body, cutter)
    body.select_set(True)
    context.view_layer.objects.active = body
    context.view_layer.update()
    family = selection.selected(context)
    assert family is not None
    assert family.shaped == (body, knob)
    assert [(each.obj, each.why) for each in family.left_out] == [(cutter, why)]


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("MIRROR", "mirror_object"),
        ("SHRINKWRAP", "target"),
        ("SURFACE_DEFORM", "target"),
        ("DATA_TRANSFER", "object"),
    ],
)
def test_objects_that_modifiers_only_reference_are_parts(context, kind: str, field: str) -> None:
    body = block("Body")
    knob = block("Knob", body)
    setattr(body.modifiers.new("Other", kind), field, knob)
    body.select_set(True)
    context.view_layer.objects.active = body
    family = selection.selected(context)
    assert family is not None
    assert (family.shaped, family.left_out) == ((body, knob), ())


def test_selected_boolean_cutter_is_left_out_unless_selected_alone(context) -> None:
    body, cutter = block("Body"), block("Cutter")
    boolean(body, cutter)
    cutter.display_type = "WIRE"
    for obj in (body, cutter):
        obj.select_set(True)
    context.view_layer.objects.active = cutter
    family = selection.selected(context)
    assert family is not None
    assert (family.roots, family.shaped) == ((body,), (body,))
    body.select_set(False)
    family = selection.selected(context)
    assert family is not None
    assert (family.roots, family.shaped, family.left_out) == ((cutter,), (cutter,), ())


def test_empty_without_visible_children_has_nothing_to_process(context) -> None:
    root = bpy.data.objects.new("Root", None)
    context.scene.collection.objects.link(root)
    block("Hull", root).hide_set(True)
    root.select_set(True)
    context.view_layer.objects.active = root
    assert selection.selected(context) is None
    assert "Root has no surface that is visible" in selection.none_selected(context)


def test_excluded_objects_stay_when_the_target_is_replaced(context) -> None:
    hull = block("Hull")
    hull.display_type = "WIRE"
    body, cutter, late = block("Body", hull), block("Cutter", hull), block("Late", hull)
    boolean(body, cutter)
    hull.select_set(True)
    context.view_layer.objects.active = hull
    context.view_layer.update()
    family = selection.selected(context)
    assert family is not None
    assert family.shaped == (body, late)
    handles = family.handles(), family.part_handles()
    # What is visible when the result lands does not matter: the parts were decided before.
    late.hide_viewport, cutter.display_type = True, "TEXTURED"
    cutter.modifiers.clear()
    body.modifiers.clear()
    added = block("Added", hull)
    family = find(*handles)
    assert family is not None
    assert family.shaped == (body, late)
    kept = {obj: (obj.data, obj.users_collection) for obj in (hull, cutter, added)}
    result = bpy.data.collections.new("Result")
    made = bpy.data.objects.new("Made", bpy.data.meshes.new("Made"))
    result.objects.link(made)
    apply_result.replace(family, result, made, Target())
    assert {obj: (obj.data, obj.users_collection) for obj in kept} == kept
    assert made.parent == hull
    assert not body.users_scene
    assert not late.users_scene
