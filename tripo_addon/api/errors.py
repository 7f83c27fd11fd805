"""What can go wrong between us and a service, and the plain words for it.

Nothing here sends, logs or decides about a job: the exceptions say what is known about the
request, `Problem` says it to the artist.

    ServiceFault            carries a Problem
    ├── NotAccepted         proof that the request made no task: it never left, or was refused
    │   ├── Transient       the same step may be taken again
    │   └── Rejected        the service understood and said no
    ├── OutcomeUnknown      a paid request may have left, its answer was lost: never sent again
    └── LinkExpired         a signed link no longer works: ask for the task again
    Stopped                 our own stop flag was raised; not a fault of anyone
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """The few kinds of trouble an artist has to tell apart: what happened, and what to do."""

    KEY = (
        "key",
        "The service did not accept your API key",
        "Check the key, the region and the service in the preferences",
    )
    ACCESS = (
        "access",
        "Your account may not use this function",
        "Choose another option or ask the service",
    )
    CREDITS = (
        "credits",
        "There are not enough credits for this job",
        "Top up in the service's console or lower the settings",
    )
    BUSY = ("busy", "The service is busy", "Nothing to do: the job goes on as soon as it can")
    SETTING = (
        "setting",
        "The service does not accept one of the settings",
        "Change the setting it names below",
    )
    CONTENT = (
        "content",
        "The service's content rules refuse this text or picture",
        "Change it and try again",
    )
    FILE = (
        "file",
        "The service cannot use this file",
        "Use a PNG or JPEG picture of up to 20 MB, or a GLB model of up to 150 MB",
    )
    PREPARING = (
        "preparing",
        "What is to be sent could not be prepared",
        "Mend what is named, or close other programs, then retry",
    )
    LANDING = (
        "landing",
        "A result could not be put onto your object",
        "Mend what is named, then ask again; or choose Download Only",
    )
    SOURCE = (
        "source",
        "This step cannot be done on that model",
        "Choose a finished model of the right kind",
    )
    NOT_FOUND = (
        "not_found",
        "The service does not know this task for your key",
        "Use the key and region that started it",
    )
    SOURCE_GONE = (
        "source_gone",
        "The service does not know the task of this shape any more",
        "Send it as a file, at the price on the button; or select the object and ask again",
    )
    LAPSED = (
        "lapsed",
        "The service does not keep its tasks so long, and has forgotten this one",
        "Retry makes it anew, at the price on the button",
    )
    STEP_BEFORE = (
        "step_before",
        "The step before it failed, so nothing was sent or charged for this one",
        "Retry the step before it: this one follows by itself",
    )
    OFFER = (
        "offer",
        "The chosen service cannot do this",
        "Choose another service or another option",
    )
    VERSION = ("version", "This model version is no longer offered", "Choose a newer model version")
    TOO_COMPLEX = (
        "too_complex",
        "The mesh is too complex for this step",
        "Use a simpler model or a higher face limit",
    )
    TIMED_OUT = (
        "timed_out",
        "The task waited too long in the service's queue and was stopped",
        "Start it again",
    )
    CANCELLED = ("cancelled", "The service cancelled the task", "Start it again")
    SERVICE = ("service", "The service had a problem of its own", "Try again in a few minutes")
    LOST_ANSWER = (
        "lost_answer",
        "The answer was lost: the task may be running, and may be charged",
        "Look in the service's console before you start it again",
    )
    OFFLINE = (
        "offline",
        "The service cannot be reached",
        "Check the internet connection, the proxy and the firewall",
    )
    PROXY = (
        "proxy",
        "The proxy cannot be used",
        "Correct it in the system's settings or in the environment's HTTPS_PROXY, as in "
        "http://proxy.example:8080, and start Blender again; or ask whoever runs your network",
    )
    CERTIFICATE = (
        "certificate",
        "The service's certificate cannot be verified",
        "Ask whoever runs your network: its own certificate must be in the system's trust store",
    )
    ADDRESS = (
        "address",
        "This address is not allowed",
        "The base URL must start with https://",
    )
    LINK = (
        "link",
        "The service gave a link that the add-on does not open",
        "Retry asks for another link, which is free for a finished task; if it is the same again, "
        "tell the service",
    )
    IMPORT = (
        "import",
        "Blender could not import the model",
        "Import tries again from the file, which is kept; the file can be imported by hand as well",
    )
    MISTAKE = (
        "mistake",
        "The add-on made a mistake",
        "Retry; if it happens again, copy the error and report it",
    )
    RESULT = ("result", "The result cannot be used", "Retry downloads it again, free of charge")
    DISK = (
        "disk",
        "The file cannot be written",
        "Make room, or choose another download folder in the preferences",
    )
    FOLDER = (
        "folder",
        "The folder cannot be used",
        "Choose another folder, or see that this one is a folder that can be written, then retry",
    )
    CLOSED = ("closed", "Blender was closed before anything was sent", "Retry sends it now")
    JOURNAL = (
        "journal",
        "The job could not be recorded on disk, so nothing was sent",
        "Make room on the disk of your Blender user folder, then retry",
    )
    ADDON = (
        "addon",
        "The add-on could not read the service's answer",
        "Copy the error and report it",
    )

    sentence: str
    advice: str

    def __new__(cls, name: str, sentence: str, advice: str) -> Kind:
        """The name alone is the value, and so what gets stored."""
        kind = object.__new__(cls)
        kind._value_ = name
        kind.sentence = sentence
        kind.advice = advice
        return kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that went wrong, in our words and in the service's own.

    `detail` is ours and precise ("12 of 40 MB arrived"); `code`, `message`, `suggestion` and
    `trace_id` are the service's, kept word for word for the copy button.
    """

    kind: Kind
    detail: str = ""
    code: int | str | None = None
    message: str = ""
    suggestion: str = ""
    trace_id: str = ""

    @property
    def sentence(self) -> str:
        """What happened, as one sentence for the artist, with the service's code where it has
        one."""
        words = f"{self.kind.sentence}: {self.detail}" if self.detail else self.kind.sentence
        return f"{words} (code {self.code})" if self.code is not None else words

    @property
    def advice(self) -> str:
        """What to do about it."""
        return self.kind.advice

    def report(self) -> str:
        """Every known fact, a line each: what the copy button puts on the clipboard."""
        facts = (
            ("What happened", self.sentence),
            ("What to do", self.advice),
            ("The service's message", self.message),
            ("The service's suggestion", self.suggestion),
            ("Trace id", self.trace_id),
        )
        return "\n".join(f"{label}: {text}" for label, text in facts if text)


class ServiceFault(Exception):
    """Base of all faults between us and a service; `trouble` says it in words."""

    def __init__(self, trouble: Problem) -> None:
        super().__init__(trouble.sentence)
        self.trouble = trouble


class NotAccepted(ServiceFault):
    """Proof that a request made no task: not a byte of it left this machine, or the service refused
    it. The only ground on which a paid request may be sent again; every other exception leaves its
    outcome unknown."""


class Transient(NotAccepted):
    """Nothing was accepted, and later it may be; `retry_after` is the wait in seconds that the
    service asked for, if any."""

    def __init__(self, trouble: Problem, *, retry_after: float | None = None) -> None:
        super().__init__(trouble)
        self.retry_after = retry_after


class OutcomeUnknown(ServiceFault):
    """A paid request may have left, and whether it was accepted is not known."""


class Rejected(NotAccepted):
    """The service answered, and the answer is no."""


class LinkExpired(ServiceFault):
    """A signed result link was refused by its host."""


class Stopped(Exception):
    """The stop flag was raised while working."""
