"""Which Blender owns a job and may pay: several Blenders with one list, some in real processes."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.jobs.bench import WALL, after_restart, entries, job_in, kept_by
from tripo_addon.jobs.model.job import State
from tripo_addon.jobs.model.recovery import recover
from tripo_addon.jobs.storage.claims import LEASE_SECONDS, ClaimedJob
from tripo_addon.jobs.storage.payments import SendDecision
from tripo_addon.jobs.storage.store import Store

DAY = 86_400.0
ROOT = Path(__file__).resolve().parents[2]


def test_payment_is_announced_once(store: Store) -> None:
    job = job_in(State.SUBMITTING)
    assert store.about_to_pay(job, WALL) is SendDecision.GO
    assert store.about_to_pay(job, WALL + 1) is not SendDecision.GO
    assert store.about_to_pay(replace(job, revision=50), WALL + 1) is not SendDecision.GO
    assert entries(store, "job-1") == ["about to pay"]


def test_paid_request_is_never_paid_again(store: Store) -> None:
    job = job_in(State.SUBMITTING)
    store.about_to_pay(job, WALL)
    store.paid(job, "task-1", WALL)
    assert store.about_to_pay(job, WALL + 1) is not SendDecision.GO


def test_request_that_was_not_accepted_may_be_paid_later(store: Store) -> None:
    job = job_in(State.SUBMITTING)
    for number in range(3):
        assert store.about_to_pay(job, WALL + number) is SendDecision.GO
        store.not_paid(job.id, WALL + number, "busy")


def test_job_held_by_another_blender_is_not_paid(store: Store, other: Store) -> None:
    job = job_in(State.SUBMITTING)
    store.save(job, WALL)
    assert other.about_to_pay(job, WALL + LEASE_SECONDS - 1) is not SendDecision.GO
    assert entries(store, "job-1") == ["submitting"]


def test_expired_lease_allows_payment_if_nobody_claimed_the_job(store: Store) -> None:
    job = job_in(State.SUBMITTING)
    store.save(job, WALL)
    assert store.about_to_pay(job, WALL + 10 * LEASE_SECONDS) is SendDecision.GO


def test_blender_that_slept_does_not_pay_a_job_ended_by_another(store: Store, other: Store) -> None:
    job = job_in(State.SUBMITTING)
    store.save(job, WALL)
    later = WALL + LEASE_SECONDS + 1
    (row,) = kept_by(other, later)
    other.save(replace(row.job, state=State.FAILED, revision=job.revision + 1), later)
    other.release()
    assert store.about_to_pay(job, later + 10 * LEASE_SECONDS) is not SendDecision.GO
    assert "about to pay" not in entries(store, "job-1")


def test_announcing_payment_saves_an_unsaved_job(store: Store, other: Store) -> None:
    job = job_in(State.SUBMITTING)
    assert store.about_to_pay(job, WALL) is SendDecision.GO
    (row,) = kept_by(other, WALL + LEASE_SECONDS + 1)
    assert row == ClaimedJob(after_restart(job), paid=None, announced=True)


@pytest.mark.parametrize(
    ("written", "paid", "announced"),
    [
        ((), None, False),
        (("ask",), None, True),
        (("ask", "pay"), "task-1", False),
        (("ask", "refuse"), None, False),
        (("ask", "refuse", "ask"), None, True),
        (("ask", "refuse", "ask", "pay"), "task-1", False),
    ],
    ids=str,
)
def test_last_journal_entry_about_a_payment_counts(
    store: Store, other: Store, written: tuple[str, ...], paid: str | None, *, announced: bool
) -> None:
    job = job_in(State.SUBMITTING)
    store.save(job, WALL)
    for word in written:
        if word == "ask":
            assert store.about_to_pay(job, WALL) is SendDecision.GO
        elif word == "pay":
            store.paid(job, "task-1", WALL)
        else:
            store.not_paid(job.id, WALL, "busy")
    (row,) = kept_by(other, WALL + LEASE_SECONDS + 1)
    assert (row.paid, row.announced) == (paid, announced)


def test_only_one_blender_holds_a_job(store: Store, other: Store) -> None:
    store.save(job_in(State.RUNNING), WALL)
    claim = other.claim(WALL + LEASE_SECONDS - 1)
    assert (claim.kept, claim.held_elsewhere) == ((), 1)
    assert not other.save(job_in(State.DONE, revision=99), WALL + LEASE_SECONDS - 1)
    assert store.finished(10) == ()


def test_lease_that_is_not_renewed_expires(store: Store, other: Store) -> None:
    store.save(job_in(State.RUNNING), WALL)
    later = WALL + LEASE_SECONDS + 1
    claim = other.claim(later)
    assert ([row.job.id for row in claim.kept], claim.held_elsewhere) == (["job-1"], 0)
    assert not store.save(job_in(State.DONE, revision=99), later + 1)


def test_renewed_lease_does_not_expire(store: Store, other: Store) -> None:
    store.save(job_in(State.RUNNING), WALL)
    store.renew(WALL + LEASE_SECONDS)
    assert other.claim(WALL + LEASE_SECONDS + 1).kept == ()
    assert len(kept_by(other, WALL + 2 * LEASE_SECONDS + 1)) == 1


def test_lease_of_another_blender_is_not_renewed(store: Store, other: Store) -> None:
    store.save(job_in(State.RUNNING), WALL)
    other.renew(WALL + 100 * LEASE_SECONDS)
    assert len(kept_by(other, WALL + LEASE_SECONDS + 1)) == 1


def test_released_job_is_free_at_once(store: Store, other: Store) -> None:
    store.save(job_in(State.RUNNING), WALL)
    store.release()
    assert len(kept_by(other, WALL)) == 1


def test_lease_of_another_blender_is_not_released(store: Store, other: Store) -> None:
    store.save(job_in(State.RUNNING), WALL)
    other.release()
    assert other.claim(WALL + 1).held_elsewhere == 1


def test_blender_does_not_claim_its_own_jobs_again(store: Store) -> None:
    store.save(job_in(State.RUNNING), WALL)
    claim = store.claim(WALL + 10 * LEASE_SECONDS)
    assert (claim.kept, claim.held_elsewhere) == ((), 0)


def test_jobs_are_claimed_oldest_first_and_finished_ones_never(store: Store, other: Store) -> None:
    for number, state in enumerate([State.RUNNING, State.DONE, State.PENDING, State.FAILED]):
        store.save(job_in(state, id=f"job-{number}", created=WALL - number), WALL)
    found = kept_by(other, WALL + LEASE_SECONDS + 1)
    assert [row.job.id for row in found] == ["job-2", "job-0"]


@pytest.mark.slow
def test_two_blenders_can_prepare_the_list_at_once(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from tripo_addon.jobs.storage.store import Store;"
        "sys.stdin.readline();"
        "[Store(Path(sys.argv[1]) / f'{n}.sqlite3', sys.argv[2]).prepare() for n in range(20)]"
    )
    both = [_python(script, str(tmp_path), owner) for owner in ("one", "another")]
    _let_run(both)
    assert [_ended(process) for process in both] == [(0, ""), (0, "")]
    for number in range(20):
        assert Store(tmp_path / f"{number}.sqlite3", "third").finished(1) == ()


@pytest.mark.slow
def test_two_blenders_writing_at_once_lose_nothing(path: Path, store: Store) -> None:
    script = """
