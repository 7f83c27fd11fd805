"""A second click on a button that spends credits does not pay for the same request twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import bpy
import pytest

from tests.blender import addon, submitting
from tests.gui.recording_layout import Written
from tests.standin.service import StandIn
from tripo_addon.blender.requests import generation, recently_sent
from tripo_addon.blender.session import composition
from tripo_addon.blender.ui import running_job

REFUSED = r"same request was sent \d+ s ago.*again for 20 credits.*again=True"


@pytest.fixture
def context(service: StandIn) -> Iterator[bpy.types.Context]:
    with addon.enabled(service) as context:
        yield context


def tasks(service: StandIn) -> int:
    return len(service.ledger.tasks)


def later(seconds: float) -> None:
    """Let so much time pass since the last request."""
    sent = composition.WIRING.sent
    for key, each in sent.items():
        sent[key] = replace(each, when=each.when - seconds)


def test_repeated_request_is_paid_once_unless_confirmed(context, service) -> None:
    context.scene.tripo_addon.text.prompt = "a chest"
    bpy.ops.tripo_addon.generate_text()
    later(-3600)  # However long the first took.
    with pytest.raises(RuntimeError, match=REFUSED):
        bpy.ops.tripo_addon.generate_text()
    assert tasks(service) == 1
    bpy.ops.tripo_addon.generate_text(again=True)
    assert tasks(service) == 2
    later(-3600)
    with pytest.raises(RuntimeError, match=REFUSED):
        bpy.ops.tripo_addon.generate_text()
    later(3600 + recently_sent.ASK_SECONDS)
    bpy.ops.tripo_addon.generate_text()
    assert tasks(service) == 3


def test_different_request_is_sent_immediately(context, service) -> None:
    form = context.scene.tripo_addon.text
    form.prompt = "a chest"
    bpy.ops.tripo_addon.generate_text()
    later(-3600)
    form.prompt = "a barrel"
    bpy.ops.tripo_addon.generate_text()
    form.pbr = not form.pbr
    bpy.ops.tripo_addon.generate_text()
    assert tasks(service) == 3


def test_request_refused_unpaid_can_be_resent_immediately(context) -> None:
    context.scene.tripo_addon.text.prompt = "a chest of forbidden-content"
    for _number in range(2):
        with pytest.raises(RuntimeError) as refused:
            bpy.ops.tripo_addon.generate_text()
        assert "again=True" not in str(refused.value)


def test_repeated_object_work_is_paid_once_even_with_a_new_seed(context, service) -> None:
    submitting.run_to_end(submitting.submitted_text(context))
    assert context.view_layer.objects.active is not None
    before = tasks(service)
    bpy.ops.tripo_addon.regenerate()
    later(-3600)
    with pytest.raises(RuntimeError, match=REFUSED):
        bpy.ops.tripo_addon.regenerate()
    assert tasks(service) == before + 1


def test_line_below_the_button_shows_the_running_step(context) -> None:
    forms = context.scene.tripo_addon
    assert running_job.newest() is None
    forms.then_texture = True
    forms.texture.prompt = "old oak"
    forms.text.prompt = "a chest"
    steps = generation.generation_steps(
        forms.text.values(),
        generation.later_requests(forms.text.kind, context),
        title="A chest",
        context=context,
    )
    first, texture = composition.engine().submit(composition.WIRING.account, steps)
    assert texture.after == first.id
    running = running_job.newest()
    assert running is not None
    assert running.job == first
    assert running.group.steps == (first, texture)
    context.preferences.system.use_online_access = False
    written = Written()
    running_job.draw(written, context)  # pyright: ignore[reportArgumentType]
    assert written.lines[0] == "A chest · Waiting for online access"
    context.preferences.system.use_online_access = True
    submitting.run_to_end(texture)
    assert running_job.newest() is None
