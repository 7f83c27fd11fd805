"""`batch`: a model for each row of a file. Each row is one request: run again, the command
continues, and no row is paid for twice."""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import bpy

from ...api.file_names import file_stem
from ...api.record import record
from ...jobs.model.job import State
from ..messages import command_line as messages
from ..objects.placement import placement
from ..scripting import account, generation, job_list
from ..scripting.export import FORMATS, check_format
from ..scripting.job import Job
from ..scripting.sent_requests import sent_before
from ..session import composition
from . import batch_file, options, payment
from .batch_file import Row
from .delivery import Delivery
from .exit_code import ExitCode, code_of
from .generate_commands import INPUTS, KINDS
from .terminal import Terminal, table

_COLUMNS: Final = ("row", "name", "state", "job", "task", "price", "charged", "file", "error")
_SHOWN: Final = ("row", "name", "state", "job", "price", "charged", "file", "error")


@record(kw_only=True)
class _Line:
    """A row and its job, if it was sent before. `price` is what it still costs; None if unknown."""

    row: Row
    job: Job | None
    price: float | None


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of `batch`."""
    parser.add_argument("file", type=Path, metavar="FILE", help=messages.BATCH_FILE_HELP)
    parser.add_argument("--out", type=Path, metavar="FOLDER", help=messages.BATCH_OUT_HELP)
    parser.add_argument("--format", choices=FORMATS, default="glb", help=messages.FORMAT_HELP)
    parser.add_argument("--results", type=Path, metavar="FILE", help=messages.RESULTS_HELP)
    parser.add_argument("--name", default="", help=messages.BATCH_NAME_HELP)
    parser.add_argument("--plan", action="store_true", help=messages.BATCH_PLAN_HELP)
    parser.add_argument("--style", metavar="NAME|FILE", help=messages.STYLE_HELP)
    payment.add_options(parser)
    options.add_settings(parser, KINDS, without=INPUTS)


def batch(order: Any, terminal: Terminal) -> ExitCode:
    """Send what is still to be sent, watch all rows to their end, and write the results."""
    usual = {
        name: value for name, value in options.given(order, KINDS).items() if name not in INPUTS
    }
    if order.style:
        usual["style"] = options.style(order.style, Path.cwd())
    name = order.name or order.file.name
    if order.out:
        check_format(order.out / f"model.{order.format}")
    rows = batch_file.read(order.file, name=name, account=_account(), usual=usual)
    lines = [_line(row) for row in _free_of_others(rows, terminal)]
    due = [line for line in lines if line.price != 0]
    amounts = [line.price for line in due]
    known = [amount for amount in amounts if amount is not None]
    total = sum(known) if len(known) == len(amounts) else None
    terminal.print_line(messages.batch_summary(len(lines), len(due)))
    if order.plan:
        return _show(lines, {}, order, terminal)
    for line in due:
        generation.check(line.row.request)
    stopped = payment.confirm(terminal, total, order)
    if stopped is not None:
        return stopped
    return _work(lines, order, terminal)


def _work(lines: Sequence[_Line], order: Any, terminal: Terminal) -> ExitCode:
    account.check_ready()
    # Without a file to write, no model has to be imported into Blender.
    place = placement(bpy.context)
    place = place if order.out else generation.downloaded_to(place, None)
    sent = [_sent(line, place) for line in lines]
    files = _files([line.row for line in lines], order) if order.out else []
    wanted = {
        job: path
        for job, path in zip(sent, files, strict=False)
        if not (job.succeeded and path.is_file())
    }
    delivery = Delivery(wanted, terminal)
    delivery.follow(sent)
    ended = [_Line(row=line.row, job=job, price=0) for line, job in zip(lines, sent, strict=True)]
    made = {job: path for job, path in zip(sent, files, strict=False) if path.is_file()}
    code = _show(ended, made, order, terminal, delivery.errors)
    return ExitCode.FAILED if code is ExitCode.DONE and delivery.errors else code


def _sent(line: _Line, place: Any) -> Job:
    if line.job is None:
        return generation.send(line.row.request, place, key=line.row.key)
    return line.job.retry() if _may_be_tried(line.job) else line.job


def _line(row: Row) -> _Line:
    """Return the row's job and what it still costs: nothing if it is running or done."""
    job = sent_before(row.key)
    if job is None:
        price = account.price_of(row.request.kind, row.request.values, ask=True)
        return _Line(row=row, job=None, price=price)
    return _Line(row=row, job=job, price=job.retry_price() if _may_be_tried(job) else 0)