import sys
from pathlib import Path
from tests.jobs.bench import WALL, entries, job_in, kept_by, after_restart
from tripo_addon.jobs.model.job import Failure, Job, State
from tripo_addon.jobs.model.recovery import recover
from tripo_addon.jobs.storage.store import Store
path, owner = Path(sys.argv[1]), sys.argv[2]
from tripo_addon.jobs.storage.payments import SendDecision
store = Store(path, owner)
sys.stdin.readline()
for number in range(20):
    job = job_in(State.SUBMITTING, id=f"{owner}-{number}")
    assert store.save(job, 1_700_000_000.0)
    assert store.about_to_pay(job, 1_700_000_000.0) is SendDecision.GO
    store.paid(job, f"task-of-{job.id}", 1_700_000_000.0)
    store.renew(1_700_000_000.0)
"""
    both = [_python(script, str(path), owner) for owner in ("left", "right")]
    _let_run(both)
    assert [_ended(process) for process in both] == [(0, ""), (0, "")]
    found = kept_by(store, WALL + LEASE_SECONDS + 1)
    assert {row.job.id: row.paid for row in found} == {
        f"{owner}-{number}": f"task-of-{owner}-{number}"
        for owner in ("left", "right")
        for number in range(20)
    }
    for row in found:
        assert entries(store, row.job.id) == ["submitting", "about to pay", "paid"]


@pytest.mark.slow
def test_only_one_of_two_blenders_pays(path: Path, store: Store) -> None:
    for number in range(20):
        store.save(job_in(State.SUBMITTING, id=f"job-{number}"), WALL)
    store.release()
    script = """
