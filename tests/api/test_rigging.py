"""Rigs, skeletons and animations: the service accepts what the form accepts, and what the service
would refuse is refused before a rig is paid for."""

from __future__ import annotations

import itertools

import pytest

from tests.standin.service import StandIn
from tripo_addon.api import rigging
from tripo_addon.api.catalog.animations import ANIMATIONS, BIPED, OF_CREATURES, SHORT
from tripo_addon.api.catalog.conditions import Values
from tripo_addon.api.catalog.parameters import PARAMETERS
from tripo_addon.api.catalog.rigs import BODIES, RIGS
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.catalog.tripo_v2 import TRIPO_V2
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.errors import Rejected
from tripo_addon.api.rigging import Rig
from tripo_addon.api.rules import refuse
from tripo_addon.api.services.tripo_v3 import TripoV3
from tripo_addon.api.tasks import parse_request

RIG, RETARGET, CHECK = TaskKind.RIG, TaskKind.RETARGET, TaskKind.CHECK_RIG
V1, V25 = "v1.0-20240301", "v2.5-20260210"
BONES = tuple(row.id for row in PARAMETERS["spec"].choices)
OFFERED = tuple(row.id for row in TRIPO_V3.offers[RIG].models)
# Each kind of name once: a short one, one of the first version only, one for each creature.
MOVES = ("preset:walk", "preset:biped:walk", "preset:biped:wave_goodbye_01")
CLIPS = (*MOVES, *(row.id for row in OF_CREATURES))


def rig_values(model: str, body: str, bones: str) -> dict[str, object]:
    return {"model": model, "rig_type": body, "spec": bones}


def chain(rig: Values, *clips: str) -> list[tuple[TaskKind, Values]]:
    return [(RIG, rig), (RETARGET, {"animations": clips})]


def ask(tripo: TripoV3, kind: TaskKind, values: Values) -> str | None:
    """Return the task that the service makes of these values; None if it refuses them."""
    try:
        return tripo.submit(parse_request({"kind": kind.value, **values}), ())
    except Rejected:
        return None


def test_tables_cover_the_bodies_bones_and_versions_of_the_forms() -> None:
    assert tuple(row.id for row in PARAMETERS["rig_type"].choices) == BODIES
    for service in (TRIPO_V3, TRIPO_V2):
        assert {row.id for row in service.offers[RIG].models} <= set(RIGS)
    assert all(set(row.bodies) >= set(row.animations) for row in RIGS.values())
    assert {bone for row in RIGS.values() for bone in row.bones} == set(BONES)


def test_biped_animations_number_about_a_hundred_without_duplicates() -> None:
    ids = [row.id for row in ANIMATIONS]
    assert len(set(ids)) == len(ids)
    assert len(BIPED) == len({row.label for row in BIPED}) == 101
    assert {row.id.removeprefix("preset:") for row in SHORT} <= {
        row.id.removeprefix("preset:biped:") for row in BIPED
    }
    assert [row.label for row in BIPED[:3]] == ["Idle", "Walk", "Run"]


@pytest.mark.parametrize("model", OFFERED)
def test_service_agrees_with_what_we_accept_and_refuse(
    service: StandIn, tripo: TripoV3, model: str
) -> None:
    chest = {"model": "v3.1-20260211", "prompt": "a chest"}
    source = {"source_task": ask(tripo, TaskKind.TEXT_TO_MODEL, chest)}
    taken = 0
    for body, bones in itertools.product(BODIES, BONES):
        rig = {"model": model, "rig_type": body, "spec": bones}
        made = ask(tripo, RIG, {**rig, **source})
        refused = rigging.refuse_steps([(RIG, rig)], {})
        assert bool(made) is not bool(refused), (rig, refused)
        assert bool(refused) is (refuse(TRIPO_V3, RIG, {**rig, **source}) is not None), rig
        for clip in CLIPS if bones == "tripo" else CLIPS[:1]:
            steps = [(RIG, rig), (RETARGET, {"animations": (clip,)})]
            _, sent = rigging.steps_fitted(steps, {})
            refused = rigging.refuse_steps([(RIG, rig), (RETARGET, sent)], {})
            moved = ask(tripo, RETARGET, {**sent, "source_task": made}) if made else None
            assert bool(moved) is not bool(refused), (rig, clip, sent, refused)
            taken += bool(moved)
    # Every walk with every body that walks, and every march with every body that marches.
    assert taken == {V1: 5 + 1}.get(model, 4 * 5 + 2 * 2)


