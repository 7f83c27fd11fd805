"""Faults that would pay twice, lose what is paid, leak a key or import a broken file.

Each replaces a text that is in its file exactly once; `tests` are those that must notice it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Mutation:
    """One fault: the file, the text, its replacement, and the tests to run."""

    name: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]


_JOBS: Final = "tripo_addon/jobs"
_API: Final = "tripo_addon/api"
_BLENDER: Final = "tripo_addon/blender"
_TRIES: Final = ("tests/jobs/test_request_tries.py", "tests/jobs/test_paid_once.py")
_REPEATS: Final = ("tests/jobs/test_safe_repeats.py",)
_UNKNOWN: Final = (
    *("tests/jobs/test_outcome_unknown.py", "tests/jobs/test_faults.py"),
    "tests/api/test_faults.py",
)
_LEASES: Final = ("tests/jobs/test_leases.py", "tests/jobs/test_lease_transfer.py")
_RECOVERY: Final = ("tests/jobs/test_recovery.py", "tests/jobs/test_crash.py")
_FILES: Final = ("tests/api/test_downloads.py", "tests/api/test_resumed_downloads.py")
_STYLES: Final = ("tests/api/test_styles.py",)
_LIST: Final = ("tests/jobs/test_store_files.py", "tests/jobs/test_store_one_byte.py")

MUTATIONS: Final = (
    # The request and its answer.
    Mutation(
        "an unforeseen exception while the request is out counts as not sent",
        f"{_JOBS}/work/steps.py",
        "        raise OutcomeUnknown(trouble) from error",
        "        raise Transient(trouble) from error",
        _UNKNOWN,
    ),
    Mutation(
        "any exception of the connection counts as not accepted",
        f"{_API}/services/calls.py",
        "            raise OutcomeUnknown(_unknown(error, trace_id)) from None",
        "            raise Transient(_unknown(error, trace_id)) from None",
        _UNKNOWN,
    ),
    Mutation(
        "a service that broke down counts as not having accepted",
        f"{_API}/services/verdicts.py",
        "    answered = 400 <= status < 500 and",
        "    answered = 400 <= status and",
        (*_UNKNOWN, "tests/api/test_verdicts.py"),
    ),
    Mutation(
        "an unsure refusal counts as a sure one",
        f"{_API}/services/verdicts.py",
        "_NOBODY_KNOWS: Final = frozenset({408, 425, 499})",
        "_NOBODY_KNOWS: Final = frozenset[int]()",
        (*_UNKNOWN, "tests/api/test_verdicts.py"),
    ),
    Mutation(
        "a paid request uses a pooled connection",
        f"{_API}/services/calls.py",
        "                fresh=True,\n",
        "                fresh=False,\n",
        ("tests/api/test_paid_connection.py",),
    ),
    Mutation(
        "the request leaves without a word in the journal",
        f"{_JOBS}/storage/store.py",
        "                self._write(db, job, wall)\n"
        "                put_entry(db, payments.entry_of(db, job, wall, payments.ANNOUNCED))\n"
        "            return decision",
        "                self._write(db, job, wall)\n            return decision",
        (*_TRIES, "tests/jobs/test_store.py", "tests/jobs/test_crash.py"),
    ),
    Mutation(
        "no receipt is written",
        f"{_JOBS}/work/steps.py",
        "    _journal(lambda: store.paid(job, task_id, accepted))\n",
        "",
        (
            "tests/jobs/test_store.py",
            "tests/jobs/test_crash.py",
            "tests/jobs/test_lease_transfer.py",
        ),
    ),
    Mutation(
        "a refused request stays announced",
        f"{_JOBS}/work/steps.py",
        "        _journal(lambda: tools.store.not_paid(job.id, tools.clock.wall(), reason))\n",
        "        _log.info(reason)\n",
        ("tests/jobs/test_faults.py", "tests/jobs/test_paid_once.py", "tests/jobs/test_cancel.py"),
    ),
    Mutation(
        "a list that cannot be written does not stop the payment",
        f"{_JOBS}/work/steps.py",
        "        return Failed(Failure.STORE, Problem(kind=Kind.JOURNAL, detail=error.sentence))\n"
        "    again = decision is SendDecision.ANNOUNCED",
        "        decision = SendDecision.GO\n    again = decision is SendDecision.ANNOUNCED",
        ("tests/jobs/test_shared_list.py", "tests/jobs/test_faults.py"),
    ),
    Mutation(
        "a computer that slept sends all the same",
        f"{_JOBS}/work/steps.py",
        "    if abs(clock.wall() - wall) > _ASLEEP_SECONDS:",
        "    if abs(clock.wall() - wall) > 1e9:",
        (*_TRIES, "tests/jobs/test_leases.py"),
    ),
    Mutation(
        "a lost answer is asked for again once its key is forgotten",
        f"{_JOBS}/work/steps.py",
        "tools.clock.wall() - at < dialect.service.repeat_seconds",
        "tools.clock.wall() - at < 1e9",
        _REPEATS,
    ),
    Mutation(
        "the refusal of a repeat counts for the first request as well",
        f"{_JOBS}/work/steps.py",
        "        if again:\n            raise _still_unknown(refused) from None\n",
        "",
        _REPEATS,
    ),
    # Who may pay.
    Mutation(
        "an announced request is sent again",
        f"{_JOBS}/storage/payments.py",
        "    if last_payment(db, job.id)[0] in {ANNOUNCED, PAID}:\n"
        "        return SendDecision.ANNOUNCED\n",
        "",
        (*_TRIES, *_LEASES),
    ),
    Mutation(
        "another try of the request is not looked at",
        f"{_JOBS}/storage/payments.py",
        "    if is_overtaken(db, job):\n        return SendDecision.OVERTAKEN\n",
        "",
        _TRIES,
    ),
    Mutation(
        "only tries that stand on the list count",
        f"{_JOBS}/storage/payments.py",
        " UNION SELECT job FROM journal WHERE original_id = ?",
        " UNION SELECT job FROM journal WHERE original_id = ? AND 0",
        _TRIES,
    ),
    Mutation(
        "a job that another Blender holds is paid for here",
        f"{_JOBS}/storage/payments.py",
        "        return SendDecision.ELSEWHERE",
        "        return SendDecision.GO",
        (*_TRIES, *_LEASES),
    ),
    Mutation(
        "a retry forgets its original",
        f"{_JOBS}/model/recovery.py",
        "        original_id=job.original_id",
        '        original_id=""',
        _TRIES,
    ),
    # Leases.
    Mutation(
        "a lease that is in force is taken",
        f"{_JOBS}/storage/claims.py",
        "wall <= until <= wall + 2 * LEASE_SECONDS\n",
        "False\n",
        _LEASES,
    ),
    Mutation(
        "a clock that is set back holds jobs for years",
        f"{_JOBS}/storage/claims.py",
        "wall <= until <= wall + 2 * LEASE_SECONDS\n",
        "wall <= until\n",
        ("tests/jobs/test_store_damage.py", *_LEASES),
    ),
    Mutation(
        "an older revision replaces a newer one",
        f"{_JOBS}/storage/store.py",
        "            if revision > job.revision:\n                return True\n",
        "",
        ("tests/jobs/test_store.py", "tests/jobs/test_shared_list.py"),
    ),
    Mutation(
        "a row is written over another Blender's",
        f"{_JOBS}/storage/store.py",
        '            if owner not in {self._owner, ""}:\n                return False\n',
        "",
        (*_LEASES, "tests/jobs/test_two_blenders.py"),
    ),
    Mutation(
        "a draft is paid for before all of them are on disk",
        f"{_JOBS}/engine/dispatcher.py",
        "        if self._changes.is_new(job):\n            return None\n",
        "",
        ("tests/jobs/test_drafts.py",),
    ),
    Mutation(
        "a candidate that is imported again can be kept and paid for again",
        f"{_BLENDER}/requests/drafts.py",
        "if each.keeps in {job.id, job.first_try}]",
        "if each.keeps == job.id]",
        ("tests/blender/test_candidates.py",),
    ),
    Mutation(
        "a candidate whose model may have been paid for can be kept again",
        f"{_BLENDER}/requests/drafts.py",
        " and job.failure is not Failure.OUTCOME_UNKNOWN",
        "",
        ("tests/blender/test_candidates.py",),
    ),
    Mutation(
        "the texture of a kept candidate has another seed than the form said",
        f"{_JOBS}/model/keeping.py",
        '_CARRIED: Final = _SURFACE | {"compress"}',
        '_CARRIED: Final = (_SURFACE | {"compress"}) - {"texture_seed"}',
        ("tests/blender/test_kept_styles.py",),
    ),
    # What a style adds to a request.
    Mutation(
        "the negative words of a style are sent twice",
        f"{_API}/styles.py",
        "negative = messages.after(own, words)",
        "negative = messages.after(messages.after(own, words), words)",
        _STYLES,
    ),
    Mutation(
        "the seed of a style is ignored",
        f"{_API}/styles.py",
        "        return self.seed_number if self.seed == FIXED else None",
        "        return None",
        _STYLES,
    ),
    Mutation(
        "a style replaces what the form says",
        f"{_API}/styles.py",
        "        if not value or is_given(self.values.get(name)):\n            return\n",
        "        if not value:\n            return\n",
        _STYLES,
    ),
    Mutation(
        "a style is sent against a rule between fields",
        f"{_API}/styles.py",
        "self._refused(name, value) or self._against_rules(name, value)",
        "self._refused(name, value)",
        _STYLES,
    ),
    # Requests for images.
    Mutation(
        "more reference images than a model takes are sent",
        f"{_API}/rules.py",
        "        return isinstance(value, Sized) and len(value) in window",
        "        return isinstance(value, Sized)",
        ("tests/blender/test_reference_images.py", "tests/api/test_rules.py"),
    ),
    Mutation(
        "a turned reference image turns another one",
        f"{_API}/tasks.py",
        "self.turn(numbered(name, number))",
        "self.turn(name)",
        ("tests/blender/test_reference_images.py",),
    ),
    # What a new session takes up.
    Mutation(
        "an announced job of another session is taken for unsent",
        f"{_JOBS}/model/recovery.py",
        "    if job.state is State.SUBMITTING and (paid is not None or announced):",
        "    if job.state is State.SUBMITTING and (paid is not None or (announced and goes_on)):",
        _RECOVERY,
    ),
    Mutation(
        "a receipt of another session is passed over",
        f"{_JOBS}/model/recovery.py",
        "    if paid is not None:\n        return machine.accepted(job, paid, now)",
        "    if paid is None:\n        return machine.accepted(job, str(paid), now)",
        _RECOVERY,
    ),
    Mutation(
        "what was not sent is sent by a new session",
        f"{_JOBS}/model/recovery.py",
        "    if job.state in _UNSENT and not goes_on",
        "    if job.state in _UNSENT and goes_on",
        _RECOVERY,
    ),
    Mutation(
        "a late receipt does not save a job that was given up",
        f"{_JOBS}/model/recovery.py",
        "    if paid is not None and job.failure is Failure.OUTCOME_UNKNOWN:",
        "    if paid is not None and job.failure is Failure.STORE:",
        (*_TRIES, *_LEASES),
    ),
    Mutation(
        "a service that is asked too often is asked at once",
        f"{_JOBS}/model/timing.py",
        "max(wait, min(retry_after, _ASKED_MOST) + jitter)",
        "retry_after",
        ("tests/jobs/test_timing.py",),
    ),
    # The list.
    Mutation(
        "a commit does not wait for the disk",
        f"{_JOBS}/storage/store.py",
        "PRAGMA synchronous = FULL",
        "PRAGMA synchronous = OFF",
        _LIST,
    ),
    Mutation(
        "a row that is not as written is taken as it is",
        f"{_JOBS}/storage/table_rows.py",
        '        return row["sum"] == _sum(tuple(row.get(name) for name in names))',
        "        return True",
        _LIST,
    ),
    Mutation(
        "a receipt without its job is passed over",
        f"{_JOBS}/storage/repair.py",
        "    lost = [row for row in _lost(journal, content) if row.job.id not in found]",
        "    lost: list[Row] = []",
        _LIST,
    ),
    Mutation(
        "what a damaged list has as unsent is taken for unsent",
        f"{_JOBS}/storage/repair.py",
        "        doubtful = {key for key, row in found.items() if row.job.state in _UNSENT}",
        "        doubtful: set[str] = set()",
        (*_LIST, "tests/jobs/test_store_damage.py"),
    ),
    Mutation(
        "a text that is no text puts the list out of order",
        f"{_JOBS}/storage/store.py",
        "                db.text_factory = table_rows.text\n",
        "",
        _LIST,
    ),
    Mutation(
        "no daily copy is made",
        f"{_JOBS}/storage/store.py",
        "        if wall is not None:\n            self.copy_daily(wall)\n",
        "",
        _LIST,
    ),
    # Downloads.
    Mutation(
        "a download gets its name before it is on the disk",
        f"{_API}/http/downloads.py",
        "        os.fsync(file.fileno())",
        "        file.fileno()",
        _FILES,
    ),
    Mutation(
        "the rest of another file is appended",
        f"{_API}/http/downloads.py",
        " or not known.agrees(response, _total(response, 0))",
        "",
        _FILES,
    ),
    Mutation(
        "a file that ends early is taken for whole",
        f"{_API}/http/downloads.py",
        "    if total is not None and done != total:\n        raise _broken_off()\n",
        "",
        _FILES,
    ),
    # What sends requests for others.
    Mutation(
        "a command that is run again after a crash pays again",
        f"{_BLENDER}/command_line/unfinished.py",
        "        steps = () if _mark(key).exists() else _steps(key)\n",
        "        steps = None\n",
        ("tests/blender/test_command_line.py",),
    ),
    Mutation(
        "edits of views that another account made are paid for",
        f"{_BLENDER}/requests/picture_requests.py",
        "if form.kind is not TaskKind.EDIT_VIEWS or",
        "if form.kind is TaskKind.EDIT_VIEWS or",
        ("tests/blender/test_picture_tools.py",),
    ),
    # Keys and addresses.
    Mutation(
        "an address without TLS is taken",
        f"{_API}/http/addresses.py",
        'parts.scheme == "https"',
        'parts.scheme in {"http", "https"}',
        ("tests/api/test_addresses.py",),
    ),
    Mutation(
        "what a service says is kept with the key in it",
        f"{_API}/http/transport.py",
        "            body = self._auth.received(json.loads(content))",
        "            body = json.loads(content)",
        ("tests/api/test_quoted_keys.py",),
    ),
    Mutation(
        "an answer is unpacked without a bound",
        f"{_API}/http/transport.py",
        "whole(response, ANSWER_BYTES, watch)",
        "response.content",
        ("tests/api/test_bounds.py",),
    ),
)
