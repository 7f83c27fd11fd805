"""The box of a waiting model: the model arrives where the artist puts it."""

from __future__ import annotations

from tests.jobs.bench import MakeBench, MakeStandIn
from tripo_addon.jobs.model.job import Stand, State
from tripo_addon.jobs.model.machine import has_same_terms

THERE = Stand(foot=(4.0, -2.0, 0.5), sides=(2.0, 2.0, 3.0), turn=0.5)


def test_box_position_is_kept_after_a_restart(stand_in: MakeStandIn, bench: MakeBench) -> None:
    service = stand_in(seconds=100)
    here = bench(service)
    job = here.submit()
    here.until(job, State.RUNNING)
    here.engine.move(job.id, THERE, fills=True)
    here.engine.move(job.id, Stand(foot=THERE.foot, sides=THERE.sides), fills=False)
    here.close()
    later = bench(service, owner="the next session")
    later.clock.seconds += 3600
    later.take_over()
    placement = later.now(job).placement
    assert placement.stand == Stand(foot=THERE.foot, sides=THERE.sides)
    assert placement.fills, "the size that was chosen first is kept by a later move"
    assert later.until(job, State.READY).placement == placement


def test_answer_in_flight_does_not_move_the_box_back(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = bench(stand_in())
    job = here.submit()
    before = here.until(job, State.DOWNLOADING, State.READY, State.CONVERTING)
    here.engine.move(job.id, THERE, fills=False)
    ready = here.until(job, State.READY)
    assert ready.placement.stand == THERE
    assert has_same_terms(ready.placement, before.placement), "nothing is prepared anew for it"


def test_final_job_has_no_box_to_move(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in())
    job = here.submit()
    assert here.now(job).lands_by_itself
    here.until(job, State.READY)
    done = here.place(job)
    assert not done.lands_by_itself
    here.engine.move(job.id, THERE, fills=True)
    assert here.now(job) == done
