"""Several drafts of a model: on disk before the first is paid for, each paid once, in one row."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.doubles import HeldWorkers
from tests.jobs.bench import (
    ACCOUNT,
    PLACE,
    Bench,
    MakeBench,
    MakeStandIn,
    drafts,
    entries,
    job_in,
    text,
)
from tests.jobs.test_crash import crash, rest, successor
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.catalog.tripo_v2 import TRIPO_V2
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.drafts import draft_values
from tripo_addon.api.tasks import parse_request
from tripo_addon.jobs.model import job_groups
from tripo_addon.jobs.model.job import Draft, Failure, Job, State
from tripo_addon.jobs.model.job_groups import JobGroup, Standing
from tripo_addon.jobs.model.keeping import goes_on, requests_to_keep
from tripo_addon.jobs.model.recipes import Step
from tripo_addon.jobs.model.routes import Origin
from tripo_addon.jobs.storage.store import Store, StoreError

NOW = 1_700_000_000.0
TEXTURED: dict[str, Any] = text().model_dump(exclude_none=True) | {"model_seed": 7}
BARE = TEXTURED | {"texture": False, "pbr": False}


def origin(**given: Any) -> Origin:
    values: dict[str, Any] = {
        "task_id": "task-1",
        "kind": TaskKind.TEXT_TO_MODEL.value,
        "model": str(BARE["model"]),
        "made": NOW - 60,
        "request": BARE,
    }
    return Origin(**values | given)


def kept(here: Bench, draft: Job) -> Job:
    """Return the job that continues with a draft, as the button makes it."""
    assert draft.draft is not None
    wanted = requests_to_keep(
        TRIPO_V3,
        origin(task_id=draft.result_task, request=draft.request.model_dump(exclude_none=True)),
        [each.model_dump(exclude_none=True) for each in draft.draft.requests],
        now=NOW,
    )
    (request,) = map(parse_request, wanted)
    step = Step(request=request, title=draft.title, placement=PLACE, keeps=draft.id)
    return here.engine.submit(ACCOUNT, (step,))[0]


def row_of(here: Bench) -> JobGroup:
    rows = job_groups.arrange(
        here.engine.jobs(), before=here.engine.before, needs_person=lambda _job: False
    )
    (key,) = rows.order
    return job_groups.group_of(rows.chains[key], lambda _job: False)


def test_no_draft_is_paid_before_all_are_on_disk(stand_in: MakeStandIn, bench: MakeBench) -> None:
    workers = HeldWorkers(held={"store"})
    here = bench(stand_in(), workers=workers)
    listed = here.engine.submit_drafts(ACCOUNT, drafts(3))
    here.steps(20)
    assert {here.now(job).state for job in listed} == {State.PENDING}
    assert here.paid_for() == 0
    workers.let_go()
    for job in listed:
        here.until(job, State.READY)
    assert here.paid_for() == 3


class UnwritableDraft(Store):
    """A list that cannot save several jobs at once, nor draft 2 before it is `writable`."""

    writable = False

    def save_all(self, jobs: Sequence[Job], wall: float) -> bool:
        raise StoreError("The disk is full")

    def save(self, job: Job, wall: float, *, announced: bool = False) -> bool:
        if not self.writable and job.draft is not None and job.draft.number == 2:
            raise StoreError("The disk is full")
        return super().save(job, wall, announced=announced)


def test_no_draft_is_paid_if_the_list_saves_only_some(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = bench(stand_in(), keep=UnwritableDraft)
    listed = here.engine.submit_drafts(ACCOUNT, drafts(3))
    here.steps(60)
    written = [entries(here.store, job.id) for job in listed]
    assert (written, here.paid_for()) == ([["pending"], [], ["pending"]], 0)
    UnwritableDraft.writable = True
    for job in listed:
        here.until(job, State.READY)
    assert here.paid_for() == 3


def test_drafts_and_the_kept_one_are_one_row(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in())
    listed = here.engine.submit_drafts(ACCOUNT, drafts(4))
    assert [job.after for job in listed] == [None] * 4
    assert {job.draft.first for job in listed if job.draft} == {listed[0].id}
    for job in listed:
        here.until(job, State.READY)
        here.place(job)
    assert row_of(here).standing is Standing.FINISHED
    last = kept(here, here.now(listed[2]))
    row = row_of(here)
    assert [step.id for step in row.steps] == [*(job.id for job in listed), last.id]
    assert (row.current.id, row.standing) == (last.id, Standing.RUNNING)
    here.until(last, State.READY)
    assert here.now(last).kind is TaskKind.TEXTURE_MODEL
    assert getattr(here.now(last).request, "source_task", "") == here.now(listed[2]).task_id


def test_retried_draft_keeps_its_place_in_the_row() -> None:
    def draft(number: int, **given: Any) -> Job:
        values: dict[str, Any] = {"id": f"draft-{number}", "created": float(number)}
        values["draft"] = Draft(first="draft-1", number=number, count=3)
        return job_in(State.DONE, **values | given)

    again = draft(1, id="again", created=9.0, replaces="draft-1")
    chains = job_groups.chains((again, draft(3), draft(2)), lambda _job: None)
    assert [step.id for step in chains["again"]] == ["again", "draft-2", "draft-3"]


def test_kept_draft_that_lacks_only_texture_is_textured_from_its_task() -> None:
    requested = TEXTURED | {"texture_quality": "detailed", "pbr": True}
    (request,) = requests_to_keep(TRIPO_V3, origin(), [requested], now=NOW)
    assert request["kind"] == TaskKind.TEXTURE_MODEL.value
    assert (request["source_task"], request["texture_quality"]) == ("task-1", "detailed")
    assert goes_on([request])


@pytest.mark.parametrize(
    "requested",
    [
        pytest.param({**TEXTURED, "geometry_quality": "detailed"}, id="a finer shape"),
        pytest.param({**TEXTURED, "quad": True}, id="quads"),
    ],
)
def test_kept_draft_of_another_shape_is_generated_again_with_its_seed(
    requested: dict[str, Any],
) -> None:
    (request,) = requests_to_keep(TRIPO_V3, origin(), [requested], now=NOW)
    assert request == requested
    assert not goes_on([request])


def test_kept_draft_with_forgotten_task_is_generated_again() -> None:
    wanted = requests_to_keep(TRIPO_V3, origin(), [TEXTURED], now=NOW, unknown={"task-1"})
    assert wanted == [TEXTURED]


def test_kept_draft_that_equals_the_request_costs_nothing_more() -> None:
    assert requests_to_keep(TRIPO_V3, origin(), [BARE], now=NOW) == []


def test_next_steps_work_on_the_draft_or_its_texture() -> None:
    rig = {"kind": TaskKind.RIG.value, "model": "v2.5-20260210"}
    (only,) = requests_to_keep(TRIPO_V3, origin(), [BARE, rig], now=NOW)
    assert only == {**rig, "source_task": "task-1"}
    texture, last = requests_to_keep(TRIPO_V3, origin(), [TEXTURED, rig], now=NOW)
    assert (texture["source_task"], last) == ("task-1", rig)


# The moments at which a Blender dies while sending eight drafts. The soak tests others.
POINTS = (
    "before all drafts are written",
    "after all drafts are written",
    "3 x after the announcement",
    "3 x before the receipt",
    "5 x after the receipt",
)


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_eight_drafts_and_one_kept_are_paid_once_despite_any_crash(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path, point: str
) -> None:
    service = stand_in(clock=time.time)
    crash(tmp_path / "user", service, point, "drafts")
    here = successor(bench, service)
    rest(here)
    settle(here)
    listed = sorted(here.engine.jobs(), key=lambda job: job.draft.number if job.draft else 9)
    if point == "before all drafts are written":
        assert (listed, len(service.ledger.tasks)) == ([], 0)
        return
    assert [here.until(job, State.READY).state for job in listed] == [State.READY] * 8
    assert len({job.task_id for job in here.engine.jobs()}) == here.paid_for() == 8
    assert len(service.ledger.tasks) == 8
    last = kept(here, here.now(listed[4]))
    here.until(last, State.READY)
    assert len(service.ledger.tasks) == 9


def let_arrive(here: Bench) -> None:
    """Wait until the last requests have arrived: a busy machine may deliver a dead process's
    requests after its death, and a person searches for them later than that."""
    count, since = -1, time.monotonic()
    while time.monotonic() - since < 2.0:
        arrived = len(here.service.ledger.tasks)
        if arrived != count:
            count, since = arrived, time.monotonic()
        time.sleep(0.05)


def settle(here: Bench) -> None:
    """Do what a person does after a crash: send what was not sent, and search for what may have
    been."""
    if any(job.failure is Failure.OUTCOME_UNKNOWN for job in here.engine.jobs()):
        let_arrive(here)
    for job in here.engine.jobs():
        if job.failure is Failure.OUTCOME_UNKNOWN:
            assert here.engine.search_task(job.id)
            here.steps(2)
            found = here.now(job).candidates
            if found:
                assert here.engine.attach(job.id, found[0].task_id) is not None
                continue
        if job.state is State.FAILED:
            assert here.engine.retry(job.id) is not None
    rest(here)


@pytest.mark.parametrize("model", ["v1.4-20240625", "v1.3-20240522"])
def test_draft_that_only_refine_can_continue_is_the_request_itself(model: str) -> None:
    """Its price was never published: it must not be sent to see what it costs."""
    kind = TaskKind.TEXT_TO_MODEL
    requested = {"kind": kind.value, "prompt": "a chest", "model": model}
    made = draft_values(TRIPO_V2, kind, requested)
    assert made == requested
    assert requests_to_keep(TRIPO_V2, origin(model=model, request=made), [requested], now=NOW) == []
