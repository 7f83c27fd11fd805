"""What a script reads: why something is refused before it is sent, and what a job came to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

ONE_INPUT: Final = "Give exactly one of text, image and views"
TOO_MANY_VIEWS: Final = "There are four views: front, left, back, right"
WAITS_IN_WINDOW: Final = (
    "wait() would freeze this window until the model is there; use on_change() instead"
)
NOT_IN_LIST: Final = "This job is no longer in the list"
NOTHING_TO_RETRY: Final = "There is nothing left to retry"
NO_FILES: Final = "Nothing of this job is on disk yet"
NO_BALANCE: Final = "This service does not report a balance"
NO_ANSWER: Final = "The service did not answer"
REMOVED: Final = (
    "It was paid for before and then removed from the job list; give it another name to pay again"
)

A_BOOLEAN: Final = "True or False"
A_WHOLE_NUMBER: Final = "a whole number"
A_NUMBER: Final = "a number"
A_TEXT: Final = "a text"
TEXTS: Final = "a list of texts"
A_PICTURE: Final = "a path or a web address"
PICTURES: Final = "a list of paths or web addresses"
NO_VIEWS: Final = "Name the job that made the views"


def unknown_setting(name: str, near: Iterable[str]) -> str:
    """The task has no setting of this name."""
    likely = ", ".join(near)
    return f"There is no setting {name}" + (f"; did you mean {likely}?" if likely else "")


def wrong_value(name: str, value: object, expected: str) -> str:
    """A value has the wrong type."""
    return f"{name} takes {expected}, not {value!r}"


def represented(job: str, name: str, state: str) -> str:
    """A job in a debugger or a console."""
    return f"<Job {job} {name!r} {state}>"


def no_such_job(job: str) -> str:
    """No job of the list has this id or name."""
    return f"There is no job {job} in the list"


def several_jobs(job: str, count: int) -> str:
    """The name or the beginning of an id is that of several jobs."""
    return f"{job} matches {count} jobs; use the id"


def failed(name: str, headline: str, detail: str) -> str:
    """A job that was waited for did not end well."""
    return f"{name}: {headline}" + (f": {detail}" if detail else "")


def unknown_format(name: str, formats: Iterable[str]) -> str:
    """The ending of a file says no known format."""
    return f"{name}: the ending must be one of {', '.join(formats)}"


def not_written(path: object, reason: str) -> str:
    """A file could not be written."""
    return f"{path} could not be written: {reason}"


def no_exporter(ending: str, reason: str) -> str:
    """Blender's exporter is missing or has failed."""
    return f"This Blender could not write a {ending} file" + (f": {reason}" if reason else "")


NO_SURFACE: Final = "None of these objects has a surface to work on"


def not_captured(reason: str) -> str:
    """The objects could not be written to disk."""
    return f"The object could not be saved for the job: {reason}"


def unknown_work(name: str, known: Iterable[str]) -> str:
    """There is no work of this name."""
    return f"There is no kind of work {name}; choose one of {', '.join(known)}"


def no_style(work: str) -> str:
    """This work takes no style."""
    return f"{work} takes no style"


def no_such_refinement(way: str, offered: Iterable[str]) -> str:
    """An object cannot be refined this way."""
    return f"by {way} is not one of {', '.join(offered)}"


def no_such_landing(landing: str, offered: Iterable[str]) -> str:
    """The work's result cannot land this way."""
    return f"landing {landing} is not one of {', '.join(offered)}"
