"""Scripts and background mode, where no timer fires and the engine blocks instead."""

from __future__ import annotations

from tests.doubles import QuickClock
from tests.jobs.bench import (
    MakeBench,
    MakeStandIn,
    job_in,
)
from tripo_addon.jobs.model.events import Placed
from tripo_addon.jobs.model.job import Job, State


def placing(job: Job) -> Placed:
    return Placed(f"root of {job.title}")


def test_script_waits_until_everything_is_in_the_scene(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = bench(stand_in(), clock=QuickClock())
    jobs = [here.submit(title="one"), here.submit(title="two")]
    here.engine.run_until_idle(placing, online=lambda: True)
    assert [here.now(job).root for job in jobs] == ["root of one", "root of two"]


def test_script_can_wait_for_one_job_while_another_runs(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = bench(stand_in(), clock=QuickClock())
    here.store.save(job_in(State.RUNNING, id="without end", account="not connected"), 0.0)
    later = bench(here.service, owner="later", clock=QuickClock())
    later.take_over()
    job = later.submit()
    later.engine.run_until_idle(placing, online=lambda: True, until=(job.id,))
    assert later.now(job).state is State.DONE
    assert {each.state for each in later.engine.jobs()} == {State.DONE, State.RUNNING}


def test_script_does_not_wait_for_jobs_of_another_file(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = bench(stand_in(), clock=QuickClock())
    job = here.submit()
    here.engine.run_until_idle(lambda _: None, online=lambda: True, until=(job.id,))
    assert here.now(job).state is State.READY


def test_script_with_no_jobs_returns_at_once(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in(), clock=QuickClock())
    here.engine.run_until_idle(placing, online=lambda: True)
    assert here.engine.jobs() == ()
