"""A blockout becomes the model: four views of it, and a model in its place."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from mathutils import Euler, Matrix, Vector
from PIL import Image, ImageChops

from tests import reference_blockout
from tests.blender import addon
from tests.standin.service import StandIn
from tripo_addon.blender.child.importing import hierarchy
from tripo_addon.blender.child.importing.options import ImportOptions
from tripo_addon.blender.objects import variants
from tripo_addon.blender.objects.stand_clear import stand_in_box
from tripo_addon.blender.pictures import blockout
from tripo_addon.blender.requests import drafts
from tripo_addon.blender.session import composition
from tripo_addon.jobs.model.job import State

SMALL: dict[str, Any] = {"pixels": 96, "samples": 1}
VIEWS = ("front", "left", "back", "right")


@pytest.fixture
def context() -> Iterator[bpy.types.Context]:
    with addon.enabled() as context:
        yield context


def mesh(name: str, points: Any, faces: Any) -> bpy.types.Object:
    data = bpy.data.meshes.new(name)
    data.from_pydata(points, [], faces)
    obj = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(obj)
    return obj


def box(name: str, low: Any, high: Any) -> bpy.types.Object:
    """Make a box of six faces between two corners."""
    points = [[(low, high)[n >> axis & 1][axis] for axis in range(3)] for n in range(8)]
    faces = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
    return mesh(name, points, faces)


def choose(*objects: bpy.types.Object) -> None:
    for obj in bpy.context.scene.objects:
        obj.select_set(obj in objects)
    bpy.context.view_layer.objects.active = objects[0]
    bpy.context.view_layer.update()


def taken(context: bpy.types.Context, **options: Any) -> blockout.Blockout:
    found = blockout.taken_views(blockout.selected_blockout(context), context, **(options or SMALL))
    assert found is not None
    return found


def picture(found: blockout.Blockout, view: str) -> Image.Image:
    with Image.open(dict(found.views)[view]) as image:
        return image.convert("RGB")


def outline(found: blockout.Blockout, view: str) -> tuple[int, int, int, int]:
    """Return the box around what is not background: left, upper, right, lower."""
    image = picture(found, view)
    white = Image.new("RGB", image.size, (255, 255, 255))
    edges = ImageChops.difference(image, white).convert("L").point([0] * 32 + [255] * 224)
    return edges.getbbox() or (0, 0, 0, 0)


def near(found: tuple[float, ...], wanted: tuple[float, ...], most: float = 2.0) -> bool:
    return all(abs(one - other) <= most for one, other in zip(found, wanted, strict=True))


@pytest.mark.every_blender
def test_views_share_one_scale_and_show_the_objects_own_sides(context) -> None:
    # Two wide, one deep, half high; a nose at the front, and an arm on its own left.
    body = box("Body", (4, 10, 1), (6, 11, 1.5))
    nose = box("Nose", (4.9, 9.5, 1.2), (5.1, 10, 1.3))
    arm = box("Arm", (6, 10.4, 1.2), (6.5, 10.6, 1.3))
    choose(body, nose, arm)
    found = taken(context)
    assert found.stand.foot == pytest.approx((5.25, 10.25, 1.0))
    assert found.stand.sides == pytest.approx((2.5, 1.5, 0.5))
    assert {picture(found, view).size for view in VIEWS} == {(96, 96)}
    # 96 pixels are 1.1 × 2.5 units.
    unit = 96 / 2.75
    wide, deep, high = 2.5 * unit, 1.5 * unit, 0.5 * unit
    for view in VIEWS:
        left, upper, right, lower = outline(found, view)
        side = wide if view in {"front", "back"} else deep
        assert near((right - left, lower - upper), (side, high)), view
        assert near(((left + right) / 2, (upper + lower) / 2), (48, 48)), view
        assert picture(found, view).getpixel((2, 2)) == (255, 255, 255)
    assert emptier_half(found, "front") > 0.1  # The arm is on the viewer's right
    assert emptier_half(found, "back") < -0.1
    assert emptier_half(found, "left") < -0.1  # The nose points to the viewer's left
    assert emptier_half(found, "right") > 0.1


def emptier_half(found: blockout.Blockout, view: str) -> float:
    """Return which half of the outline is emptier: 1 for the right one, -1 for the left one."""
    image = picture(found, view).crop(outline(found, view)).convert("L")
    dark = image.point([255 * (value < 230) for value in range(256)])
    half = image.width // 2
    left, right = (
        dark.crop(part).histogram()[255]
        for part in ((0, 0, half, image.height), (image.width - half, 0, *image.size))
    )
    return (left - right) / (left + right)


@pytest.mark.every_blender
def test_each_view_matches_the_reference_pixels(context) -> None:
    choose(*reference_blockout.build(context.scene))
    found = taken(context, pixels=256, samples=1)
    shares = {
        view: {
            other: reference_blockout.overlap(picture(found, view), other)
            for other in reference_blockout.VIEWS
        }
        for view in reference_blockout.VIEWS
    }
    assert all(shares[view][view] >= 0.97 for view in shares), shares
    # None could be taken for another.
    others = [shares[view][other] for view in shares for other in shares if view != other]
    assert max(others) < 0.9, shares


def test_rendering_views_leaves_the_scene_unchanged(context) -> None:
    body = box("Body", (0, 0, 0), (1, 1, 1))
    choose(body)
    engine = context.scene.render.engine
    before = [(each.name, each.users) for kind in KINDS for each in getattr(bpy.data, kind)]
    taken(context)
    after = [(each.name, each.users) for kind in KINDS for each in getattr(bpy.data, kind)]
    assert before == after
    assert context.scene.render.engine == engine
    assert context.selected_objects == [body]
    assert body.visible_get()


KINDS = ("scenes", "objects", "meshes", "curves", "materials", "worlds", "cameras", "lights")


def test_curves_are_rendered_and_unselected_objects_are_not(context) -> None:
    other = box("Other", (-9, -9, -9), (9, 9, 9))
    curve = bpy.data.curves.new("Line", "CURVE")
    curve.dimensions = "3D"
    spline = curve.splines.new("POLY")
    spline.points.add(1)
    spline.points[1].co = (2, 0, 0, 1)
    line = bpy.data.objects.new("Line", curve)
    context.scene.collection.objects.link(line)
    choose(line)
    found = taken(context)
    left, upper, right, lower = outline(found, "front")
    assert near((right - left,), (96 / 1.1,))
    assert 1 <= lower - upper < 6
    assert curve.bevel_depth == 0
    assert other.visible_get()


def test_children_and_modifiers_are_rendered(context) -> None:
    above, below = bpy.data.objects.new("Above", None), box("Below", (0, 0, 0), (1, 1, 1))
    context.scene.collection.objects.link(above)
    below.parent = above
    rows = below.modifiers.new("Row", "ARRAY")
    rows.count = 3
    choose(above)
    assert taken(context).stand.sides == pytest.approx((3, 1, 1))


def test_missing_views_are_explained(context) -> None:
    empty = bpy.data.objects.new("Nothing", None)
    context.scene.collection.objects.link(empty)
    choose(empty)
    with pytest.raises(RuntimeError, match="Nothing"):
        bpy.ops.tripo_addon.take_views()
    choose(mesh("Point", [(0, 0, 0)], []))
    with pytest.raises(RuntimeError, match="Point has no visible size"):
        bpy.ops.tripo_addon.take_views()
    empty.select_set(False)
    for obj in context.selected_objects:
        obj.select_set(False)
    assert not bpy.ops.tripo_addon.take_views.poll()


def test_form_keeps_its_blockout_until_the_front_image_changes(context) -> None:
    form = context.scene.tripo_addon.multiview
    assert form.blockout is None
    form.blockout_text = "{not json"
    assert form.blockout is None
    choose(box("Body", (0, 0, 0), (1, 2, 3)))
    found = taken(context)
    form.blockout_text, form.front = found.text(), dict(found.views)["front"]
    assert form.blockout == found
    assert form.replaced == found
    form.in_its_place = False
    assert form.replaced is None
    form.front = "/elsewhere.png"
    assert form.blockout is None


def primitives(random_: random.Random) -> list[bpy.types.Object]:
    """Add one to four primitives, rotated, scaled and away from the origin."""
    kinds = ("cube", "uv_sphere", "cone", "cylinder", "torus")
    made: list[bpy.types.Object] = []
    start = Vector([random_.uniform(-50, 50) for _ in range(3)])
    size = 10 ** random_.uniform(-1, 1)
    for _ in range(random_.randint(1, 4)):
        getattr(bpy.ops.mesh, f"primitive_{random_.choice(kinds)}_add")()
        obj = bpy.context.view_layer.objects.active
        assert obj is not None
        obj.matrix_world = Matrix.LocRotScale(
            start + size * Vector([random_.uniform(-1, 1) for _ in range(3)]),
            Euler([random_.uniform(0, math.tau) for _ in range(3)]),
            [size * random_.uniform(0.3, 1.0) for _ in range(3)],
        )
        made.append(obj)
    return made


def service_result(found: blockout.Blockout, error: random.Random) -> bpy.types.Object:
    """Make a model that follows the pictures it was sent, with an error of a tenth on each side, as
    Tripo delivers it: its longest side 1, around the origin, its front along +X. A plate with a
    nose."""
    (left, upper, right, lower), across = outline(found, "front"), outline(found, "left")
    sides = [right - left, across[2] - across[0], lower - upper]
    wide, deep, high = (side * error.uniform(0.9, 1.1) / max(sides) / 2 for side in sides)
    root = box("Model", (-deep, -wide, -high), (deep * 0.2, wide, high))
    nose = box("Nose", (0, -wide * 0.1, -high), (deep, wide * 0.1, -high * 0.8))
    with bpy.context.temp_override(active_object=root, selected_editable_objects=[root, nose]):
        bpy.ops.object.join()
    bpy.context.view_layer.update()
    return root


def points(obj: bpy.types.Object) -> list[Vector]:
    bpy.context.view_layer.update()
    return [obj.matrix_world @ vertex.co for vertex in obj.data.vertices]


def bounds(places: list[Vector]) -> tuple[list[float], list[float]]:
    axes = list(zip(*places, strict=True))
    return [min(axis) for axis in axes], [max(axis) for axis in axes]


def overlap(one: Any, other: Any) -> float:
    """Return the shared volume of two boxes relative to that of both; each is the smallest and
    largest corner."""
    both, whole, parts = 1.0, 0.0, [1.0, 1.0]
    for axis in range(3):
        both *= max(0.0, min(one[1][axis], other[1][axis]) - max(one[0][axis], other[0][axis]))
        parts = [
            part * (each[1][axis] - each[0][axis])
            for part, each in zip(parts, (one, other), strict=True)
        ]
    whole = sum(parts) - both
    return both / whole


@pytest.mark.parametrize("seed", range(40))
def test_model_of_blockout_matches_its_bounds_floor_and_front(context, seed: int) -> None:
    random_ = random.Random(seed)
    made = primitives(random_)
    choose(*made)
    wanted = bounds([place for obj in made for place in points(obj)])
    found = taken(context)
    model = service_result(found, random_)
    root, _notes = hierarchy.stand(model, [model], ImportOptions(turn=-90.0, origin="bottom"))
    bpy.context.view_layer.update()
    assert stand_in_box(root, [root], found.stand, fills=True, stretches=True)
    arrived = bounds(points(root))
    assert overlap(wanted, arrived) >= 0.95
    longest = max(found.stand.sides)
    assert abs(arrived[0][2] - wanted[0][2]) < 1e-4 * longest
    # The nose is at the front: toward −Y, in the middle of X.
    tips = [place for place in points(root) if place.y < arrived[0][1] + 1e-4 * longest]
    width = max(tip.x for tip in tips) - min(tip.x for tip in tips)
    assert width < 0.2 * (arrived[1][0] - arrived[0][0])


def test_differently_shaped_model_keeps_its_proportions_with_notice(context) -> None:
    choose(box("Tower", (0, 0, 0), (1, 1, 10)))
    stand = taken(context).stand
    model = box("Model", (-1, -1, -1), (1, 1, 1))
    assert not stand_in_box(model, [model], stand, fills=True, stretches=True)
    assert bounds(points(model))[1] == pytest.approx([1, 1, 1], abs=1e-5)
    tilted = box("Tilted", (-1, -1, -1), (1, 1, 1))
    tilted.rotation_euler = (0.3, 0.4, 0.5)
    bpy.context.view_layer.update()
    choose(box("Slab", (0, 0, 0), (1, 1.2, 1)))
    assert not stand_in_box(tilted, [tilted], taken(context).stand, fills=True, stretches=True)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    folder = tmp_path_factory.mktemp("service")
    model = addon.model_file(folder)
    with StandIn(seconds=0, keys=(addon.KEY,), model=model, folder=folder / "kept") as running:
        yield running


@pytest.mark.every_blender
def test_model_replaces_the_blockout_which_can_be_restored(
    service: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blockout, "PIXELS", 64)
    with addon.enabled(service) as context:
        home = bpy.data.collections.new("Set")
        context.scene.collection.children.link(home)
        parts = [box("Hut", (4, 5, 6), (6, 7, 8)), box("Roof", (4.5, 5.5, 8), (5.5, 6.5, 9))]
        for obj in parts:
            home.objects.link(obj)
            context.scene.collection.objects.unlink(obj)
        choose(*parts)
        assert bpy.ops.tripo_addon.take_views() == {"FINISHED"}
        forms = context.scene.tripo_addon
        assert forms.mode == "multiview"
        assert [Path(getattr(forms.multiview, view)).name for view in VIEWS] == [
            f"Hut {view}.png" for view in VIEWS
        ]
        assert bpy.ops.tripo_addon.generate_multiview() == {"FINISHED"}
        job = composition.jobs()[0]
        assert (job.state, job.title) == (State.DONE, "Hut")
        assert [file.name for file in job.sent] == [f"Hut {view}.png" for view in VIEWS]
        assert all(file.sha256 for file in job.sent)
        root = bpy.data.objects[job.root]
        assert not any(obj.users_scene for obj in parts)
        (row,) = root.tripo_addon.variants
        assert row.name == "Blockout"
        low, _high = bounds(all_points(root))
        assert low[2] == pytest.approx(6.0, abs=1e-3)
        before = sorted(tuple(place[:]) for place in all_points(root))
        assert variants.is_whole(root, 0)
        variants.put_back(root, 0)
        assert [obj.users_collection[0] for obj in parts] == [home, home]
        assert not all_points(root)
        variants.put_back(root, 0)
        assert not any(obj.users_scene for obj in parts)
        assert sorted(tuple(place[:]) for place in all_points(root)) == before
        assert root.tripo_addon.task_id == job.task_id


def all_points(root: bpy.types.Object) -> list[Vector]:
    """Return the vertices of a model in the scene, in the world."""
    seen = [obj for obj in (root, *root.children_recursive) if obj.users_scene]
    return [place for obj in seen if obj.type == "MESH" for place in points(obj)]


def test_second_model_of_blockout_keeps_the_firsts_place_and_variant(
    service: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blockout, "PIXELS", 64)
    with addon.enabled(service):
        body = box("Hut", (0, 0, 0), (1, 1, 1))
        choose(body)
        bpy.ops.tripo_addon.take_views()
        bpy.ops.tripo_addon.generate_multiview()
        bpy.ops.tripo_addon.generate_multiview(again=True)
        second, first = composition.jobs()[:2]
        assert (first.state, second.state) == (State.DONE, State.DONE)
        held = [len(bpy.data.objects[job.root].tripo_addon.variants) for job in (first, second)]
        assert held == [1, 0]
        assert body.name in bpy.data.objects


def test_candidates_stand_beside_the_blockout_and_kept_one_replaces_it(
    service: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blockout, "PIXELS", 64)
    with addon.enabled(service) as context:
        choose(box("Hut", (4, 5, 6), (6, 7, 8)))
        bpy.ops.tripo_addon.take_views()
        forms = context.scene.tripo_addon
        forms.candidates = 2
        form = forms.multiview
        steps = drafts.draft_steps(form.kind, form.values(), "Hut", context, form.replaced)
        assert len(steps) == 2
        for step in steps:
            assert step.draft is not None
            home, place = step.draft.home, step.placement
            assert [handle.name for handle in home.blockout] == ["Hut"]
            assert (home.stand, home.fills) == (form.blockout.stand, True)
            assert (place.stand, place.blockout) == (None, ())
            assert place.location[0] >= 6.9
