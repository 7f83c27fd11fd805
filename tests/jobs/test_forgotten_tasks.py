"""Services forget tasks: by date, for another key, or for their own reasons. Work on a shape then
uses a file, within the same request, and nothing is paid for twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.doubles import Clock
from tests.jobs.bench import ACCOUNT, KEY, PLACE, Bench, MakeBench, MakeStandIn, text
from tests.standin.faults import Fault
from tests.standin.service import StandIn
from tests.standin.terms import Terms
from tripo_addon.api.catalog.conditions import Values
from tripo_addon.api.catalog.studio import STUDIO
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.catalog.tripo import KEEPS
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.dialect import Dialect
from tripo_addon.api.errors import Kind
from tripo_addon.api.services import studio, tripo_v3
from tripo_addon.api.tasks import Rig, SegmentMesh, TaskRequest, TextureModel, parse_request
from tripo_addon.jobs.messages.rows import SENT_AS_FILE
from tripo_addon.jobs.model.job import Failure, Job, Landing, State
from tripo_addon.jobs.model.recipes import Step
from tripo_addon.jobs.model.routes import (
    Origin,
    SourceRoute,
    requests,
    requests_by_file,
    route_to,
    with_original_prompt,
)

DAY = 86_400.0
FILES = replace(PLACE, landing=Landing.DOWNLOAD)
PROMPT = "a wooden robot"
RIG = Rig(model="v2.5-20260210")
WALK: Values = {"kind": "retarget", "animations": ("preset:walk",)}
WORKS: dict[TaskKind, tuple[Values, ...]] = {
    TaskKind.TEXTURE_MODEL: ({"kind": "texture_model", "model": "v3.0-20250812"},),
    TaskKind.CONVERT_MODEL: ({"kind": "convert_model", "format": "FBX"},),
    TaskKind.SEGMENT_MESH: ({"kind": "segment_mesh", "model": "v1.0-20250506"},),
    TaskKind.COMPLETE_MESH: ({"kind": "complete_mesh"},),
    TaskKind.DECIMATE_MESH: ({"kind": "decimate_mesh", "model": "v2.0"},),
    TaskKind.UNWRAP_MESH: ({"kind": "unwrap_mesh"},),
    TaskKind.RIG: ({"kind": "check_rig"}, {"kind": "rig", "model": "v2.5-20260210"}),
    TaskKind.RETARGET: (WALK,),
}
FOLLOWED: dict[TaskKind, tuple[TaskRequest, ...]] = {
    TaskKind.COMPLETE_MESH: (SegmentMesh(model="v1.0-20250506"),),
    TaskKind.RETARGET: (RIG,),
}
"""The first step on the model, because it decides the work that follows."""


@dataclass
class Shape:
    """A shape in the scene: its task, and the file that could be sent instead."""

    origin: Origin
    file: Path


@pytest.fixture
def late(clock: Clock) -> Clock:
    """A clock from the day on which Tripo begins to forget tasks."""
    clock.started = KEEPS.since
    return clock


def submitted(here: Bench, *steps: TaskRequest, account: str = ACCOUNT) -> list[Job]:
    made = [Step(request=each, title="a robot", placement=FILES) for each in steps]
    return list(here.engine.submit(account, made))


def made(here: Bench, file: Path, *steps: TaskRequest) -> Shape:
    job = here.until(submitted(here, *steps)[-1], State.DONE)
    assert job.task_id is not None
    origin = Origin(
        task_id=job.task_id,
        kind=job.request.kind,
        model=job.request.model,
        made=job.task_made,
        request=job.request.model_dump(mode="json"),
    )
    return Shape(origin, file)


def route(here: Bench, kind: TaskKind, origin: Origin) -> SourceRoute:
    unknown = here.engine.unknown_tasks(ACCOUNT)
    wall = here.clock.wall()
    return route_to(TRIPO_V3, kind, origin, edited=False, now=wall, unknown=unknown)


def submitted_jobs(here: Bench, kind: TaskKind, shape: Shape) -> list[Job]:
    """Return what this work's button sends, as `object_requests` composes it."""
    taken, file = route(here, kind, shape.origin), str(shape.file)
    assert taken.refusal == ""
    with_prompt = [with_original_prompt(each, PROMPT) for each in WORKS[kind]]
    sent = with_prompt if taken.forgotten else WORKS[kind]
    steps = [
        Step(request=parse_request(values), title="a robot", placement=FILES)
        for values in requests(taken, sent, file)
    ]
    if taken.task:
        steps = [
            replace(
                step,
                by_file=tuple(
                    map(parse_request, requests_by_file(TRIPO_V3, taken, with_prompt, number, file))
                ),
            )
            for number, step in enumerate(steps)
        ]
    return list(here.engine.submit(ACCOUNT, steps))


