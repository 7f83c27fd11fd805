"""What an artist reads in the job list, and in the operators on a job."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Final

LOADING: Final = "Loading jobs"
EMPTY: Final = "No jobs yet"
OTHER_FILE: Final = "This was generated for another file; import it here instead?"
CONVERT_TO_FBX: Final = "Convert to FBX"
UPLOAD_AS_FILE: Final = "Upload as File"
GENERATE_AGAIN: Final = "Generate Again"

GONE: Final = "This job is no longer in the list"
RUNS_ELSEWHERE: Final = "This job is running in another Blender window. Cancel it there"
FINISHED_ALREADY: Final = "This job has already finished"
STILL_RUNNING: Final = "This job is still running. Cancel it first"
ERROR_COPIED: Final = "Error copied to the clipboard"
DIAGNOSTICS_COPIED: Final = "Diagnostics copied to the clipboard"
NOTHING_UNFINISHED: Final = "No unfinished jobs"

REMOVE: Final = "Remove"
REMOVE_KEEPS: Final = "The model and its files are kept"

NEEDS_OBJECT_MODE: Final = "Switch to Object Mode first"

CANCEL_TOOLTIP: Final = "Stop this job"
CANCEL_STILL_CHARGED_TOOLTIP: Final = (
    "Stop this job. A task already accepted by the service is still charged"
)
RETRY_TOOLTIP: Final = "Retry this job"
RETRY_FREE_TOOLTIP: Final = "Continue from the existing task (free)"

LANDING_CHOICES: Final = {
    "ANYWAY": (
        "Apply Anyway",
        "Apply to the object as it is now. Its current version is kept as a variant",
    ),
    "NEW": ("Add as New Object", "Add the result as a separate object"),
    "SELECTED": (
        "Apply to Selected",
        "Apply to the selected object instead. Its current version is kept as a variant",
    ),
}
"""How a result may be applied after all: the label of each button, and its tooltip."""

FIND_TASK: Final = ("Find Task", "Find")
"""The longer label, and the one for narrow panels."""
FINDING: Final = "Searching for the task"
NOT_CONNECTED: Final = (
    "This job's service is not connected. Choose it and enter its key in the preferences"
)


def header(running: int, waiting: int, failed: int) -> tuple[str, ...]:
    """How many jobs run, wait for the artist, and failed; from the longest text to the shortest."""
    needs = "1 needs you" if waiting == 1 else f"{waiting} need you"
    counts = ((running, f"{running} running"), (waiting, needs), (failed, f"{failed} failed"))
    texts = [text for count, text in counts if count]
    return (joined(*texts), joined(*texts[:2]), needs if waiting else joined(*texts[:1]))


def joined(*texts: str) -> str:
    """The texts that there are, on one line."""
    return " · ".join(text for text in texts if text)


def style(name: str) -> str:
    """The style that a request was sent with."""
    return f"Style “{name}”"


def seed(number: int) -> str:
    """The seed of a job's shape."""
    return f"Seed {number}"


def title(first: str, second: str) -> str:
    """A job's name and the kind of its task, what tells rows apart first."""
    return f"{first} · {second}"


def status(headline: str, detail: str) -> str:
    """What a job's state is, with the particulars where there are any."""
    return f"{headline}: {detail}" if detail else headline


def service_says(message: str) -> str:
    """The service's own message; nothing where it sent none."""
    return f"The service says: {message}" if message else ""


def not_in_view_layer(name: str) -> str:
    """The job's model is nowhere to be shown."""
    return f"{name} is not in this view layer. Import adds it again"


NOT_IN_FILE: Final = "Not in this file. Import Again adds it, free"


def in_scene(scene: str) -> str:
    """The job's model is in another scene of the file."""
    return f"In the scene “{scene}”"


def named_in_scene(name: str, scene: str) -> str:
    """A model cannot be framed, because it is in another scene."""
    return f"{name} is in the scene “{scene}”"


def hidden(name: str) -> str:
    """The job's model is there and cannot be seen."""
    return f"{name} is hidden"


def placed_beside(name: str) -> str:
    """A model did not fit where it was to stand, because of this object."""
    return f"Placed beside {name}"


def retry_as_file_tooltip(price: str) -> str:
    """A retry uploads the shape, because the service no longer knows its task."""
    return f"Upload the model as a file instead ({price})"


def retry_paid_tooltip(price: str) -> str:
    """A retry pays for the task once more."""
    return f"Generate again ({price})"


def retry_unknown_tooltip(price: str) -> str:
    """A retry pays once more, and nobody knows whether the first request was charged."""
    return f"Generate again ({price}). The first request may have been charged too"


def clipboard_report(report: str, account: str, task_id: str | None) -> str:
    """An error as it is copied, a fact per line."""
    task = f"\nTask: {task_id}" if task_id else ""
    return f"{report}\nService: {account}{task}"


def unfinished(count: int) -> str:
    """How many jobs of an earlier session the list holds."""
    return "1 unfinished job in the list" if count == 1 else f"{count} unfinished jobs in the list"


CONVERTING_ALREADY: Final = "This model is already being converted"


def cannot_convert(service: str) -> str:
    """The chosen service has no conversion for this model."""
    return f"{service} cannot convert this model"


def attach_tooltip(task_id: str, prompt: str) -> str:
    """A job continues with a task that was found, whose prompt may be known."""
    about = f" “{prompt}”" if prompt else ""
    return f"Continue this job with task {task_id}{about} (free)"


