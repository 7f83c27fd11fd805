"""The sentence and the advice for each kind of problem.

A detail may follow a sentence after a colon, and the service's code in parentheses.
"""

from __future__ import annotations

from typing import NamedTuple


class ProblemText(NamedTuple):
    """The text of one kind of problem: what happened, and what to do. No final periods."""

    sentence: str
    advice: str


KEY = ProblemText(
    "The service did not accept your API key",
    "Check the key, region, and service in the preferences",
)
ACCESS = ProblemText(
    "Your account cannot use this feature",
    "Choose another option or contact the service",
)
CREDITS = ProblemText("Not enough credits", "Add credits or choose cheaper settings")
BUSY = ProblemText("The service is busy", "Nothing to do: the job continues automatically")
SETTING = ProblemText(
    "The service rejected one of the settings",
    "Change the setting named in its message below",
)
CONTENT = ProblemText(
    "Blocked by the service's content policy",
    "Edit the prompt or image and generate again; a retry sends the same",
)
FILE = ProblemText(
    "The service cannot use this file",
    "Use a PNG or JPEG image of up to 20 MB, or a GLB model of up to 150 MB",
)
PREPARING = ProblemText(
    "The upload could not be prepared",
    "Fix the problem or close other programs, then retry",
)
LANDING = ProblemText(
    "A result cannot be applied to your object",
    "Fix the problem and try again, or choose Download Only",
)
SOURCE = ProblemText(
    "This step does not work on that model",
    "Choose a finished model of the right type",
)
NOT_FOUND = ProblemText(
    "The service does not know this task for your key",
    "Use the key and region that started the task",
)
SOURCE_GONE = ProblemText(
    "The service no longer has the task that made this shape",
    "Send the shape as a file at the price on the button, or select the object and try again",
)
LAPSED = ProblemText(
    "The service no longer keeps this task",
    "Retry to generate it again at the price on the button",
)
STEP_BEFORE = ProblemText(
    "The previous step failed, so this one was neither sent nor charged",
    "Retry the previous step; this one then follows automatically",
)
OFFER = ProblemText("The chosen service cannot do this", "Choose another service or option")
VERSION = ProblemText("This model version is no longer offered", "Choose a newer model version")
TOO_COMPLEX = ProblemText(
    "The mesh is too complex for this step",
    "Use a simpler model or a higher face limit",
)
TIMED_OUT = ProblemText(
    "The task waited too long in the service's queue and was stopped",
    "Start it again",
)
CANCELLED = ProblemText("The service canceled the task", "Start it again")
SERVICE = ProblemText("The service had an internal problem", "Try again in a few minutes")
LOST_ANSWER = ProblemText(
    "Connection lost before the service confirmed the task; it may be running and may be charged",
    "Look for the task, here or in the service's console, before you generate it again",
)
OFFLINE = ProblemText(
    "The service cannot be reached",
    "Check the internet connection, proxy, and firewall",
)
PROXY = ProblemText(
    "The proxy cannot be used",
    "Correct it in the system settings or in the environment variable HTTPS_PROXY, as in "
    "http://proxy.example:8080, and restart Blender; or ask your network administrator",
)
CERTIFICATE = ProblemText(
    "The service's certificate cannot be verified",
    "Ask your network administrator: the network's own certificate must be in the system's "
    "trust store",
)
ADDRESS = ProblemText("This address is not allowed", "The base URL must start with https://")
LINK = ProblemText(
    "The service returned a link that the add-on does not open",
    "Retry to request another link, which is free for a finished task; if it happens again, "
    "tell the service",
)
IMPORT = ProblemText(
    "Blender could not import the model",
    "Import again: the downloaded file is kept, and you can import it by hand as well",
)
MISTAKE = ProblemText(
    "Something went wrong in the add-on",
    "Retry; if it happens again, copy the error and report it",
)
RESULT = ProblemText("The result cannot be used", "Retry to download it again, free")
DISK = ProblemText(
    "The file cannot be written",
    "Free some disk space, or choose another download folder in the preferences",
)
FOLDER = ProblemText(
    "The folder cannot be used",
    "Choose another folder or make this one writable, then retry",
)
CLOSED = ProblemText("Blender was closed before anything was sent", "Retry to send it now")
JOURNAL = ProblemText(
    "The job could not be saved to disk, so nothing was sent",
    "Free some space on the disk of your Blender user folder, then retry",
)
ADDON = ProblemText(
    "The add-on could not read the service's response",
    "Copy the error and report it",
)


def with_detail(sentence: str, detail: str) -> str:
    """A sentence with a detail: "The service is busy: 3 tasks are queued"."""
    return f"{sentence}: {detail}" if detail else sentence


def with_code(sentence: str, code: int | str | None) -> str:
    """A sentence with the service's own code for the error, if there is one."""
    return sentence if code is None else f"{sentence} (code {code})"


def report(*, sentence: str, advice: str, message: str, suggestion: str, trace_id: str) -> str:
    """Every known fact on a line of its own, for the clipboard."""
    facts = (
        ("What happened", sentence),
        ("What to do", advice),
        ("Service message", message),
        ("Service suggestion", suggestion),
        ("Trace ID", trace_id),
    )
    return "\n".join(f"{label}: {text}" for label, text in facts if text)
