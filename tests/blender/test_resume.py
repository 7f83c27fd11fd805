"""Jobs of an earlier session continue when that is requested, and nothing is paid again."""

from __future__ import annotations

import time
from collections.abc import Iterator

import bpy
import pytest

from tests.blender.addon import enabled
from tests.blender.submitting import submitted_text
from tests.standin.service import StandIn
from tripo_addon.blender.session import composition
from tripo_addon.jobs.model.job import State

ORDERS = "/v3/generation"


@pytest.fixture
def context(service: StandIn) -> Iterator[bpy.types.Context]:
    with enabled(service) as context:
        yield context


def submitted(context: bpy.types.Context) -> str:
    return submitted_text(context).id


def turned_until(job_id: str, state: State) -> None:
    for _turn in range(3000):
        composition.engine().tick(online=True)
        if composition.engine().job(job_id).state is state:
            return
        time.sleep(0.01)
    raise AssertionError(composition.engine().job(job_id))


def test_paid_job_of_an_earlier_session_arrives_on_request(context, service: StandIn) -> None:
    job_id = submitted(context)
    turned_until(job_id, State.RUNNING)
    composition.stop()
    assert composition.jobs() == ()
    assert bpy.ops.tripo_addon.resume_jobs() == {"FINISHED"}
    (job,) = composition.jobs()
    assert (job.id, job.state) == (job_id, State.DONE)
    assert bpy.data.objects[job.root].tripo_addon.job_id == job_id
    assert len(service.ledger.sent("POST", ORDERS)) == len(service.ledger.tasks) == 1


def test_resume_does_not_send_unsent_jobs(context, service: StandIn) -> None:
    job_id = submitted(context)
    composition.timeline(job_id)
    composition.stop()
    # In the same file the job would continue: the add-on was only disabled meanwhile.
    bpy.ops.wm.read_homefile(use_empty=True)
    assert bpy.ops.tripo_addon.resume_jobs() == {"FINISHED"}
    assert composition.jobs()[0].state is State.FAILED
    assert service.ledger.sent("POST", ORDERS) == ()


def test_resume_without_jobs_returns_immediately(context, service: StandIn) -> None:
    assert bpy.ops.tripo_addon.resume_jobs() == {"FINISHED"}
    assert service.ledger.requests == ()