import sys
from pathlib import Path
from tests.jobs.bench import WALL, entries, job_in, kept_by, after_restart
from tripo_addon.jobs.model.job import Failure, Job, State
from tripo_addon.jobs.model.recovery import recover
from tripo_addon.jobs.storage.payments import SendDecision
from tripo_addon.jobs.storage.store import Store
store = Store(Path(sys.argv[1]), sys.argv[2])
sys.stdin.readline()
store.claim(1_700_000_000.0)
for number in range(20):
    job = job_in(State.SUBMITTING, id=f"job-{number}")
    if store.about_to_pay(job, 1_700_000_000.0) is SendDecision.GO:
        print(number, flush=True)
"""
    both = [_python(script, str(path), owner) for owner in ("left", "right")]
    _let_run(both)
    results = [_ended(process) for process in both]
    assert [code for code, _ in results] == [0, 0]
    allowed = [int(line) for _, output in results for line in output.splitlines()]
    assert sorted(allowed) == list(range(20))


@pytest.mark.slow
def test_only_one_of_two_blenders_claims_a_job(path: Path, store: Store) -> None:
    for number in range(40):
        store.save(job_in(State.RUNNING, id=f"job-{number}"), 0.0)
    script = """
import sys
from pathlib import Path
from tripo_addon.jobs.storage.payments import SendDecision
from tripo_addon.jobs.storage.store import Store
store = Store(Path(sys.argv[1]), sys.argv[2])
sys.stdin.readline()
for row in store.claim(1_700_000_000.0).kept:
    print(row.job.id, flush=True)
