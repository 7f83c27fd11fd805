"""The job list on disk: why it cannot be used, and what was done about a damaged one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

PAID_TITLE: Final = "Paid, details lost"
MAYBE_PAID_TITLE: Final = "Maybe paid, details lost"
REQUEST_LOST: Final = "The request was lost with a damaged job list; the task is known"
NOT_TEXT: Final = "A name in this job is not valid text: rename the file"


def no_folder(reason: str | None, folder: object) -> str:
    """The folder of the list cannot be made."""
    return f"The job folder cannot be created: {reason} ({folder})"


def newer(path: object) -> str:
    """A newer version of the add-on wrote the list."""
    return (
        "The job list was written by a newer version of this add-on and is left as it is: "
        f"update the add-on. The file is {path}"
    )


def unreachable(reason: object, path: object) -> str:
    """SQLite cannot read or write it."""
    return f"The job list cannot be read or written: {reason} ({path})"


def unforeseen(error: Exception) -> str:
    """An error that only developers can explain."""
    return f"The job list cannot be read or written: {type(error).__name__}"


def cannot_move(reason: str | None, path: object) -> str:
    """It is damaged, and no new one can take its place."""
    return f"The job list is damaged and cannot be set aside: {reason} ({path})"


def recovered(*, read: int, restored: int, paid: int, maybe_paid: int) -> str:
    """How many jobs of a damaged list were read, came from the daily copy, are known by their paid
    task alone, and may be paid."""
    text = f"The job list was damaged: {read} of its jobs could be read"
    if restored:
        text += f", {restored} came from the last daily copy"
    if paid:
        text += f", {paid} are known only by their paid task: download those from their rows"
    if maybe_paid:
        text += f", {maybe_paid} may have been paid for: search for their tasks"
    return text


def kept_aside(recovered: str, path: object) -> str:
    """What was recovered, and where the damaged file is."""
    return f"{recovered}. The damaged file is kept as {path}"


def note_tasks(problem: str, task_ids: Sequence[str]) -> str:
    """The list cannot be written, and these tasks are paid for."""
    return f"{problem}. Until it can, note the tasks you paid for: {', '.join(task_ids)}"
