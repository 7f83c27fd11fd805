"""The job list on disk: real SQLite files, real processes, no secrets inside."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.jobs.bench import (
    PLACE,
    WALL,
    after_restart,
    bare_job,
    entries,
    job_in,
    kept_by,
    requests_of_every_kind,
    text,
)
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.errors import Kind, Problem
from tripo_addon.api.replies import FileRef
from tripo_addon.api.tasks import ImportModel
from tripo_addon.jobs.model.job import (
    Candidate,
    Draft,
    Failure,
    Handle,
    Job,
    Landing,
    SentFile,
    Stand,
    State,
    Target,
)
from tripo_addon.jobs.storage.claims import LEASE_SECONDS
from tripo_addon.jobs.storage.job_json import decode_job, encode_job
from tripo_addon.jobs.storage.payments import SendDecision
from tripo_addon.jobs.storage.store import Store

TROUBLE = Problem(
    kind=Kind.SERVICE,
    detail="after 3 tries",
    code=1001,
    message="the service's own words",
    suggestion="wait",
    trace_id="trace-1",
)


EVERYWHERE = replace(
    PLACE,
    box=(1.0, 2.0, 3.0),
    beside="Würfel",
    expected=(0.5, 1.0, 2.0),
    stand=Stand(foot=(1.0, -2.0, 0.25), sides=(3.0, 2.0, 1.0), turn=0.5),
    fills=True,
    landing=Landing.KEEP,
    save_to="/models",
    target=Target(
        objects=(Handle("Truhe", "an id", 7), Handle("Deckel")),
        shape="cafe0001",
        frame=tuple(map(float, range(16))),
        stretch=(2.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, -1.0),
        capture="/captures/ünïcode.blend",
        turn=-90.0,
        texture_size=2048,
        single_user=True,
        maker="job-maker",
    ),
)


def full_job(**given) -> Job:
    """Return a job with a value in every field that is not its default."""
    job = job_in(
        State.SUBMITTING,
        id="job-full",
        title="Bücherregal “groß” 📚",
        price=45,
        created=WALL,
        updated=WALL + 1,
        replaces="job-0",
        original_id="job-of-the-first-try",
        after="job-before",
        draft=Draft(
            title="Regal",
            first="job-first",
            number=2,
            count=8,
            seed=7,
            requests=(text(),),
            home=EVERYWHERE,
        ),
        keeps="job-kept",
        style='{"name": "Clay"}',
        placement=EVERYWHERE,
        expired=2,
        lost=1,
        attempt=2,
        failed_tries=1,
        due=77.0,
        entered=70.0,
        cancelling=True,
        files=(FileRef(token="file_secret", format="png"),),
        task_id="task-7",
        task_made=WALL + 2,
        by_file=(ImportModel(source_file=Path("/captures/chest.blend")), text()),
        sent=(SentFile("image", "front.png", "0123"),),
        progress=33,
        credits=12.5,
        links=("https://files.example/m.glb?Signature=secret",),
        clip_links=("https://files.example/clip.glb?Signature=secret",),
        preview_link="https://files.example/preview.png?Signature=secret",
        model=Path("/downloads/ünïcode/model.glb"),
        clips=(Path("/downloads/clip-1.glb"),),
        preview=Path("/downloads/preview.png"),
        pictures=(Path("/downloads/picture-1.png"),),
        facts=(("riggable", True), ("rig_type", "biped")),
        blend=Path("/downloads/model.blend"),
        root="Chest.001",
        failure=Failure.BAD_FILE,
        trouble=TROUBLE,
        note="said on the row",
        remark="made smaller",
        details_lost=True,
        elsewhere=True,
        candidates=(Candidate("task-8", WALL, "running"),),
    )
    return replace(job, **given)


def test_every_request_survives_a_round_trip(store: Store, other: Store, tmp_path: Path) -> None:
    wanted = {request.kind: request for request in requests_of_every_kind(tmp_path)}
    assert set(wanted) == {kind.value for kind in TaskKind}
    for kind, request in wanted.items():
        assert store.save(job_in(State.RUNNING, id=kind, request=request), WALL)
    found = {row.job.id: row.job.request for row in kept_by(other, WALL + LEASE_SECONDS + 1)}
    assert found == wanted


def test_sample_requests_set_every_field(tmp_path: Path) -> None:
    for request in requests_of_every_kind(tmp_path):
        left = {
            name
            for name, info in type(request).model_fields.items()
            if name != "kind" and getattr(request, name) == info.default
        }
        assert left == set()


def test_every_field_but_session_fields_survives_a_round_trip() -> None:
    job = full_job()
    untouched = {each.name for each in fields(Job) if getattr(job, each.name) == each.default}
    assert untouched == set()
    assert decode_job(encode_job(job)) == after_restart(job)


@pytest.mark.parametrize("state", list(State), ids=str)
def test_every_state_survives_a_round_trip(store: Store, other: Store, state: State) -> None:
    job = job_in(state)
    assert store.save(job, WALL)
    later = WALL + LEASE_SECONDS + 1
    found = [row.job for row in kept_by(other, later)] + list(other.finished(10))
    assert found == [after_restart(job)]


@pytest.mark.parametrize("failure", list(Failure), ids=str)
def test_every_failure_survives_with_its_reason(store: Store, failure: Failure) -> None:
    for number, kind in enumerate(Kind):
        trouble = replace(TROUBLE, kind=kind)
        job = job_in(State.FAILED, id=f"job-{number}", failure=failure, trouble=trouble)
        assert decode_job(encode_job(job)) == after_restart(job)
    assert store.save(job_in(State.FAILED, failure=failure, trouble=TROUBLE), WALL)
    assert store.finished(1)[0].trouble == TROUBLE


def test_missing_fields_of_an_older_version_get_defaults() -> None:
    bare = '{"id":"a","account":"b","title":"c","state":"running","request":'
    job = decode_job(bare + '{"kind":"text_to_model","model":"m","prompt":"p"}}')
    assert (job.state, job.placement.turn, job.price, job.trouble) == (
        State.RUNNING,
        -90.0,
        None,
        None,
    )


def test_extra_fields_of_a_newer_version_are_ignored() -> None:
    record = encode_job(job_in(State.RUNNING)).replace("{", '{"color":"red",', 1)
    assert decode_job(record) == after_restart(job_in(State.RUNNING))


@pytest.mark.parametrize(
    "record",
    ["", "null", "[]", "{}", '{"id": 1', encode_job(bare_job()).replace("pending", "polishing")],
)
def test_record_that_is_no_job_is_rejected(record: str) -> None:
    with pytest.raises(ValidationError):
        decode_job(record)


def test_links_and_tokens_are_never_on_disk(store: Store, path: Path) -> None:
    for state in State:
        job = full_job(id=f"job-{state.name}", state=state)
        assert store.save(job, WALL)
        store.about_to_pay(job, WALL)
        store.paid(job, "task-7", WALL)
    stored = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"task-7" in stored
    for secret in (b"secret", b"Signature", b"https://files.example"):
        assert secret not in stored


def test_timeline_lists_events_in_order(store: Store) -> None:
    job = bare_job()
    store.save(job, WALL)
    store.save(replace(job, state=State.SUBMITTING, revision=1), WALL + 1)
    store.about_to_pay(replace(job, state=State.SUBMITTING, revision=1), WALL + 2)
    store.not_paid(job.id, WALL + 3, "busy")
    store.about_to_pay(replace(job, state=State.SUBMITTING, revision=2), WALL + 4)
    store.paid(job, "task-1", WALL + 5)
    store.save(job_in(State.FAILED, revision=9, trouble=TROUBLE), WALL + 6)
    lines = store.timeline(job.id)
    assert [(line.at - WALL, line.entry, line.detail) for line in lines] == [
        (0, "pending", ""),
        (1, "submitting", ""),
        (2, "about to pay", ""),
        (3, "not accepted", "busy"),
        (4, "about to pay", ""),
        (5, "paid", "task-1"),
        (6, "failed", TROUBLE.sentence),
        (6, "made nothing", ""),
    ]
    assert store.timeline("nobody") == ()


def test_late_timeline_entry_is_sorted_into_place(store: Store) -> None:
    store.save(bare_job(), WALL + 2)
    store.not_paid("job-1", WALL + 1, "busy")
    assert entries(store, "job-1") == ["not accepted", "pending"]


def test_finished_jobs_are_the_newest_and_listed_oldest_first(store: Store) -> None:
    for number in range(6):
        store.save(job_in(State.DONE, id=f"job-{number}", created=WALL + number), WALL)
    store.save(job_in(State.RUNNING, id="under way", created=WALL + 9), WALL)
    assert [job.id for job in store.finished(3)] == ["job-3", "job-4", "job-5"]
    assert len(store.finished(100)) == 6


def test_removed_job_keeps_its_journal(store: Store) -> None:
    store.save(job_in(State.DONE), WALL)
    assert store.remove(job_in(State.DONE), WALL + 1)
    assert store.finished(10) == ()
    assert entries(store, "job-1") == ["done", "forgotten"]


def test_changed_row_is_not_removed_by_an_outdated_view(store: Store) -> None:
    seen = job_in(State.FAILED, revision=3)
    store.save(replace(seen, state=State.RUNNING, revision=4, task_id="task-1"), WALL)
    assert not store.remove(seen, WALL + 1)
    store.save(replace(seen, state=State.DONE, revision=5, task_id="task-1"), WALL + 2)
    assert not store.remove(seen, WALL + 3)
    assert [job.revision for job in store.finished(10)] == [5]


def test_receipt_restores_a_job_missing_from_the_list(store: Store, path: Path) -> None:
    job = job_in(State.SUBMITTING)
    assert store.about_to_pay(job, WALL) is SendDecision.GO
    path.unlink()
    store.paid(job, "task-1", WALL + 1)
    (row,) = kept_by(Store(path, "the next"), WALL + LEASE_SECONDS + 2)
    assert (row.job.id, row.paid) == ("job-1", "task-1")


def test_older_revision_never_replaces_a_newer_one(store: Store) -> None:
    assert store.save(job_in(State.DONE, revision=8), WALL)
    assert store.save(job_in(State.RUNNING, revision=7), WALL)
    assert [job.state for job in store.finished(10)] == [State.DONE]
    assert entries(store, "job-1") == ["done", "running"]


def test_same_revision_can_be_written_twice(store: Store) -> None:
    for _ in range(2):
        assert store.save(job_in(State.DONE, revision=8), WALL)
    assert len(store.finished(10)) == 1
