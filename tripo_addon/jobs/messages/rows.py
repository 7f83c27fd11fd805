"""What a job's row says: how far it is, how it ended, what it cost."""

from __future__ import annotations

from typing import Final

from ...api.messages import prices

CHECKING_OBJECT: Final = "Checking the object"
WAITING_FOR_SLOT: Final = "Waiting for a free slot"
WAITING_FOR_STEP: Final = "Waiting for the previous step"
UPLOADING: Final = "Uploading"
SENDING: Final = "Sending the request"
GENERATING: Final = "Generating"
DOWNLOADING: Final = "Downloading"
PREPARING: Final = "Preparing the model for Blender"
READY: Final = "Ready to import"
CANCELED: Final = "Canceled"
CANCELING: Final = "Canceling once the service responds"
RENEWING_LINK: Final = "Finished, renewing the download link"
ELSEWHERE: Final = "Running in another Blender"

IMPORTED: Final = "Imported"
TEXTURED: Final = "Textured"
REPLACED: Final = "Replaced"
IMAGES_ON_DISK: Final = "Images on disk"
FILES_ON_DISK: Final = "Files on disk"
DONE: Final = "Done"
NOT_RIGGABLE: Final = "Cannot be rigged"

FAILED: Final = "Failed"
OUTCOME_UNKNOWN: Final = "Outcome unknown"
INTERRUPTED: Final = "Interrupted before anything was sent"
IMPORT_FAILED: Final = "Could not be imported"
FILE_UNUSABLE: Final = "The file cannot be used"
NOT_SAVED: Final = "Not sent: the job could not be saved"

FREE: Final = "Free"
NOTHING_CHARGED: Final = "nothing was charged"

OVERTAKEN: Final = "Not sent again: another try is running or was paid for. See its row"
ASKED_TO_STOP: Final = (
    "The service was asked to stop the task; if it has started, it may still finish and be charged"
)
NO_WORKING_LINK: Final = "the file server refuses every link to it"
LINK_REFUSED: Final = "the file server refuses the link"
FILE_GONE: Final = "the file is no longer on disk"
FILES_GONE: Final = "The files are gone; fetching them again"
CANCELED_ON_DISK: Final = "The model is on disk: Retry imports it, free"
CANCELED_RUNNING: Final = "The service still finishes the task and charges for it"
NOTHING_SENT: Final = "Nothing was sent"
IN_QUEUE: Final = "In the service's queue"
CLOSED_BEFORE_ANSWER: Final = "Blender was closed before the answer came"
IMPORTED_HERE: Final = "Imported in this Blender, which pauses meanwhile"
PREVIOUS_UNKNOWN: Final = "The outcome of the previous step is unknown; resolve that step first"
SENT_AS_FILE: Final = "The service no longer had this shape's task, so the shape was sent as a file"


def without_file(what: str) -> str:
    """A finished task has no file of the kind that it should have made."""
    return f"the task is finished, but there is no {what} in it"


def retrying(headline: str) -> str:
    """A step is taken again after a wait."""
    return f"{headline}, waiting to try again"


def percent(headline: str, progress: int) -> str:
    """A step with its progress."""
    return f"{headline} {progress}%"


def joined(*texts: str) -> str:
    """The texts that there are, on one line."""
    return " · ".join(text for text in texts if text)


def riggable(rig_type: object) -> str:
    """A check found a body that can be rigged."""
    return f"Can be rigged as {rig_type}"


def spent(credits: float) -> str:
    """What a job cost that left nothing in the scene."""
    return f"{price(credits)} were charged"


def price(credits: float) -> str:
    """What a job cost."""
    return prices.price(credits, "credits")


def charged(credits: float) -> str:
    """What a job cost that left a result."""
    return f"Charged {price(credits)}"


def charged_otherwise(credits: float, estimate: float) -> str:
    """What a job cost, where the button showed another price."""
    return f"{charged(credits)} (estimate was {estimate:g})"


def bake_effort(objects: int, seconds: float, memory: float, side: int) -> str:
    """What a bake takes, in seconds and bytes, with textures of `side` pixels."""
    shared = f", one set for all {objects} objects" if objects > 1 else ""
    return (
        f"If the result has other faces, its textures are baked onto your UV map{shared}: about "
        f"{seconds:.0f} s and {memory / 1e9:.1f} GB of memory at {side} pixels"
    )