"""
    both = [_python(script, str(path), owner) for owner in ("left", "right")]
    _let_run(both)
    results = [_ended(process) for process in both]
    assert [code for code, _ in results] == [0, 0]
    taken = [line for _, output in results for line in output.splitlines()]
    assert sorted(taken) == sorted(f"job-{number}" for number in range(40))


def _python(script: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a process that has imported everything and waits for a line."""
    ready = script.replace(
        "sys.stdin.readline()", "print('ready', flush=True); sys.stdin.readline()"
    )
    return subprocess.Popen(
        (sys.executable, "-c", ready, *arguments),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _let_run(processes: list[subprocess.Popen[str]]) -> None:
    """Let all processes continue at once, when all are ready."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


def _ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    output, _ = process.communicate(timeout=60)
    return process.returncode, output


def test_writing_does_not_regain_an_expired_lease(path: Path, store: Store) -> None:
    job = job_in(State.RUNNING)
    store.save(job, WALL)
    other = Store(path, "another Blender")
    late = WALL + 2 * LEASE_SECONDS
    assert [row.job.id for row in other.claim(late).kept] == [job.id]
    other.release()
    assert not store.save(replace(job, revision=99), late + 10 * LEASE_SECONDS)
    assert store.renew(late, [job.id, "unknown"]) == {job.id}


def test_job_claimed_by_another_is_not_taken_back_while_it_may_be_sent(
    path: Path, store: Store
) -> None:
    job = job_in(State.SUBMITTING)
    store.save(job, WALL)
    other = Store(path, "another Blender, a day ahead")
    assert [row.job.id for row in other.claim(WALL + 86_400.0).kept] == [job.id]
    other.release()
    assert store.claim(WALL + 1, known=(job.id,)).kept == ()
    assert store.about_to_pay(job, WALL + 1) is SendDecision.ELSEWHERE
    assert [row.job.id for row in store.claim(WALL + 2).kept] == [job.id]
    assert store.about_to_pay(job, WALL + 2, stop=lambda: True) is SendDecision.MOVED_ON
    assert store.announced(job.id) is None


def test_late_receipt_brings_the_job_back(path: Path, store: Store) -> None:
    submitting = job_in(State.SUBMITTING)
    assert store.about_to_pay(submitting, WALL) is SendDecision.GO
    lost = recover(submitting, paid=None, announced=True, now=0.0)
    assert store.save(lost, WALL + 1)
    store.paid(lost, "task-7", WALL + 2)
    (row,) = Store(path, "the next session").claim(WALL + 2 * LEASE_SECONDS).kept
    assert row.paid == "task-7"
    assert recover(row.job, paid=row.paid, announced=row.announced, now=0.0).state is State.RUNNING


def test_retry_is_not_paid_after_a_late_receipt_of_the_first_try(store: Store) -> None:
    submitting = job_in(State.SUBMITTING)
    assert store.about_to_pay(submitting, WALL) is SendDecision.GO
    store.save(recover(submitting, paid=None, announced=True, now=0.0), WALL + 1)
    second = job_in(State.SUBMITTING, id="job-2", replaces=submitting.id)
    store.paid(submitting, "task-7", WALL + 2)
    assert store.about_to_pay(second, WALL + 3) is not SendDecision.GO
    assert [row.paid for row in store.claim(WALL + 4).kept] == ["task-7"]


def test_renamed_blend_does_not_block_a_payment(store: Store) -> None:
    job = job_in(State.SUBMITTING)
    store.save(replace(job, revision=job.revision + 1), WALL)
    assert store.about_to_pay(job, WALL + 1) is SendDecision.GO


def test_job_canceled_meanwhile_is_not_paid(store: Store) -> None:
    job = job_in(State.SUBMITTING)
    store.save(replace(job, state=State.CANCELLED, revision=job.revision + 1), WALL)
    assert store.about_to_pay(job, WALL + 1) is SendDecision.MOVED_ON


@pytest.mark.parametrize("jump", [-DAY, DAY])
def test_job_with_paid_request_out_is_not_claimed_while_lease_renews(
    store: Store, other: Store, jump: float
) -> None:
    assert store.about_to_pay(job_in(State.SUBMITTING), WALL) is SendDecision.GO
    for second in range(0, 100, 10):
        store.renew(WALL + second)
        claim = other.claim(WALL + jump + second, now=second)
        assert (claim.kept, claim.held_elsewhere) == ((), 1)
    # From here on nobody renews the lease.
    taken = [len(other.claim(WALL + jump + now, now=now).kept) for now in range(100, 140, 10)]
    assert taken == [0, 0, 1, 0]


def test_released_job_with_paid_request_out_is_claimed_at_once(store: Store, other: Store) -> None:
    assert store.about_to_pay(job_in(State.SUBMITTING), WALL) is SendDecision.GO
    store.release()
    assert [row.announced for row in other.claim(WALL, now=0.0).kept] == [True]
