"""An object whose task the service has forgotten can still be worked on, within the same
request."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import bpy
import pytest

from tests.blender import addon, submitting
from tests.standin.service import StandIn
from tripo_addon.blender import settings
from tripo_addon.blender.objects import provenance
from tripo_addon.blender.objects.object_group import ObjectGroup
from tripo_addon.blender.requests import checks, object_requests
from tripo_addon.blender.session import composition
from tripo_addon.blender.ui.jobs import job_detail
from tripo_addon.jobs.messages.rows import SENT_AS_FILE
from tripo_addon.jobs.model.job import State


class ClockOffset:
    """The stand-in's clock, this many days ahead of this machine's."""

    days = 0.0

    def __call__(self) -> float:
        return time.time() + self.days * 86_400


@pytest.fixture
def ahead() -> ClockOffset:
    return ClockOffset()


@pytest.fixture
def service(ahead: ClockOffset) -> Iterator[StandIn]:
    with StandIn(seconds=0, keys=(addon.KEY,), keep_days=7, clock=ahead) as running:
        yield running


@pytest.fixture
def context(service: StandIn, tmp_path: Path) -> Iterator[bpy.types.Context]:
    with addon.enabled(service) as context:
        settings.preferences().download_folder = str(tmp_path / "models")
        yield context


def test_link_stores_the_task_time_and_expired_task_is_sent_as_file(
    context, service: StandIn, ahead: ClockOffset
) -> None:
    form = context.scene.tripo_addon.texture
    form.prompt, form.texture_size, before = "old oak", "512", time.time()
    box = submitting.box()
    assert bpy.ops.tripo_addon.texture() == {"FINISHED"}
    made = datetime.fromisoformat(box.tripo_addon.task_made).timestamp()
    assert before - 1 <= made <= time.time()
    first, ahead.days = box.tripo_addon.task_id, 8
    assert object_requests.plan(form, context).way.task == first
    assert bpy.ops.tripo_addon.texture(again=True) == {"FINISHED"}
    assert {job.state for job in composition.jobs()} == {State.DONE}
    assert [job.remark for job in composition.jobs() if job.remark] == [SENT_AS_FILE]
    kinds = [task.kind for task in service.ledger.tasks]
    assert kinds == ["import_model", "texture_model"] * 2
    assert sum(task.charged for task in service.ledger.tasks) == 20
    assert box.tripo_addon.task_id not in {"", first}
    assert [step.task_id for step in box.tripo_addon.steps] == [first]


def test_row_asks_before_a_rig_is_paid_for_again(context, service: StandIn) -> None:
    box, form = submitting.box(), context.scene.tripo_addon.animate
    form.animations, form.landing = "preset:walk", "NEW"
    made = box.tripo_addon
    made.service, made.address, made.kind = "tripo-v3", settings.address(), "rig"
    made.task_id, made.model = str(uuid4()), "v2.5-20260210"
    made.request = json.dumps({"kind": "rig", "model": made.model, "rig_type": "biped"})
    provenance.remember_shape(ObjectGroup((box,)))
    assert object_requests.plan(form, context).price == 10
    failed = submitting.run_to_end(submitting.submitted(context, "animate"))
    assert (failed.state, failed.lost_its_source, service.ledger.tasks) == (State.FAILED, True, ())
    assert checks.retry_price(failed) == "35 credits"
    assert job_detail.retry_text(failed) == "Upload as File · 35 credits"
    plan = object_requests.plan(form, context)
    assert (plan.price, plan.way.task) == (35, "")
    assert plan.message.startswith("Tripo no longer knows this object's task")
