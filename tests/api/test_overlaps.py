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


def test_a_texture_on_top_of_a_texture_is_said_with_what_it_costs() -> None:
    then = [(TEXTURE, {"prompt": "oak"}), (RIG, {})]
    (warning,) = overlaps.in_chain(TRIPO_V3, TEXT, CHEST, then)
    assert "paid for twice" in warning
    assert "(10 credits)" in warning
    (warning,) = overlaps.in_chain(TRIPO_V3, TEXT, {**CHEST, "texture_quality": "detailed"}, then)
    assert "(20 credits)" in warning


def test_a_bare_model_that_is_textured_or_a_textured_one_that_is_rigged_is_no_waste() -> None:
    bare = {**CHEST, "texture": False, "pbr": False}
    assert overlaps.in_chain(TRIPO_V3, TEXT, bare, [(TEXTURE, {}), (RIG, {})]) == ()
    assert overlaps.in_chain(TRIPO_V3, TEXT, CHEST, [(RIG, {})]) == ()
    assert overlaps.in_chain(TRIPO_V3, TEXT, CHEST, []) == ()


def test_a_service_that_does_not_offer_the_switch_has_nothing_to_say() -> None:
    for service in (STUDIO, PIXAZO):
        values = {"kind": "image_to_model"}
        assert overlaps.in_chain(service, TaskKind.IMAGE_TO_MODEL, values, []) == ()


def test_quads_that_a_rig_turns_into_triangles_are_said() -> None:
    quads = {**CHEST, "quad": True}
    (warning,) = overlaps.in_chain(TRIPO_V3, TEXT, quads, [(RIG, {})])
    assert "Quads" in warning
    assert "(5 credits)" in warning
    assert overlaps.in_chain(TRIPO_V3, TEXT, quads, [(RIG, {"out_format": "fbx"})]) == ()


def test_the_request_that_made_an_object_is_not_paid_for_again_unsaid() -> None:
    done = [("text_to_model", {**CHEST, "model_seed": 7}), ("texture_model", {})]
    assert "costs again" in overlaps.with_history(TEXT, {**CHEST, "model_seed": 7}, done)
    assert overlaps.with_history(TEXT, {**CHEST, "model_seed": 8}, done) == ""
    assert overlaps.with_history(TEXTURE, {"prompt": "oak"}, done) == ""


def test_the_last_step_is_not_paid_for_again_unsaid() -> None:
    oak = {"prompt": "oak", "pbr": True}
    done = [("text_to_model", CHEST), ("texture_model", {**oak, "source_task": "t-1"})]
    assert "last step" in overlaps.with_history(TEXTURE, oak, done)
    assert overlaps.with_history(TEXTURE, {**oak, "prompt": "elm"}, done) == ""
    assert overlaps.with_history(TEXTURE, oak, [*done, ("rig", {})]) == ""


def test_what_takes_a_paid_skeleton_away_is_said() -> None:
    done = [("text_to_model", CHEST), ("rig", {})]
    assert "removes the rig" in overlaps.with_history(TaskKind.DECIMATE_MESH, {}, done)
    assert overlaps.with_history(TEXTURE, {}, done) == ""
    assert overlaps.with_history(TaskKind.DECIMATE_MESH, {}, done[:1]) == ""
