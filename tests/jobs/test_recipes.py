"""Requests of several steps: each is a job at once, and works on the result of the one before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.bench import (
    ACCOUNT,
    PLACE,
    SERVICE_PROBLEM,
    Bench,
    MakeBench,
    MakeStandIn,
    bare_job,
    job_in,
    text,
)
from tests.standin.faults import Fault
from tripo_addon.api.errors import Kind
from tripo_addon.api.tasks import (
    CheckRig,
    CompleteMesh,
    ConvertModel,
    ImportModel,
    MultiviewToModel,
    Retarget,
    Rig,
    SmartSegment,
    TaskRequest,
    TextureModel,
)
from tripo_addon.jobs.model import recipes
from tripo_addon.jobs.model.description import describe
from tripo_addon.jobs.model.events import (
    CancelRequested,
    Converted,
    Downloaded,
    Failed,
    ImportRequested,
    Started,
)
from tripo_addon.jobs.model.job import (
    Failure,
    Handle,
    Job,
    Landing,
    Placement,
    State,
    Target,
)
from tripo_addon.jobs.model.machine import advance
from tripo_addon.jobs.model.recipes import Step
from tripo_addon.jobs.model.recovery import new_try, recover
from tripo_addon.jobs.storage.job_json import decode_job, encode_job

NOW = 5000.0
FILES = replace(PLACE, landing=Landing.DOWNLOAD)
TARGET = Target(objects=(Handle("Chest", "an id", 7),), shape="cafe", capture="/c/chest.blend")
TEXTURE = TextureModel(model="v3.0-20250812", prompt="oak")
V1, V25 = "v1.0-20240301", "v2.5-20260210"
RIG = Rig(model=V25)
FAILS = Fault(path="/v3/generation", ending="failed", error_code=1001)
LOSES_ANSWER = Fault(path="/v3/generation", cut="after")
WALK = Retarget(animations=("preset:walk",))


def submitted(here: Bench, *requests: TaskRequest, place: Placement = FILES) -> list[Job]:
    steps = [Step(request=each, title="a chest", placement=place) for each in requests]
    return list(here.engine.submit(ACCOUNT, steps))


def inputs(here: Bench, path: str) -> list[object]:
    sent = here.service.ledger.sent("POST", path)
    return [each.fields["input"] for each in sent if each.path == path]


def test_each_step_works_on_the_result_of_the_step_before(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = bench(stand_in())
    draft, texture, convert = submitted(here, text(), TEXTURE, ConvertModel(format="FBX"))
    assert [job.after for job in (draft, texture, convert)] == [None, draft.id, texture.id]
    assert [job.price for job in (draft, texture, convert)] == [20, 10, 5]
    done = [here.until(job, State.DONE) for job in (draft, texture, convert)]
    assert inputs(here, "/v3/models/texture") == [done[0].task_id]
    assert inputs(here, "/v3/models/convert") == [done[1].task_id]
    assert all(job.model is not None and job.model.is_file() for job in done)


def test_model_file_is_imported_once_then_reused(
    stand_in: MakeStandIn, bench: MakeBench, glb: Path
) -> None:
    here = bench(stand_in())
    first, texture = submitted(here, ImportModel(source_file=glb), TEXTURE)
    here.until(texture, State.DONE)
    assert here.now(first).state is State.DONE
    assert inputs(here, "/v3/models/texture") == [here.now(first).task_id]
    assert len(here.service.ledger.sent("POST", "/v3/models/import")) == 1


def test_named_parts_are_completed_by_the_task_that_knows_them(
    stand_in: MakeStandIn, bench: MakeBench, glb: Path
) -> None:
    here = bench(stand_in())
    parts, whole = submitted(here, SmartSegment(source_file=glb), CompleteMesh())
    assert [job.price for job in (parts, whole)] == [55, 50]
    here.until(whole, State.DONE)
    done = here.now(parts)
    assert inputs(here, "/v3/mesh/complete") == [done.result_task]
    assert done.result_task not in {None, done.task_id}
    assert decode_job(encode_job(done)).result_task == done.result_task


def test_step_starts_as_soon_as_its_source_task_is_done(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = bench(stand_in())
    draft, texture = submitted(here, text(), TEXTURE, place=PLACE)
    here.until(texture, State.READY)
    assert here.now(draft).state is State.READY


def test_check_passes_on_its_source_and_the_body_it_found(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = bench(stand_in())
    draft, check, rig, walk = submitted(here, text(), CheckRig(), RIG, WALK)
    here.until(walk, State.DONE)
    made = here.now(draft).task_id
    assert inputs(here, "/v3/animations/rig-check") == [made]
    assert inputs(here, "/v3/animations/rig") == [made]
    assert inputs(here, "/v3/animations/retarget") == [here.now(rig).task_id]
    found = dict(here.now(check).facts)["rig_type"]
    assert here.now(rig).request.model_dump()["rig_type"] == found


def test_model_that_cannot_be_rigged_is_not_paid() -> None:
    check = job_in(State.DONE, request=CheckRig(source_task="t"), facts=(("riggable", False),))
    move = recipes.go_on(bare_job(request=RIG, after=check.id), check)
    assert isinstance(move, Failed)
    assert "cannot be rigged" in move.trouble.sentence


@pytest.mark.parametrize(
    ("prompt", "rig", "moves", "sentence"),
    [
        ("an eagle", Rig(model=V25), WALK, "There is no animation for an avian"),
        ("a dog", Rig(model=V1), None, "supports only bipeds: choose v2.5 or v3.0 for a quadruped"),
        ("a fish", Rig(model=V25), WALK, "“Walk” is not for an aquatic"),
    ],
)
def test_rig_is_not_paid_if_the_found_body_lacks_the_animations(
    stand_in: MakeStandIn,
    bench: MakeBench,
    prompt: str,
    rig: Rig,
    moves: Retarget | None,
    sentence: str,
) -> None:
    here = bench(stand_in())
    follows = () if moves is None else (moves,)
    _, check, rigged, *_ = submitted(here, text(prompt), CheckRig(), rig, *follows)
    failed = here.until(rigged, State.FAILED)
    assert here.now(check).state is State.DONE
    assert failed.trouble is not None
    assert sentence in failed.trouble.sentence
    assert "Nothing was charged" in failed.trouble.sentence
    assert inputs(here, "/v3/animations/rig") == []


def test_animation_uses_its_name_for_the_found_body(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = bench(stand_in())
    _, _, rigged, walk = submitted(here, text("a dog"), CheckRig(), Rig(model=V25), WALK)
    here.until(walk, State.DONE)
    (sent,) = here.service.ledger.sent("POST", "/v3/animations/retarget")
    assert sent.fields["animation"] == "preset:quadruped:walk"
    assert sent.fields["input"] == here.now(rigged).task_id


def test_model_is_generated_from_views_of_a_task() -> None:
    views = job_in(State.DONE)
    move = recipes.go_on(bare_job(request=MultiviewToModel(), after=views.id), views)
    assert isinstance(move, Started)
    assert move.request is not None
    assert move.request.model_dump()["views_task"] == views.task_id


def test_step_ends_with_the_step_before_and_resumes_with_its_retry(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(FAILS)
    draft, texture = submitted(here, text(), TEXTURE)
    here.until(draft, State.FAILED)
    ended = here.until(texture, State.FAILED)
    assert "The previous step failed" in describe(ended).detail
    retried = here.engine.retry(draft.id)
    assert retried is not None
    (follower,) = (job for job in here.engine.jobs() if job.replaces == texture.id)
    here.until(follower, State.DONE)
    assert inputs(here, "/v3/models/texture") == [here.now(retried).task_id]


def test_step_waits_for_an_unknown_outcome_and_blocking_wait_ends(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(LOSES_ANSWER)
    draft, texture = submitted(here, text(), TEXTURE)
    assert here.until(draft, State.FAILED).failure is Failure.OUTCOME_UNKNOWN
    here.engine.run_until_idle(lambda _job: None, online=lambda: True, until=(texture.id,))
    assert here.now(texture).state is State.PENDING
    assert "is unknown" in here.engine.waits_for(here.now(texture))


@pytest.mark.parametrize("online", [True, False])
def test_canceling_a_step_cancels_the_steps_after_it(
    stand_in: MakeStandIn, bench: MakeBench, online: bool
) -> None:
    here = bench(stand_in(seconds=50))
    draft, texture, convert = submitted(here, text(), TEXTURE, ConvertModel(format="FBX"))
    here.steps(3, online=online)
    here.engine.cancel(draft.id)
    here.steps(3, online=online)
    assert {here.now(job).state for job in (draft, texture, convert)} == {State.CANCELLED}
    assert here.service.ledger.sent("POST", "/v3/models") == ()


def test_later_step_can_be_canceled_alone(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in())
    draft, texture = submitted(here, text(), TEXTURE)
    here.engine.cancel(texture.id)
    here.until(draft, State.DONE)
    assert here.now(texture).state is State.CANCELLED
    assert here.service.ledger.sent("POST", "/v3/models") == ()


def test_step_whose_predecessor_was_removed_fails_unpaid(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(LOSES_ANSWER)
    draft, texture = submitted(here, text(), TEXTURE)
    here.until(draft, State.FAILED)
    here.engine.forget(draft.id)
    assert here.until(texture, State.FAILED).failure is Failure.INTERRUPTED


def test_steps_resume_in_the_next_session(stand_in: MakeStandIn, bench: MakeBench) -> None:
    service = stand_in(seconds=20)
    here = bench(service)
    draft, texture = submitted(here, text(), TEXTURE)
    here.until(draft, State.RUNNING)
    here.engine.shutdown()
    later = bench(service, owner="another")
    later.take_over()
    assert later.now(texture).state is State.PENDING
    done = later.until(texture, State.DONE)
    assert inputs(later, "/v3/models/texture") == [later.now(draft).task_id]
    assert done.after == draft.id
    assert len(service.ledger.tasks) == 2


def test_steps_after_an_interrupted_step_end_unsent() -> None:
    draft = recover(job_in(State.UPLOADING), paid=None, announced=False, now=NOW)
    texture = bare_job(id="job-2", request=TEXTURE, after=draft.id)
    assert recover(texture, paid=None, announced=False, now=NOW).state is State.PENDING
    move = recipes.go_on(texture, draft)
    assert isinstance(move, Failed)
    assert move.trouble.kind is Kind.STEP_BEFORE


@pytest.mark.parametrize(
    ("state", "fields", "goes_on"),
    [
        (State.RUNNING, {}, False),
        (State.DOWNLOADING, {}, True),
        (State.READY, {}, True),
        (State.DONE, {}, True),
        (State.FAILED, {"failure": Failure.GENERATION}, False),
        (State.FAILED, {"failure": Failure.IMPORT}, True),
    ],
)
def test_step_starts_only_if_the_source_task_has_finished(state, fields, goes_on: bool) -> None:
    before = job_in(state, **fields)
    move = recipes.go_on(bare_job(request=TEXTURE, after=before.id), before)
    assert isinstance(move, Started) is goes_on


def test_canceled_predecessor_cancels_the_step() -> None:
    before = job_in(State.CANCELLED)
    assert recipes.go_on(bare_job(after=before.id), before) == CancelRequested()


def fetched(placement: Placement) -> Job:
    job = job_in(State.DOWNLOADING, request=TEXTURE, placement=placement)
    return advance(job, Downloaded(Path("/n/model.glb")), NOW)


def test_download_only_job_ends_when_files_are_there() -> None:
    assert fetched(FILES).state is State.DONE


def test_result_for_an_object_is_prepared_after_its_capture() -> None:
    waiting = fetched(replace(PLACE, landing=Landing.REPLACE, target=replace(TARGET, capture="")))
    assert waiting.state is State.READY
    assert recover(waiting, paid=None, announced=False, now=NOW).state is State.READY
    captured = replace(PLACE, landing=Landing.REPLACE, target=TARGET)
    assert advance(waiting, ImportRequested(captured), NOW).state is State.CONVERTING
    assert fetched(captured).state is State.CONVERTING


def test_result_is_prepared_again_only_for_another_target() -> None:
    place = replace(PLACE, landing=Landing.KEEP, target=TARGET)
    ready = advance(fetched(place), Converted(Path("/n/model.blend")), NOW)
    other = replace(place, target=replace(TARGET, capture="/c/another.blend"))
    assert advance(ready, ImportRequested(place), NOW).state is State.READY
    assert advance(ready, ImportRequested(other), NOW).state is State.CONVERTING
    assert advance(ready, ImportRequested(PLACE), NOW).state is State.CONVERTING


def test_retry_after_a_failed_placement_can_deliver_files_only() -> None:
    place = replace(PLACE, landing=Landing.KEEP, target=TARGET)
    failed = job_in(
        State.FAILED,
        request=TEXTURE,
        placement=place,
        failure=Failure.IMPORT,
        trouble=SERVICE_PROBLEM,
        model=Path("/n/model.glb"),
    )
    assert new_try(failed, id="next", wall=1.0).state is State.CONVERTING
    assert new_try(failed, id="next", wall=1.0, placement=FILES).state is State.DONE


def test_child_gets_the_target_of_the_result() -> None:
    terms = replace(PLACE, landing=Landing.KEEP, target=replace(TARGET, texture_size=512)).terms
    assert terms["onto"] == {
        "capture": "/c/chest.blend",
        "mode": "keep",
        "turn": 0.0,
        "texture_size": 512,
    }
    onto: Any = replace(PLACE, target=TARGET).terms["onto"]
    assert onto["mode"] == "replace"
    assert PLACE.terms["onto"] is None