def requests_with(service: StandIn, task_id: str) -> int:
    """Count the requests that named this task as their source."""
    sent = (each.body for each in service.ledger.sent("POST", "/v3/"))
    return sum(isinstance(body, dict) and body.get("input") == task_id for body in sent)


def spent(service: StandIn) -> float:
    return sum(task.charged for task in service.ledger.tasks)


def kinds(service: StandIn) -> list[str]:
    return [task.kind for task in service.ledger.tasks]


def test_every_object_request_is_in_this_table() -> None:
    offered = {kind for kind, offer in TRIPO_V3.offers.items() if "source_task" in offer.takes}
    assert offered - {TaskKind.CHECK_RIG, TaskKind.EDIT_VIEWS} == set(WORKS)


@pytest.mark.slow
@pytest.mark.parametrize("dated", [True, False], ids=["its age is known", "its age is not known"])
def test_on_day_8_every_object_request_goes_by_file_and_is_paid_once(
    stand_in: MakeStandIn, bench: MakeBench, glb: Path, late: Clock, dated: bool
) -> None:
    service = stand_in(keep_days=7, balance=10_000)
    here = bench(service)
    shapes = {kind: made(here, glb, text(PROMPT), *FOLLOWED.get(kind, ())) for kind in WORKS}
    late.seconds += 8 * DAY
    for kind, shape in shapes.items():
        gone, paid, tasks = shape.origin.task_id, spent(service), len(service.ledger.tasks)
        before = requests_with(service, gone)
        if not dated:
            shape.origin = replace(shape.origin, made=None)
        former = {job.id for job in here.engine.jobs()}
        last = submitted_jobs(here, kind, shape)[-1]
        if kind in FOLLOWED and not dated:
            # The next step costs more than was shown: a person decides, nothing was charged.
            refused = here.until(last, State.FAILED)
            assert (refused.lost_its_source, spent(service)) == (True, paid)
            assert len(here.engine.retried_as(refused, ACCOUNT)) == 3
            last = retried(here, refused)
        here.until(last, State.DONE)
        jobs = {job.task_id: job for job in here.engine.jobs() if job.id not in former}
        done = [jobs[task.id].request.kind for task in service.ledger.tasks[tasks:]]
        again = [request.kind for request in FOLLOWED.get(kind, ())]
        first = [] if TRIPO_V3.offers[kind].sends_file else ["import_model"]
        assert done == [*first, *again, *(values["kind"] for values in WORKS[kind])]
        assert {job.state for job in jobs.values()} == {State.DONE}
        # The lost task is named at most once, to learn that it is lost.
        assert requests_with(service, gone) == before + (not dated)
        assert spent(service) - paid == sum(task.credits for task in service.ledger.tasks[tasks:])
        remarks = [job.remark for job in jobs.values() if job.remark]
        assert remarks == ([] if dated else [SENT_AS_FILE])


def retried(here: Bench, job: Job) -> Job:
    again = here.engine.retry(job.id)
    assert again is not None
    return again


@pytest.mark.parametrize("age", [1.0, 6.9])
def test_known_task_is_used(
    stand_in: MakeStandIn, bench: MakeBench, glb: Path, late: Clock, age: float
) -> None:
    service = stand_in(keep_days=7)
    here = bench(service)
    shape = made(here, glb, text(PROMPT))
    late.seconds += age * DAY
    assert "nothing to upload" in route(here, TaskKind.TEXTURE_MODEL, shape.origin).words
    here.until(submitted_jobs(here, TaskKind.TEXTURE_MODEL, shape)[-1], State.DONE)
    assert kinds(service) == ["text_to_model", "texture_model"]


