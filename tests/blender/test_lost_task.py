"""A paid task whose answer was lost: searched for at the service, named by id, never repeated."""

from __future__ import annotations

import time
from collections.abc import Iterator

import bpy
import pytest

from tests.blender.addon import enabled
from tests.standin.faults import Fault
from tests.standin.service import StandIn
from tripo_addon.blender.session import composition
from tripo_addon.jobs.model.job import Failure, Job, State

PATH = "/v3/generation/text-to-model"


@pytest.fixture
def lost(service: StandIn) -> Iterator[Job]:
    """Return a job that the service accepted, and whose answer was lost."""
    with enabled(service) as context:
        service.fault(Fault(method="POST", path=PATH, cut="after"))
        context.scene.tripo_addon.text.prompt = "a small chest"
        with pytest.raises(RuntimeError, match="Outcome unknown"):
            bpy.ops.tripo_addon.generate_text()
        job = composition.jobs()[0]
        assert (job.state, job.failure) == (State.FAILED, Failure.OUTCOME_UNKNOWN)
        assert len(service.ledger.tasks) == 1
        yield job


def searched(job: Job) -> Job:
    """Return the job after a finished search."""
    assert bpy.ops.tripo_addon.look_for_task(job_id=job.id) == {"FINISHED"}
    engine = composition.engine()
    for _turn in range(3000):
        engine.tick(online=True)
        if not engine.searching(job.id):
            break
        time.sleep(0.01)
    found = engine.job(job.id)
    assert found is not None
    return found


def test_paid_task_is_found_and_resumed_free(lost: Job, service) -> None:
    found = searched(lost)
    (task,) = service.ledger.tasks
    (candidate,) = found.candidates
    assert (candidate.task_id, candidate.prompt) == (task.id, "a small chest")
    done = bpy.ops.tripo_addon.attach_task(job_id=lost.id, task_id=candidate.task_id)
    assert done == {"FINISHED"}
    job = composition.engine().job(lost.id)
    assert job is not None
    assert (job.state, job.task_id) == (State.DONE, task.id)
    assert len(service.ledger.sent("POST", PATH)) == 1


def test_invalid_task_id_is_refused_with_a_message(lost: Job) -> None:
    with pytest.raises(RuntimeError):
        bpy.ops.tripo_addon.attach_task(job_id=lost.id, task_id="  ")
    assert composition.jobs()[0].failure is Failure.OUTCOME_UNKNOWN


def test_finished_job_accepts_no_task_id(lost: Job, service) -> None:
    bpy.ops.tripo_addon.attach_task(job_id=lost.id, task_id=service.ledger.tasks[0].id)
    with pytest.raises(RuntimeError, match="does not wait for a task ID"):
        bpy.ops.tripo_addon.attach_task(job_id=lost.id, task_id="another")
