"""Animations: a list of known ones with names for the artist, and unknown ones by their id."""

from dataclasses import replace

import pytest
from tripo3d import Animation

from tripo_addon.api.catalog.animations import ANIMATIONS, OF_CREATURES, SHORT, label_of
from tripo_addon.api.catalog.parameters import PARAMETERS
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.catalog.tripo_v2 import TRIPO_V2
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.corrections import apply_corrections
from tripo_addon.api.rules import Refusal, refuse
from tripo_addon.api.tasks import Retarget, parse_request

RETARGET = TaskKind.RETARGET
RIGGED = {"source_task": "rig"}
ALL = tuple(row.id for row in ANIMATIONS)


def with_few(*names: str) -> Service:
    """Return Tripo's row with only these of the known animations."""
    offer = replace(TRIPO_V3.offers[RETARGET], choices={"animations": names})
    return replace(TRIPO_V3, offers={**TRIPO_V3.offers, RETARGET: offer})


def test_short_animation_names_equal_those_of_the_official_sdk() -> None:
    short = (*SHORT, *OF_CREATURES)
    assert [row.id for row in short] == [each.value for each in Animation]
    assert PARAMETERS["animations"].choices == ANIMATIONS
    assert len({row.label for row in short}) == len(short)


@pytest.mark.parametrize(
    ("animation", "label"),
    [
        ("preset:walk", "Walk"),
        ("preset:quadruped:walk", "Quadruped Walk"),
        ("preset:biped:wave_hand", "Wave Hand"),
        ("preset:biped:wave_hand_02", "Wave Hand 2"),
        ("preset:biped:press-up", "Press Up"),
        ("preset:avian:glide", "Avian Glide"),
        ("moonwalk", "Moonwalk"),
        ("preset:", "preset:"),
        ("", ""),
    ],
)
def test_animation_has_a_readable_label(animation: str, label: str) -> None:
    assert label_of(animation) == label


@pytest.mark.parametrize("service", [TRIPO_V3, TRIPO_V2], ids=lambda row: row.id)
@pytest.mark.parametrize(
    "names",
    [ALL[:5], ALL[11:16], ALL[-3:], ("preset:biped:wave_hand",), ("preset:walk", "brand_new")],
)
def test_known_and_service_specific_animations_are_accepted(
    service: Service, names: tuple[str, ...]
) -> None:
    values = {**RIGGED, "animations": names}
    assert refuse(service, RETARGET, values) is None
    assert apply_corrections(service, RETARGET, values) == ()
    request = parse_request({"kind": "retarget", **values})
    assert isinstance(request, Retarget)
    assert request.animations == names


def test_known_animation_that_a_service_lacks_is_refused_by_name() -> None:
    names = ("preset:walk", "preset:run", "preset:biped:wave_hand")
    refusal = refuse(with_few("preset:walk"), RETARGET, {**RIGGED, "animations": names})
    assert refusal == Refusal("animations", "Tripo has no Animations “preset:run”")


def test_form_drops_unavailable_animations_and_keeps_order() -> None:
    service = with_few("preset:walk")
    names = ("preset:run", "preset:biped:wave_hand", "preset:jump", "preset:walk")
    values: dict[str, object] = {**RIGGED, "animations": names}
    (correction,) = apply_corrections(service, RETARGET, values)
    assert correction.field == "animations"
    assert correction.value == ("preset:biped:wave_hand", "preset:walk")
    assert correction.sentence == "The service has no Animations “Run”, “Jump”"
    assert refuse(service, RETARGET, {**values, "animations": correction.value}) is None


def test_service_without_a_list_accepts_any_animation() -> None:
    values = {"source_task": "cut", "part_names": ("lid", "walk")}
    assert refuse(TRIPO_V3, TaskKind.COMPLETE_MESH, values) is None
