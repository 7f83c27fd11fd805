"""Compares what soak_money.py requested with the service's ledger, the job list and the disk."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from typing import Final

import soak_candidates
import soak_results
from soak import Service
from soak_lives import LIST
from soak_money_plans import PAY, Plan
from soak_results import Results
from tests.standin.filler import FillerGlb

MODEL_BYTES: Final = 2000


def check_results(plan: Plan, service: Service, folder: Path, found: Results) -> None:
    """Compare every request with the service's ledger, the list and the disk."""
    digest = soak_results.digest_of(FillerGlb(MODEL_BYTES).read(0, MODEL_BYTES))
    rows = soak_results.rows_of(folder / LIST)
    # A changed byte may damage a file's name; a result with a task is downloaded again, free.
    known = {
        row.task_id
        for row in rows
        if _has_come(row, digest) or (plan.damages and row.state == "done")
    }
    maybe = sum(
        row.failure == "outcome unknown" and bool(row.record.get("details_lost")) for row in rows
    )
    refused = failed = 0
    posts = [post.body for post in service.ledger.sent("POST", PAY)]
    for submission in plan.submissions:
        found.count("submissions")
        tasks = [task for task in service.ledger.tasks if task.body.get("model_seed") == submission]
        good = [task for task in tasks if not task.ending.ending]
        failed += len(tasks) - len(good)
        found.count("paid", len(tasks))
        if len(good) > 1:
            found.twice.append(f"submission {submission}: {len(good)} tasks")
        own = [row for row in rows if row.submission == submission]
        for task in good:
            if task.id not in known and maybe:
                # The row says that there may be a task; at this speed of time, a search by time
                # fails.
                maybe -= 1
                found.count("shown as maybe paid")
            elif task.id not in known:
                found.lost.append(
                    f"submission {submission}: task {task.id} did not come; {_in_words(own)}"
                )
        found.lost += [
            f"submission {submission}: {promise}" for promise in _broken_promises(plan, own)
        ]
        found.count(own[-1].failure or own[-1].state if own else "never noted")
    _check_candidates(plan, service, rows, known, found)
    refused += soak_results.refusals(plan.faults)
    # A process that is killed during a request sends none of the body.
    sent = [body["model_seed"] for body in posts if isinstance(body, dict) and "model_seed" in body]
    again = len(sent) - len(set(sent))
    if again > refused + failed:
        found.twice.append(f"{again} requests were sent again after {refused + failed} refusals")


def _check_candidates(
    plan: Plan,
    service: Service,
    rows: Sequence[soak_results.Row],
    known: Container[str],
    found: Results,
) -> None:
    unknown = any(row.record.get("keeps") and row.failure == "outcome unknown" for row in rows)
    for number in plan.candidates:
        kept = soak_candidates.kept_of(service.ledger, number)
        found.count("requests for candidates")
        found.count("kept and paid", len(kept))
        found.count("kept and shown as maybe paid", int(unknown))
        found.twice += soak_candidates.twice(service.ledger, number)
        found.lost += soak_candidates.lost(service.ledger, number, known, maybe=unknown)


def _broken_promises(plan: Plan, rows: Sequence[soak_results.Row]) -> Iterator[str]:
    """Yield violations that cost nothing this time but could later: a task without a receipt,
    unless the disk was full or the list damaged, and a job that was taken over from a running
    Blender."""
    damaged = plan.damages or any(life.full for side in plan.rounds for life in side)
    for row in rows:
        entries = [entry for entry, _detail in row.entries]
        sent = "about to pay" in entries and "failed" not in entries
        received = {"paid", "not accepted"} & set(entries)
        if sent and row.task_id and not received and not damaged:
            yield f"{row.id} has no receipt of {row.task_id}"
        if plan.calm and row.failure == "interrupted":
            yield f"{row.id} was taken from a Blender that lived"


def _has_come(row: soak_results.Row, digest: str) -> bool:
    model = Path(str(row.record.get("model") or "/gone"))
    return model.is_file() and soak_results.digest_of((model.read_bytes(),)) == digest


def _in_words(rows: Sequence[soak_results.Row]) -> str:
    return "; ".join(f"{row.id} {row.state} {row.failure} {row.entries}" for row in rows)