def test_no_task_is_dropped_by_age_before_tripo_forgets_it() -> None:
    week = 7 * DAY
    assert not KEEPS.ran_out(KEEPS.since - 5 * week, KEEPS.since - 1)
    assert KEEPS.ran_out(KEEPS.since - 5 * week, KEEPS.since)
    assert not KEEPS.ran_out(KEEPS.since, KEEPS.since + week - 1)
    assert KEEPS.ran_out(KEEPS.since, KEEPS.since + week)
    assert not KEEPS.ran_out(None, KEEPS.since + 99 * week)


def test_panel_says_task_or_file_and_why(late: Clock) -> None:
    origin = Origin(task_id="t", kind="rig", made=late.started, request=RIG.model_dump())

    def words(kind: TaskKind, days: float, unknown: frozenset[str] = frozenset()) -> str:
        now = late.started + days * DAY
        return route_to(TRIPO_V3, kind, origin, edited=False, now=now, unknown=unknown).words

    assert words(TaskKind.CONVERT_MODEL, 1).startswith("Tripo keeps this model until Dec ")
    assert words(TaskKind.CONVERT_MODEL, 8) == (
        "Tripo keeps a task for 7 days, and this one is older: the object is uploaded as a file "
        "(free)"
    )
    assert words(TaskKind.RETARGET, 8).endswith(". Rig is done again first (25 credits)")
    assert words(TaskKind.CONVERT_MODEL, 1, frozenset({"t"})).startswith(
        "Tripo no longer knows this object's task: the object is uploaded as a file"
    )


def test_forgotten_task_is_not_asked_for_again_in_the_session(
    stand_in: MakeStandIn, bench: MakeBench, glb: Path, late: Clock
) -> None:
    service = stand_in(keep_days=7)
    here = bench(service)
    shape = made(here, glb, text(PROMPT))
    shape.origin = replace(shape.origin, made=None)
    late.seconds += 8 * DAY
    for _ in range(2):
        here.until(submitted_jobs(here, TaskKind.CONVERT_MODEL, shape)[-1], State.DONE)
    assert requests_with(service, shape.origin.task_id) == 1


def test_task_of_another_key_goes_by_file_and_is_tried_with_the_next_key(
    stand_in: MakeStandIn, bench: MakeBench, glb: Path
) -> None:
    service = stand_in(keys=(KEY, "tsk_another"))
    here = bench(service)
    shape = made(here, glb, text(PROMPT))
    here.engine.connect(ACCOUNT, tripo_v3.connect(service.base_url, "tsk_another"))
    done = here.until(submitted_jobs(here, TaskKind.TEXTURE_MODEL, shape)[-1], State.DONE)
    assert done.remark == SENT_AS_FILE
    assert route(here, TaskKind.TEXTURE_MODEL, shape.origin).task == ""
    here.engine.connect(ACCOUNT, tripo_v3.connect(service.base_url, KEY))
    assert route(here, TaskKind.TEXTURE_MODEL, shape.origin).task == shape.origin.task_id


def test_step_that_waited_eight_days_uses_the_file_of_the_step_before(
    stand_in: MakeStandIn, bench: MakeBench, late: Clock
) -> None:
    service = stand_in(keep_days=7)
    here = bench(service)
    draft, texture = submitted(
        here, text(PROMPT), TextureModel(model="v3.0-20250812", prompt="oak")
    )
    service.fault(Fault(path="/v3/models/texture", status=429, body={"code": 2000}, times=3))
    here.until(draft, State.DONE)
    late.seconds += 8 * DAY
    assert here.until(texture, State.DONE).remark == SENT_AS_FILE
    assert kinds(service) == ["text_to_model", "import_model", "texture_model"]


