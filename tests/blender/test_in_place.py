"""Candidates are shown alone, one after the other, at the model's place."""

from __future__ import annotations

from typing import Any

import bpy
import pytest

from tests.blender import addon
from tests.blender.test_candidates import candidates, roots
from tests.standin.service import StandIn
from tripo_addon.blender.objects import in_place
from tripo_addon.blender.requests import drafts

PLACE = (1.0, 2.0, 0.0)


@pytest.fixture
def context(service: StandIn):
    with addon.enabled(service) as context:
        context.scene.cursor.location = PLACE
        context.scene.tripo_addon.text.prompt = "a small wooden chest"
        context.scene.tripo_addon.candidates = 3
        bpy.ops.tripo_addon.generate_text()
        choose(roots()[0])
        yield context


def choose(root: bpy.types.Object) -> None:
    bpy.ops.object.select_all(action="DESELECT")
    root.select_set(True)
    bpy.context.view_layer.objects.active = root


def stands() -> list[tuple[float, float]]:
    return [(round(root.location.x, 4), round(root.location.y, 4)) for root in roots()]


def visible() -> list[bool]:
    return [root.visible_get() for root in roots()]


def press(number: int) -> None:
    bpy.ops.tripo_addon.show_candidate(job_id=candidates()[number - 1].id)


@pytest.mark.every_blender
def test_shown_candidate_stands_alone_in_place_until_row_is_restored(
    context: Any, service: StandIn
) -> None:
    row = stands()
    press(2)
    assert visible() == [False, True, False]
    assert stands() == [row[0], PLACE[:2], row[2]]
    assert context.selected_objects == [roots()[1]]
    assert context.object == roots()[1]
    press(3)
    assert visible() == [False, False, True]
    assert stands() == [*row[:2], PLACE[:2]]
    press(3)
    assert visible() == [True] * 3
    assert stands() == row
    assert len(service.ledger.tasks) == 3


@pytest.mark.every_blender
def test_a_b_button_steps_forward_and_then_toggles(context: Any) -> None:
    seen: list[int] = []
    for _click in range(5):
        bpy.ops.tripo_addon.switch_back()
        seen.append(visible().index(True) + 1)
    assert seen == [1, 2, 1, 2, 1]
    press(3)
    for _click in range(3):
        bpy.ops.tripo_addon.switch_back()
        seen.append(visible().index(True) + 1)
    assert seen[5:] == [1, 3, 1]


def test_artists_changes_to_the_shown_candidate_are_kept(context: Any) -> None:
    row, first = stands(), roots()[0]
    own = bpy.data.objects.new("Own", None)
    context.scene.collection.objects.link(own)
    own.select_set(True)
    press(1)
    first.location.x += 0.5
    first.scale = (2.0, 2.0, 2.0)
    press(1)
    assert stands() == [(row[0][0] + 0.5, row[0][1]), *row[1:]]
    assert first.scale[:] == (2.0, 2.0, 2.0)
    assert own.select_get()


def test_candidate_hidden_by_the_artist_stays_hidden(context: Any) -> None:
    hidden = roots()[2].users_collection[0]
    hidden.hide_viewport = True
    press(1)
    press(1)
    assert hidden.hide_viewport


@pytest.mark.every_blender
def test_shown_candidate_is_kept_where_it_was_shown(context: Any, service: StandIn) -> None:
    press(2)
    chosen = drafts.draft_at(context.object)
    assert chosen is not None
    assert chosen.draft is not None
    assert chosen.draft.number == 2
    assert bpy.ops.tripo_addon.keep_draft(job_id=chosen.id) == {"FINISHED"}
    root = bpy.data.objects["A small wooden chest"]
    assert root.location[:] == pytest.approx(PLACE)
    assert root.visible_get()
    assert "Candidates" not in bpy.data.collections
    assert len(service.ledger.tasks) == 4


def test_single_candidate_has_nothing_to_switch_to(context: Any) -> None:
    first = candidates()[0]
    assert first.draft is not None
    for root in roots()[1:]:
        bpy.data.objects.remove(root)
    assert in_place.other(first.draft.first, 1) == 0
    assert not bpy.ops.tripo_addon.switch_back.poll()


def test_candidates_of_a_blockout_are_shown_at_the_rows_first_place(context: Any) -> None:
    first = candidates()[0]
    assert first.draft is not None
    row = stands()
    assert in_place.show(first.draft.first, 3, None, context.view_layer)
    assert stands() == [*row[:2], row[0]]
    assert not in_place.show(first.draft.first, 9, None, context.view_layer)
    assert stands() == row
    assert visible() == [True] * 3
