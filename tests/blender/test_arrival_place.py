"""Where a model stands after it arrives, what is selected then, and how an artist finds it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import bpy
import pytest
from mathutils import Vector

from tests.blender import addon, submitting
from tests.standin.service import StandIn
from tripo_addon.blender import settings
from tripo_addon.blender.arrival import landing_choice
from tripo_addon.blender.objects import placement, waiting_models, world_bounds
from tripo_addon.blender.objects.arrival_selection import select
from tripo_addon.blender.objects.expected_stand import expected_stand
from tripo_addon.blender.objects.stand_clear import stand_clear
from tripo_addon.blender.session import composition
from tripo_addon.jobs.model.job import Stand, State


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    served = addon.model_file(tmp_path_factory.mktemp("served"))
    with StandIn(seconds=0, keys=(addon.KEY,), model=served) as running:
        yield running


@pytest.fixture
def context(service: StandIn) -> Iterator[bpy.types.Context]:
    bpy.ops.wm.read_homefile(use_empty=True)
    with addon.enabled(service) as context:
        yield context


def arrived(job: Any) -> bpy.types.Object:
    done = submitting.run_to_end(job)
    assert done.state is State.DONE, done
    return bpy.data.objects[done.root]


def corners(*roots: bpy.types.Object) -> tuple[Vector, Vector]:
    """Return the smallest and largest corner of everything there, in the world."""
    bpy.context.view_layer.update()
    objs = [obj for root in roots for obj in (root, *root.children_recursive)]
    corners = [
        obj.matrix_world @ vertex.co
        for obj in objs
        if obj.type == "MESH"
        for vertex in obj.data.vertices
    ]
    low = Vector([min(corner[axis] for corner in corners) for axis in range(3)])
    return low, Vector([max(corner[axis] for corner in corners) for axis in range(3)])


def do_not_overlap(one: bpy.types.Object, other: bpy.types.Object) -> bool:
    (low, high), (least, greatest) = corners(one), corners(other)
    return any(low[i] >= greatest[i] or least[i] >= high[i] for i in range(3))


@pytest.mark.every_blender
def test_first_model_in_default_scene_is_visible_and_selected(context) -> None:
    bpy.ops.wm.read_homefile(use_empty=False, use_factory_startup=True)
    cube = bpy.data.objects["Cube"]
    assert cube.select_get()
    root = arrived(submitting.submitted_text(bpy.context))
    assert do_not_overlap(root, cube)
    assert corners(root)[0].z == pytest.approx(0.0, abs=1e-4), "it left the floor of the 3D cursor"
    assert bpy.context.view_layer.objects.selected[:] == [root]
    assert bpy.context.view_layer.objects.active == root
    assert "Placed beside Cube" in composition.jobs()[0].note


def test_models_requested_at_one_place_form_a_row_in_request_order(context) -> None:
    first, second = submitting.submitted_text(context), submitting.submitted_text(context)
    roots = [arrived(job) for job in (first, second)]
    assert do_not_overlap(*roots)
    assert roots[0].location[:] == (0.0, 0.0, 0.0)
    assert roots[1].location.yz == roots[0].location.yz
    assert roots[1].location.x > 0.0
    assert context.view_layer.objects.active in roots, "its own arrivals are no artist's doing"


def test_waiting_model_reserves_its_place(context) -> None:
    first, second = submitting.submitted_text(context), submitting.submitted_text(context)
    (_, _, one), (_, _, other) = waiting_models.waiting_models()
    assert other.foot[0] - one.foot[0] > one.sides[0], "two boxes stand in one another"
    assert second.placement.beside == first.title
    # A model that arrives meanwhile leaves both places free.
    model = submitting.box("Model")
    assert stand_clear(model, (model,), context.scene) == f"Placed beside {first.title}"
    assert corners(model)[0].x > other.foot[0] + other.sides[0] / 2
    composition.engine().cancel(first.id)
    assert len([*waiting_models.waiting_models()]) == 1


@pytest.mark.parametrize("preferred", ["bottom", "delivered"])
def test_model_takes_position_rotation_and_size_of_its_box(context, preferred) -> None:
    settings.preferences().origin = preferred
    submitting.box("Mine")
    job = submitting.submitted_text(context)
    stand = Stand(foot=(0.5, 0.5, 3.0), sides=(4.0, 6.0, 5.0), turn=math.pi / 2)
    composition.engine().move(job.id, stand, fills=True)
    root = arrived(job)
    low, high = corners(root)
    size = high - low
    # After a rotation by a right angle, width and depth swap.
    assert min(6.0 / size.x, 4.0 / size.y, 5.0 / size.z) == pytest.approx(1.0, abs=1e-4)
    assert [(low.x + high.x) / 2, (low.y + high.y) / 2, low.z] == pytest.approx([0.5, 0.5, 3.0])
    assert composition.jobs()[0].note == "", "the artist has put it there"


def test_moved_box_does_not_resize_the_model(context) -> None:
    first = arrived(submitting.submitted_text(context))
    job = submitting.submitted_text(context)
    stand = replace(expected_stand(job.placement), foot=(9.0, 0.0, 0.0))
    composition.engine().move(job.id, stand, fills=False)
    second = arrived(job)
    sizes = [high - low for low, high in (corners(first), corners(second))]
    assert sizes[1][:] == pytest.approx(sizes[0][:], abs=1e-4)
    assert second.location[:] == pytest.approx((9.0, 0.0, 0.0), abs=1e-4)


def test_result_beside_an_object_uses_its_box(context) -> None:
    mine = submitting.box("Mine")
    mine.scale = (1.0, 2.0, 3.0)
    context.view_layer.update()
    context.scene.tripo_addon.texture.prompt = "old oak"
    context.scene.tripo_addon.texture.landing = "NEW"
    job = submitting.submitted(context)
    ((_, _, stand),) = waiting_models.waiting_models()
    assert stand.sides == pytest.approx((2.0, 4.0, 6.0))
    assert stand.foot == pytest.approx((2.2, 0.0, -3.0))
    composition.engine().move(job.id, replace(stand, foot=(20.0, 0.0, 0.0)), fills=False)
    low, high = corners(arrived(job))
    assert [(low.x + high.x) / 2, (low.y + high.y) / 2, low.z] == pytest.approx(
        [20.0, 0.0, 0.0], abs=1e-4
    )


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("wire", lambda obj: setattr(obj, "display_type", "WIRE")),
        ("hidden", lambda obj: obj.hide_set(True)),
        ("a floor", lambda obj: setattr(obj, "scale", (40, 40, 1))),
    ],
)
def test_objects_that_do_not_hide_the_model_leave_it_at_cursor(context, what, change) -> None:
    model, other = submitting.box("Model"), submitting.box()
    assert stand_clear(model, (model,), context.scene) == "Placed beside Box"
    model.location.x = 0.0
    change(other)
    assert stand_clear(model, (model,), context.scene) == "", what
    assert model.location[:] == (0.0, 0.0, 0.0)


def test_collection_instance_blocks_the_place_like_its_objects(context) -> None:
    held = bpy.data.collections.new("Held")
    bpy.ops.mesh.primitive_cube_add(size=2.0, location=(50.0, 0.0, 0.0))
    held.objects.link(context.object)
    stands_for = bpy.data.objects.new("Instance", None)
    stands_for.instance_type, stands_for.instance_collection = "COLLECTION", held
    stands_for.location.x = -50.0
    context.scene.collection.objects.link(stands_for)
    model = submitting.box("Model")
    assert stand_clear(model, (model,), context.scene) == "Placed beside Instance"
    assert corners(model)[0].x > 1.0


def test_bounds_of_ten_objects_match_their_corners(context) -> None:
    for number in range(10):
        bpy.ops.mesh.primitive_cone_add(
            location=(number, -number, 2), rotation=(number, 0.3, 1), scale=(1, number + 1, 0.5)
        )
    context.view_layer.update()
    found = world_bounds.surroundings(context.view_layer)
    for obj, box in zip(found.objects, found.boxes, strict=True):
        corners = [obj.matrix_world @ Vector(corner) for corner in obj.bound_box]
        low = [min(corner[axis] for corner in corners) for axis in range(3)]
        high = [max(corner[axis] for corner in corners) for axis in range(3)]
        assert box.tolist() == [pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4)]


def _select_other(context: bpy.types.Context) -> None:
    bpy.data.objects["Other"].select_set(True)


def _activate_other(context: bpy.types.Context) -> None:
    context.view_layer.objects.active = bpy.data.objects["Other"]


@pytest.mark.parametrize(
    ("choice", "meanwhile", "selected"),
    [
        ("UNCHANGED", None, True),
        ("UNCHANGED", _select_other, False),
        ("UNCHANGED", _activate_other, False),
        ("ALWAYS", _select_other, True),
        ("NEVER", None, False),
    ],
)
def test_model_is_selected_according_to_preferences(context, choice, meanwhile, selected) -> None:
    settings.preferences().select_imported = choice
    root, _other, _mine = (submitting.box(name) for name in ("Model", "Other", "Mine"))
    bpy.data.objects["Other"].select_set(False)
    requested = placement.placement(context)
    if meanwhile is not None:
        meanwhile(context)
    before = (set(context.selected_objects), context.view_layer.objects.active)
    select(root, requested)
    now = (set(context.selected_objects), context.view_layer.objects.active)
    assert now == (({root}, root) if selected else before)


def test_model_requested_in_edit_mode_does_not_change_the_selection(context) -> None:
    root, mine = submitting.box("Model"), submitting.box("Mine")
    bpy.ops.object.mode_set(mode="EDIT")
    requested = placement.placement(context)
    bpy.ops.object.mode_set(mode="OBJECT")
    select(root, requested)
    assert context.view_layer.objects.selected[:] == [mine]


@pytest.mark.parametrize(("before", "after"), [(True, "UNCHANGED"), (False, "NEVER")])
def test_selection_preference_of_earlier_version_is_kept(context, before: bool, after: str) -> None:
    chosen = settings.preferences()
    chosen.select_arrivals = before
    chosen.take_over_selecting()
    assert chosen.select_imported == after
    chosen.select_imported = "ALWAYS"
    chosen.take_over_selecting()
    assert chosen.select_imported == "ALWAYS"


def test_import_again_places_a_copy_beside_the_first_with_notice(context) -> None:
    first = arrived(submitting.submitted_text(context))
    (job,) = composition.jobs()
    assert "beside the object that is there" in landing_choice.default_choice_message(job)
    assert bpy.ops.tripo_addon.import_job(job_id=job.id) == {"FINISHED"}
    again = composition.jobs()[0]
    second = bpy.data.objects[again.root]
    assert second != first
    assert second.location.yz == first.location.yz
    assert second.location.x > first.location.x
    assert do_not_overlap(first, second)
    assert again.note == f"Placed beside {first.name}"


def test_two_results_beside_one_object_do_not_overlap(context) -> None:
    mine = submitting.box("Mine")
    context.scene.tripo_addon.texture.prompt = "old oak"
    context.scene.tripo_addon.texture.landing = "NEW"
    first, second = (arrived(submitting.submitted(context)) for _ in range(2))
    assert do_not_overlap(first, second)
    assert do_not_overlap(first, mine)
    assert do_not_overlap(second, mine)


def test_frame_operator_keeps_selection_and_needs_no_window(context) -> None:
    arrived(submitting.submitted_text(context))
    mine = submitting.box("Mine")
    (job,) = composition.jobs()
    assert bpy.ops.tripo_addon.frame_job(job_id=job.id) == {"FINISHED"}
    assert context.view_layer.objects.selected[:] == [mine]
    bpy.data.objects[job.root].hide_set(True)
    with pytest.raises(RuntimeError, match="is hidden"):
        bpy.ops.tripo_addon.frame_job(job_id=job.id)
    bpy.data.objects.remove(bpy.data.objects[job.root])
    with pytest.raises(RuntimeError, match="not in this view layer"):
        bpy.ops.tripo_addon.frame_job(job_id=job.id)
