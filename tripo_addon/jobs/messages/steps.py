"""What happens in a single step of a job. Mostly details of a problem: they follow its sentence
after a colon."""

from __future__ import annotations

from typing import Final

NO_KEY: Final = "no key for this service"
SLEPT: Final = "the computer went to sleep before the request was sent"
STEP_GONE: Final = "the previous step is no longer in the list"
NOT_RIGGABLE: Final = "the service says that this model cannot be rigged"
NOT_AN_IMAGE: Final = "it is not an image"
NOT_ON_DISK: Final = "it is no longer on disk"
NOT_READABLE: Final = "it cannot be read"
COPY_GONE: Final = "the copy of your object is no longer on disk: submit it again"
CANNOT_CONVERT: Final = "it must be converted, and no second Blender can be started"
NOT_PREPARED: Final = "The model could not be prepared in the background"


def rig_refused(reason: str) -> str:
    """A rig is not made, for this reason."""
    return f"{reason}. Nothing was charged for the rig"


def still_unknown(reason: str) -> str:
    """A request was repeated to find its task, and was refused."""
    return f"sent again, the service answered: {reason}"


def files_stay(problem: str, folder: object) -> str:
    """The chosen folder takes no files: they stay where they were downloaded to."""
    return f"{problem}. The files stay in {folder}"


def size_so_far(megabytes: int) -> str:
    """How much of a download arrived, where nobody knows of how much."""
    return f"{megabytes} MB so far; the file server does not say how large the file is"


def unforeseen(error: BaseException, doing: str) -> str:
    """An error that only developers can explain."""
    return f"{type(error).__name__} while {doing}"


def about_file(name: str, problem: str) -> str:
    """A problem with the file of that name; an empty name is not shown."""
    return f"{name}: {problem}" if name else problem


def image_is(problem: str) -> str:
    """What is wrong with an image, after its name."""
    return f"it {problem}"


def path_too_long(folder: str, length: int, most: int, units: str) -> str:
    """A folder's path leaves no room for names, counted in `units`."""
    return f"the path of {folder} is too long: it has {length:,} {units}, and {most:,} can be used"


def disk_full(folder: str, free: int, least: int) -> str:
    """A disk has too little room; both in bytes."""
    return f"only {free // 10**6} MB are free, {least // 10**6} are needed for {folder}"


def nothing_sent(problem: str, folder: str) -> str:
    """A folder's problem that was found before anything was paid for."""
    return f"{problem}, so nothing was sent: {folder}"
