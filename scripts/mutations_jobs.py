"""Faults of the job list: leases, what a new session takes up, and the file on disk."""

from __future__ import annotations

from typing import Final

from mutation import BLENDER_ROOM, JOBS_ROOM, LEASES, TRIES, Mutation

_RECOVERY: Final = ("tests/jobs/test_recovery.py", "tests/jobs/test_crash.py")
_LIST: Final = ("tests/jobs/test_store_files.py", "tests/jobs/test_store_one_byte.py")

JOBS: Final = (
    # Leases.
    Mutation(
        "a lease that is in force is taken",
        f"{JOBS_ROOM}/storage/claims.py",
        "wall <= until <= wall + 2 * LEASE_SECONDS\n",
        "False\n",
        LEASES,
    ),
    Mutation(
        "a clock that is set back holds jobs for years",
        f"{JOBS_ROOM}/storage/claims.py",
        "wall <= until <= wall + 2 * LEASE_SECONDS\n",
        "wall <= until\n",
        ("tests/jobs/test_store_damage.py", *LEASES),
    ),
    Mutation(
        "an older revision replaces a newer one",
        f"{JOBS_ROOM}/storage/store.py",
        "            if revision > job.revision:\n                return True\n",
        "",
        ("tests/jobs/test_store.py", "tests/jobs/test_shared_list.py"),
    ),
    Mutation(
        "a row is written over another Blender's",
        f"{JOBS_ROOM}/storage/store.py",
        '            if owner not in {self._owner, ""}:\n                return False\n',
        "",
        (*LEASES, "tests/jobs/test_two_blenders.py"),
    ),
    Mutation(
        "a draft is paid for before all of them are on disk",
        f"{JOBS_ROOM}/engine/dispatcher.py",
        "        if self._changes.is_new(job):\n            return None\n",
        "",
        ("tests/jobs/test_drafts.py",),
    ),
    Mutation(
        "a candidate that is imported again can be kept and paid for again",
        f"{BLENDER_ROOM}/requests/drafts.py",
        "if each.keeps in {job.id, job.first_try}]",
        "if each.keeps == job.id]",
        ("tests/blender/test_candidates.py",),
    ),
    Mutation(
        "a candidate whose model may have been paid for can be kept again",
        f"{BLENDER_ROOM}/requests/drafts.py",
        " and job.failure is not Failure.OUTCOME_UNKNOWN",
        "",
        ("tests/blender/test_candidates.py",),
    ),
    Mutation(
        "the texture of a kept candidate has another seed than the form said",
        f"{JOBS_ROOM}/model/keeping.py",
        '_CARRIED: Final = _SURFACE | {"compress"}',
        '_CARRIED: Final = (_SURFACE | {"compress"}) - {"texture_seed"}',
        ("tests/blender/test_kept_styles.py",),
    ),
    # What a new session takes up.
    Mutation(
        "an announced job of another session is taken for unsent",
        f"{JOBS_ROOM}/model/recovery.py",
        "    if job.state is State.SUBMITTING and (paid is not None or announced):",
        "    if job.state is State.SUBMITTING and (paid is not None or (announced and goes_on)):",
        _RECOVERY,
    ),
    Mutation(
        "a receipt of another session is passed over",
        f"{JOBS_ROOM}/model/recovery.py",
        "    if paid is not None:\n        return machine.accepted(job, paid, now)",
        "    if paid is None:\n        return machine.accepted(job, str(paid), now)",
        _RECOVERY,
    ),
    Mutation(
        "what was not sent is sent by a new session",
        f"{JOBS_ROOM}/model/recovery.py",
        "    if job.state in _UNSENT and not goes_on",
        "    if job.state in _UNSENT and goes_on",
        _RECOVERY,
    ),
    Mutation(
        "a late receipt does not save a job that was given up",
        f"{JOBS_ROOM}/model/recovery.py",
        "    if paid is not None and job.failure is Failure.OUTCOME_UNKNOWN:",
        "    if paid is not None and job.failure is Failure.STORE:",
        (*TRIES, *LEASES),
    ),
    Mutation(
        "a service that is asked too often is asked at once",
        f"{JOBS_ROOM}/model/timing.py",
        "max(wait, min(retry_after, _ASKED_MOST) + jitter)",
        "retry_after",
        ("tests/jobs/test_timing.py",),
    ),
    # The list.
    Mutation(
        "a commit does not wait for the disk",
        f"{JOBS_ROOM}/storage/store.py",
        "PRAGMA synchronous = FULL",
        "PRAGMA synchronous = OFF",
        _LIST,
    ),
    Mutation(
        "a row that is not as written is taken as it is",
        f"{JOBS_ROOM}/storage/table_rows.py",
        '        return row["sum"] == _sum(tuple(row.get(name) for name in names))',
        "        return True",
        _LIST,
    ),
    Mutation(
        "a receipt without its job is passed over",
        f"{JOBS_ROOM}/storage/repair.py",
        "    lost = [row for row in _lost(journal, content) if row.job.id not in found]",
        "    lost: list[Row] = []",
        _LIST,
    ),
    Mutation(
        "what a damaged list has as unsent is taken for unsent",
        f"{JOBS_ROOM}/storage/repair.py",
        "        doubtful = {key for key, row in found.items() if row.job.state in _UNSENT}",
        "        doubtful: set[str] = set()",
        (*_LIST, "tests/jobs/test_store_damage.py"),
    ),
    Mutation(
        "a text that is no text puts the list out of order",
        f"{JOBS_ROOM}/storage/store.py",
        "                db.text_factory = table_rows.text\n",
        "",
        _LIST,
    ),
    Mutation(
        "no daily copy is made",
        f"{JOBS_ROOM}/storage/store.py",
        "        if wall is not None:\n            self.copy_daily(wall)\n",
        "",
        _LIST,
    ),
)