def _may_be_tried(job: Job) -> bool:
    """Return whether the batch itself retries the job: not if a person canceled it, or if it is
    unknown whether it was paid for."""
    return job.record.state is State.FAILED and not job.outcome_unknown


def _free_of_others(rows: Sequence[Row], terminal: Terminal) -> Sequence[Row]:
    """Wait until no other Blender holds these rows: one that crashed may hold them for half a
    minute, and only then is it known what they still cost."""
    jobs = [job for row in rows if (job := sent_before(row.key)) is not None]
    held = sum(job.record.elsewhere for job in jobs)
    if held:
        terminal.print_line(messages.held_elsewhere(held))
        job_list.await_others(jobs, progress=terminal.progress)
    return rows


def _files(rows: Iterable[Row], order: Any) -> list[Path]:
    """Return the file of each row: its name, with a number if several rows have the same."""
    taken: set[Path] = set()
    listed: list[Path] = []
    for row in rows:
        stem, number = file_stem(row.request.name, "model"), 1
        path = order.out / f"{stem}.{order.format}"
        while path in taken:
            number += 1
            path = order.out / f"{stem} {number}.{order.format}"
        taken.add(path)
        listed.append(path.absolute())
    return listed


def _show(
    lines: Sequence[_Line],
    files: dict[Job, Path],
    order: Any,
    terminal: Terminal,
    errors: dict[Job, str] | None = None,
) -> ExitCode:
    """Print the results table, and write it to a file if requested."""
    records = [_record(line, files, errors or {}) for line in lines]
    rows = [[_cell(each[column]) for column in _COLUMNS] for each in records]
    terminal.result(records, table(map(_short, records), [each.upper() for each in _SHOWN]))
    if order.results:
        order.results.write_text(_csv(rows), encoding="utf-8")
        terminal.print_line(messages.wrote(order.results))
    jobs = [line.job for line in lines if line.job is not None]
    if any(job.outcome_unknown for job in jobs):
        terminal.print_line(messages.NEEDS_PERSON)
    return ExitCode.DONE if order.plan else code_of(jobs)


def _record(line: _Line, files: dict[Job, Path], errors: dict[Job, str]) -> dict[str, object]:
    job = line.job
    known = {"row": line.row.line, "name": line.row.request.name}
    if job is None:
        blank = dict.fromkeys(_COLUMNS[2:])
        return {**known, **blank, "state": messages.NEW_ROW, "price": line.price, "error": ""}
    downloaded = next(iter(job.files), None)
    file = files.get(job) or downloaded
    return {
        **known,
        "state": job.state,
        "job": job.id,
        "task": job.task,
        "price": job.price,
        "charged": job.charged,
        "file": str(file) if file is not None else None,
        "error": errors.get(job) or job.error,
    }


def _short(record: dict[str, object]) -> list[str]:
    """Return a row for the terminal, with the beginning of the id and the file's name."""
    job, file = str(record["job"] or "")[:8], record["file"]
    shown = {**record, "job": job, "file": Path(str(file)).name if file else None}
    return [_cell(shown[column]) for column in _SHOWN]


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)


def _csv(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_COLUMNS, *rows])
    return text.getvalue()


def _account() -> str:
    """Return the account that rows are paid from, which is part of their identity."""
    job_list.started()
    return composition.WIRING.account


COMMANDS: Final = (("batch", add, batch),)