def candidate(task_id: str, status: str, created: datetime | None) -> tuple[str, ...]:
    """The button of a task that may be the job's, from the longest text to the shortest. Its prompt
    is left out: it is the job's own."""
    if created is None:
        return (f"Use {task_id}", task_id)
    today = created.date() == datetime.now().date()
    when = f"{created:%H:%M:%S}" if today else f"{created:%b %d %H:%M}"
    return (f"Use {when} · {status}", f"{when} · {status}", when)


NO_JOB_RUNNING: Final = "No job is running"
CANCEL_ALL_STILL_CHARGED: Final = "Tasks already accepted by the service are still charged"
CANCEL_JOBS: Final = "Cancel Jobs"


def cancel_all(count: int) -> str:
    """The title of the question before all running jobs are canceled."""
    return "Cancel 1 Running Job?" if count == 1 else f"Cancel {count} Running Jobs?"


def status_bar(running: int, waiting: int) -> str:
    """How many jobs run and how many wait for the artist; nothing if there are none."""
    counts = ((running, "running"), (waiting, "waiting for you"))
    text = " · ".join(f"{count} {state}" for count, state in counts if count)
    return f"Tripo: {text}" if text else ""


NEEDS_YOU: Final = "Needs You"
FILTERS: Final = [
    ("ALL", "All", "Show all jobs"),
    ("RUNNING", "Running", "Show only jobs that are running"),
    ("NEEDS_YOU", NEEDS_YOU, "Show only jobs that wait for you"),
    ("FAILED", "Failed", "Show only failed jobs"),
    ("FINISHED", "Finished", "Show only finished and canceled jobs"),
]
"""The choices of the list's filter, as Blender takes them."""
NOTHING_FOUND: Final = "No job matches the search and filter"

CANCEL: Final = "Cancel"
WAITING: Final = "Waiting"
FRAME: Final = "Frame"
PLACE_ELSEWHERE: Final = "This model's place is in another scene"
IMPORT_AGAIN: Final = "Import Again"
IMPORT_HERE: Final = "Import Here"
RECALL: Final = "Recall Settings"
RETRY: Final = "Retry"
RETRY_FREE: Final = "Retry · free"
MORE: Final = "More"
SHOW_TEXTURES: Final = ("Show in Material Preview", "Material Preview", "Preview")
SHOW_FILES: Final = "Show Files"
OPEN_CONSOLE: Final = "Open Service Console"
COPY_DIAGNOSTICS: Final = "Copy Diagnostics"
SHOW_EACH: Final = "Show Each"

NO_FILES: Final = "This job has no files on disk"
FILES_GONE: Final = "The files of this job are no longer on disk"
NOTHING_TO_RECALL: Final = "The settings of this job are no longer known"
NO_FORM: Final = "No form of the add-on has these settings"
NOTHING_TO_CLEAR: Final = "No finished job to remove"


def recalled(where: str) -> str:
    """A job's settings are in a form again."""
    return f"Settings recalled into {where}"


def tab(panel: str, name: str) -> str:
    """A part of a panel."""
    return f"{panel} › {name}"


def shown(count: int) -> str:
    """How many jobs the list shows."""
    return "1 job shown" if count == 1 else f"{count} jobs shown"


def remove_question(count: int) -> str:
    """The title of the question before jobs are taken off the list."""
    return "Remove Job?" if count == 1 else f"Remove {count} Jobs?"


def alike(count: int, name: str) -> str:
    """The newest of several failures of one cause, and how many there are."""
    return f"{name} and {count - 1} more"


def steps_done(done: int, count: int) -> str:
    """How many steps of a request are done."""
    return f"Steps · {done} of {count} done"


def prompt(words: str) -> str:
    """What was asked for, in the artist's own words."""
    return f"“{words}”" if words else ""


def trace(kind: str, code: int | str | None, task_id: str | None) -> str:
    """What support needs to know about a failure."""
    known = (kind, f"code {code}" if code is not None else "", f"task {task_id}" if task_id else "")
    return f"For support: {joined(*known)}"


_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def moment(created: float, seconds: float) -> str:
    """When a job was sent, `seconds` ago: by the clock, which nobody takes for the time left."""
    if seconds < _MINUTE:
        return "now"
    return _moment(created, f"{datetime.now():%x}")


@lru_cache(maxsize=256)
def _moment(created: float, today: str) -> str:
    sent = datetime.fromtimestamp(created)
    if f"{sent:%x}" == today:
        return f"{sent:%H:%M}"
    return f"{sent:%b %d}" if datetime.now().year == sent.year else f"{sent:%b %Y}"


def ago(seconds: float) -> str:
    """How long ago something was, in a sentence."""
    if seconds < _MINUTE:
        return "just now"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE:.0f} min ago"
    if seconds < _DAY:
        return f"{seconds // _HOUR:.0f} h ago"
    return f"{seconds // _DAY:.0f} d ago"


def time_left(seconds: float | None) -> str:
    """How much longer a job takes, rounded so that it does not flicker; nothing if unknown."""
    if seconds is None:
        return ""
    if seconds < _MINUTE:
        return f"{max(5, 5 * round(seconds / 5)):.0f} s left"
    return f"{round(seconds / _MINUTE):.0f} min left"


def percent(fraction: float) -> str:
    """How far a job is, from 0 to 1, where there is no room for words."""
    return f"{int(100 * fraction)}%"


def about_left(left: str) -> str:
    """The time left, as an estimate."""
    return f"about {left}" if left else ""