@pytest.mark.parametrize(
    ("rig", "clips", "words"),
    [
        (
            (V1, "quadruped", "tripo"),
            (),
            "supports only bipeds: choose v2.5 or v3.0 for a quadruped",
        ),
        ((V1, "biped", "unity"), (), "has no Unity bones: choose v2.5 or v3.0"),
        ((V25, "biped", "mixamo"), MOVES[:1], "Mixamo bones cannot be animated: rig with Tripo"),
        ((V25, "avian", "tripo"), MOVES[:1], "There is no animation for an avian"),
        (
            (V25, "biped", "tripo"),
            MOVES[2:],
            "“Wave Goodbye 1” needs a rig of v1.0, and this is v2",
        ),
        ((V25, "aquatic", "tripo"), MOVES[:1], "not for an aquatic, which has only Aquatic March"),
        (
            (V1, "biped", "tripo"),
            CLIPS[6:7],
            "“Serpentine March” is for a serpentine, and this is a biped",
        ),
        ((V1, "biped", "tripo"), MOVES, ""),
        ((V25, "quadruped", "tripo"), MOVES[:1], ""),
        (("v9.9-20300101", "dragon", "tentacles"), MOVES, ""),
        ((V1, "biped", "tripo"), ("preset:biped:brand_new",), ""),
    ],
)
def test_chain_is_checked_as_a_whole_and_says_which_choice_fits(
    rig: tuple[str, str, str], clips: tuple[str, ...], words: str
) -> None:
    made: dict[str, str] = dict(zip(("model", "rig_type", "spec"), rig, strict=True))
    steps = [(CHECK, {}), (RIG, made), (RETARGET, {"animations": clips})]
    fitting = rigging.steps_fitted(steps, {})
    sentence = rigging.refuse_steps(list(zip((CHECK, RIG, RETARGET), fitting, strict=True)), {})
    assert words in sentence
    assert bool(words) is bool(sentence)
    # The same rig, made before.
    alone = [(RETARGET, fitting[-1])]
    if clips and words:
        assert words in rigging.refuse_steps(alone, made)


def test_unknown_body_may_be_any_the_rig_supports() -> None:
    unknown = {"model": V25}
    for clip in (MOVES[0], CLIPS[3]):
        assert rigging.refuse_steps([(RIG, unknown), (RETARGET, {"animations": (clip,)})], {}) == ""
    assert rigging.animations_of(None) == tuple(row.id for row in ANIMATIONS)
    assert rigging.refuse_steps([(RETARGET, {"animations": MOVES})], {}) == ""


@pytest.mark.parametrize(
    ("typed", "rig", "animation", "sentence"),
    [
        ("Wave Goodbye 2", V1, "preset:biped:wave_goodbye_02", ""),
        ("walk", V1, "preset:biped:walk", ""),
        ("walk", V25, "preset:walk", ""),
        ("front kick 2", V1, "preset:biped:front_kick_02", ""),
        ("spell", V1, "preset:biped:cast_a_spell", ""),
        ("preset:biped:moonwalk", V25, "preset:biped:moonwalk", ""),
        ("wave", V1, "", "“wave” could be one of several: Wave Goodbye 1, Wave Goodbye 2"),
        ("wave", V25, "", "“Wave Goodbye 1” needs a rig of v1.0, and this is v2.5"),
        ("moon walk", V1, "", "by its full name, such as preset:biped:moon_walk"),
    ],
)
def test_animation_is_found_by_typed_text(
    typed: str, rig: str, animation: str, sentence: str
) -> None:
    found = rigging.find_animation(typed, Rig(rig, "biped", "tripo"))
    assert found.animation == animation
    assert sentence in found.sentence
    assert bool(sentence) is bool(found.sentence)


def test_panel_shows_how_many_animations_a_rig_has_and_which_has_more() -> None:
    assert rigging.described(Rig(V1, "biped", "tripo")) == "101 animations fit this rig"
    assert "11 animations fit this rig; a biped rigged with v1.0 has 101" in rigging.described(
        Rig(V25, "biped", "tripo")
    )
    assert rigging.described(Rig(V25, "hexapod", "tripo")) == "One animation fits this rig"
    assert "cannot be animated" in rigging.described(Rig(V25, "biped", "mixamo"))


def test_unknown_animation_after_a_rig_gives_a_warning() -> None:
    steps = [(RIG, {"model": V1}), (RETARGET, {"animations": ("preset:biped:moonwalk",)})]
    assert "the rig is still charged" in rigging.unknown_animation_risk(steps)
    assert rigging.unknown_animation_risk(steps[1:]) == rigging.unknown_animation_risk(
        [(RIG, {}), (RETARGET, {"animations": MOVES})]
    )
