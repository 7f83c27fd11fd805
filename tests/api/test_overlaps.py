"""Work that would be paid for twice, or paid for and lost, is announced before it is sent."""

from __future__ import annotations

from tripo_addon.api import overlaps
from tripo_addon.api.catalog.pixazo import PIXAZO
from tripo_addon.api.catalog.studio import STUDIO
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3

TEXT, TEXTURE, RIG = TaskKind.TEXT_TO_MODEL, TaskKind.TEXTURE_MODEL, TaskKind.RIG
CHEST = {
    "kind": "text_to_model",
    "prompt": "a chest",
    "model": TRIPO_V3.offers[TEXT].default_model,
}


def test_texturing_a_textured_model_warns_with_the_extra_cost() -> None:
    then = [(TEXTURE, {"prompt": "oak"}), (RIG, {})]
    (warning,) = overlaps.in_chain(TRIPO_V3, TEXT, CHEST, then)
    assert "paid for twice" in warning
    assert "(10 credits)" in warning
    (warning,) = overlaps.in_chain(TRIPO_V3, TEXT, {**CHEST, "texture_quality": "detailed"}, then)
    assert "(20 credits)" in warning


def test_texturing_a_bare_model_or_rigging_a_textured_one_gives_no_warning() -> None:
    bare = {**CHEST, "texture": False, "pbr": False}
    assert overlaps.in_chain(TRIPO_V3, TEXT, bare, [(TEXTURE, {}), (RIG, {})]) == ()
    assert overlaps.in_chain(TRIPO_V3, TEXT, CHEST, [(RIG, {})]) == ()
    assert overlaps.in_chain(TRIPO_V3, TEXT, CHEST, []) == ()


def test_service_without_the_switch_gives_no_warning() -> None:
    for service in (STUDIO, PIXAZO):
        values = {"kind": "image_to_model"}
        assert overlaps.in_chain(service, TaskKind.IMAGE_TO_MODEL, values, []) == ()


def test_quads_that_a_rig_would_triangulate_give_a_warning() -> None:
    quads = {**CHEST, "quad": True}
    (warning,) = overlaps.in_chain(TRIPO_V3, TEXT, quads, [(RIG, {})])
    assert "Quads" in warning
    assert "(5 credits)" in warning
    assert overlaps.in_chain(TRIPO_V3, TEXT, quads, [(RIG, {"out_format": "fbx"})]) == ()


def test_repeating_the_request_of_an_object_gives_a_warning() -> None:
    done = [("text_to_model", {**CHEST, "model_seed": 7}), ("texture_model", {})]
    assert "costs again" in overlaps.with_history(TEXT, {**CHEST, "model_seed": 7}, done)
    assert overlaps.with_history(TEXT, {**CHEST, "model_seed": 8}, done) == ""
    assert overlaps.with_history(TEXTURE, {"prompt": "oak"}, done) == ""


def test_repeating_the_last_step_gives_a_warning() -> None:
    oak = {"prompt": "oak", "pbr": True}
    done = [("text_to_model", CHEST), ("texture_model", {**oak, "source_task": "t-1"})]
    assert "last step" in overlaps.with_history(TEXTURE, oak, done)
    assert overlaps.with_history(TEXTURE, {**oak, "prompt": "elm"}, done) == ""
    assert overlaps.with_history(TEXTURE, oak, [*done, ("rig", {})]) == ""


def test_losing_a_paid_skeleton_gives_a_warning() -> None:
    done = [("text_to_model", CHEST), ("rig", {})]
    assert "removes the rig" in overlaps.with_history(TaskKind.DECIMATE_MESH, {}, done)
    assert overlaps.with_history(TEXTURE, {}, done) == ""
    assert overlaps.with_history(TaskKind.DECIMATE_MESH, {}, done[:1]) == ""
