"""Why a request cannot be sent now, and what a retry costs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

NO_FILE_LEFT: Final = (
    "The model to upload is no longer on disk. Select the object and send it again"
)
FROM_ORIGINAL_SETTINGS: Final = "Uses the original prompt and settings; your object is not uploaded"


def image_not_saved(reason: str) -> str:
    """An image of the .blend could not be written to disk."""
    return f"The image could not be saved: {reason}"


def object_not_captured(reason: str) -> str:
    """The selected object could not be written to disk."""
    return f"The object could not be saved for the job: {reason}"


def retry_first(kind: str) -> str:
    """A later step is retried along with the step that failed."""
    return f"Retry {kind} first; this step follows automatically"


def other_account(address: str) -> str:
    """The task is known to a service that has no key here."""
    return f"This task belongs to {address}. Enter its key in the preferences first"


def with_later_steps(price: str) -> str:
    """The price of a retry that the following steps are part of."""
    return f"{price}, including the following steps"


def step_refused(step: str, reason: str) -> str:
    """Why one of several steps cannot be sent."""
    return f"{step}: {reason}"


def advice(sentences: Iterable[str]) -> str:
    """Several warnings about images, one after the other."""
    return ". ".join(filter(None, sentences))


def not_generated(name: str) -> str:
    """The object has no recorded request."""
    return f"{name} was not generated with Tripo, so there is nothing to repeat"
