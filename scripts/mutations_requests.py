"""Faults of requests: sent twice, sent unasked, or not as they were shown."""

from __future__ import annotations

from typing import Final

from mutation import BLENDER_ROOM, JOBS_ROOM, LEASES, TRIES, Mutation

_API: Final = "tripo_addon/api"
_REPEATS: Final = ("tests/jobs/test_safe_repeats.py",)
_UNKNOWN: Final = (
    *("tests/jobs/test_outcome_unknown.py", "tests/jobs/test_faults.py"),
    *("tests/api/test_faults.py", "tests/api/test_documented_errors.py"),
)
_STYLES: Final = ("tests/api/test_styles.py",)

REQUESTS: Final = (
    # The request and its answer.
    Mutation(
        "an unforeseen exception while the request is out counts as not sent",
        f"{JOBS_ROOM}/work/steps.py",
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
        f"{JOBS_ROOM}/storage/store.py",
        "                self._write(db, job, wall)\n"
        "                put_entry(db, payments.entry_of(db, job, wall, payments.ANNOUNCED))\n"
        "            return decision",
        "                self._write(db, job, wall)\n            return decision",
        (*TRIES, "tests/jobs/test_store.py", "tests/jobs/test_crash.py"),
    ),
    Mutation(
        "no receipt is written",
        f"{JOBS_ROOM}/work/steps.py",
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
        f"{JOBS_ROOM}/work/steps.py",
        "        _journal(lambda: tools.store.not_paid(job.id, tools.clock.wall(), reason))\n",
        "        _log.info(reason)\n",
        ("tests/jobs/test_faults.py", "tests/jobs/test_paid_once.py", "tests/jobs/test_cancel.py"),
    ),
    Mutation(
        "a list that cannot be written does not stop the payment",
        f"{JOBS_ROOM}/work/steps.py",
        "        return Failed(Failure.STORE, Problem(kind=Kind.JOURNAL, detail=error.sentence))\n"
        "    again = decision is SendDecision.ANNOUNCED",
        "        decision = SendDecision.GO\n    again = decision is SendDecision.ANNOUNCED",
        ("tests/jobs/test_shared_list.py", "tests/jobs/test_faults.py"),
    ),
    Mutation(
        "a computer that slept sends all the same",
        f"{JOBS_ROOM}/work/steps.py",
        "    if abs(clock.wall() - wall) > _ASLEEP_SECONDS:",
        "    if abs(clock.wall() - wall) > 1e9:",
        (*TRIES, "tests/jobs/test_leases.py"),
    ),
    Mutation(
        "a lost answer is asked for again once its key is forgotten",
        f"{JOBS_ROOM}/work/steps.py",
        "tools.clock.wall() - at < dialect.service.repeat_seconds",
        "tools.clock.wall() - at < 1e9",
        _REPEATS,
    ),
    Mutation(
        "the refusal of a repeat counts for the first request as well",
        f"{JOBS_ROOM}/work/steps.py",
        "        if again:\n            raise _still_unknown(refused) from None\n",
        "",
        _REPEATS,
    ),
    # Who may pay.
    Mutation(
        "an announced request is sent again",
        f"{JOBS_ROOM}/storage/payments.py",
        "    if last_payment(db, job.id)[0] in {ANNOUNCED, PAID}:\n"
        "        return SendDecision.ANNOUNCED\n",
        "",
        (*TRIES, *LEASES),
    ),
    Mutation(
        "another try of the request is not looked at",
        f"{JOBS_ROOM}/storage/payments.py",
        "    if is_overtaken(db, job):\n        return SendDecision.OVERTAKEN\n",
        "",
        TRIES,
    ),
    Mutation(
        "only tries that stand on the list count",
        f"{JOBS_ROOM}/storage/payments.py",
        " UNION SELECT job FROM journal WHERE original_id = ?",
        " UNION SELECT job FROM journal WHERE original_id = ? AND 0",
        TRIES,
    ),
    Mutation(
        "a job that another Blender holds is paid for here",
        f"{JOBS_ROOM}/storage/payments.py",
        "        return SendDecision.ELSEWHERE",
        "        return SendDecision.GO",
        (*TRIES, *LEASES),
    ),
    Mutation(
        "a retry forgets its original",
        f"{JOBS_ROOM}/model/recovery.py",
        "        original_id=job.original_id",
        '        original_id=""',
        TRIES,
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
    # What sends requests for others.
    Mutation(
        "a command that is run again after a crash pays again",
        f"{BLENDER_ROOM}/command_line/unfinished.py",
        "        steps = () if _mark(key).exists() else _steps(key)\n",
        "        steps = None\n",
        ("tests/blender/test_command_line.py",),
    ),
    Mutation(
        "edits of views that another account made are paid for",
        f"{BLENDER_ROOM}/requests/picture_requests.py",
        "if form.kind is not TaskKind.EDIT_VIEWS or",
        "if form.kind is TaskKind.EDIT_VIEWS or",
        ("tests/blender/test_picture_tools.py",),
    ),
)