def test_without_a_file_nothing_is_sent_and_retry_drops_the_task(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    here = bench(service)
    forgotten = "6f1d2a52-7d7c-4d0b-9a57-0a5a3f3f9b11"
    (job,) = submitted(
        here, TextureModel(model="v3.0-20250812", prompt="oak", source_task=forgotten)
    )
    failed = here.until(job, State.FAILED)
    assert (failed.failure, failed.lost_its_source) == (Failure.REJECTED, True)
    assert failed.trouble is not None
    assert "no longer has the task that made this shape" in failed.trouble.sentence
    assert here.engine.retry(job.id) is None
    assert (len(service.ledger.sent("POST", "/v3/models")), kinds(service)) == (1, [])


def test_step_after_a_failed_check_ends_and_returns_with_its_retry(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(Fault(path="/v3/animations/rig-check", status=400, body={"code": 2006}))
    draft, check, rig, walk = submitted(
        here, text(PROMPT), parse_request({"kind": "check_rig"}), RIG, parse_request(WALK)
    )
    ended = [here.until(job, State.FAILED) for job in (check, rig, walk)]
    assert [job.trouble and job.trouble.kind for job in ended[1:]] == [Kind.STEP_BEFORE] * 2
    assert here.engine.retried_with(ended[0]) == (ended[1], ended[2])
    retried(here, ended[0])
    while not all(job.state.final for job in here.engine.jobs()):
        here.step()
    assert [job.state for job in here.engine.jobs()] == [State.DONE] * 4
    assert kinds(service)[0] == "text_to_model"
    assert len(kinds(service)) == 4
    assert here.now(draft).state is State.DONE


def studio_bench(bench: MakeBench, service: StandIn) -> Bench:
    def speak(former: Dialect) -> Dialect:
        former.close()
        return studio.connect(service.base_url, KEY)

    return bench(service, speak=speak)


STUDIO_WORKS: dict[TaskKind, Values] = {
    TaskKind.TEXTURE_MODEL: {"kind": "texture_model", "prompt": "old oak"},
    TaskKind.CONVERT_MODEL: {"kind": "convert_model", "format": "FBX"},
    TaskKind.SEGMENT_MESH: {"kind": "segment_mesh"},
}


def test_3d_ai_studio_works_on_files_despite_forgotten_tasks(
    stand_in: MakeStandIn, bench: MakeBench, glb: Path, late: Clock
) -> None:
    assert {kind for kind, offer in STUDIO.offers.items() if "source_file" in offer.takes} == set(
        STUDIO_WORKS
    )
    service = stand_in(studio=Terms(keep_days=1))
    here = studio_bench(bench, service)
    (draft,) = submitted(
        here, parse_request({"kind": "text_to_model", "model": "3.1", "prompt": PROMPT})
    )
    done = here.until(draft, State.DONE)
    assert done.task_id is not None
    origin = Origin(task_id=done.task_id, kind="text_to_model", made=done.task_made, request={})
    late.seconds += 8 * DAY
    prices = 0
    for kind, values in STUDIO_WORKS.items():
        taken = route_to(STUDIO, kind, origin, edited=False, now=late.wall())
        assert taken.words == (
            "Taken from the scene: it is uploaded to 3D AI Studio with the request"
        )
        (job,) = submitted(here, *map(parse_request, requests(taken, [values], str(glb))))
        prices += here.until(job, State.DONE).price or 0
    assert spent(service) == (done.price or 0) + prices
    assert len(kinds(service)) == 4


def test_model_lost_here_and_there_is_generated_again_at_its_price(
    stand_in: MakeStandIn, bench: MakeBench, late: Clock
) -> None:
    service = stand_in(studio=Terms(keep_days=1))
    here = studio_bench(bench, service)
    request = parse_request({"kind": "text_to_model", "model": "3.1", "prompt": PROMPT})
    (draft,) = here.engine.submit(
        ACCOUNT, [Step(request=request, title="a robot", placement=PLACE)]
    )
    ready = here.until(draft, State.READY)
    here.place(ready)
    assert ready.model is not None
    ready.model.unlink()
    late.seconds += 8 * DAY
    again = retried(here, here.now(draft))
    lost = here.until(again, State.FAILED)
    assert (lost.failure, lost.retry_is_free, len(kinds(service))) == (Failure.LAPSED, False, 1)
    anew = retried(here, lost)
    assert anew.price == ready.price
    here.until(anew, State.READY)
    assert len(kinds(service)) == 2
