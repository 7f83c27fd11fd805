"""Errors between the add-on and a service.

The exceptions say what is known about a request; `Problem` describes it to the user. Nothing here
sends, logs, or decides about a job.

    ServiceFault            carries a Problem
    ├── NotAccepted         proof that the request made no task: it was not sent, or refused
    │   ├── Transient       the same step may be taken again
    │   └── Rejected        the service understood and said no
    ├── OutcomeUnknown      a paid request may have been sent, its answer is lost: never repeat
    └── LinkExpired         a signed link no longer works: ask for the task again
    Stopped                 our own stop flag was raised; not an error
"""

from __future__ import annotations

from enum import Enum

from .messages import problems
from .record import record


class Kind(Enum):
    """The kinds of problem shown to the user, each with a sentence and advice."""

    KEY = ("key", problems.KEY)
    ACCESS = ("access", problems.ACCESS)
    CREDITS = ("credits", problems.CREDITS)
    BUSY = ("busy", problems.BUSY)
    SETTING = ("setting", problems.SETTING)
    CONTENT = ("content", problems.CONTENT)
    FILE = ("file", problems.FILE)
    PREPARING = ("preparing", problems.PREPARING)
    LANDING = ("landing", problems.LANDING)
    SOURCE = ("source", problems.SOURCE)
    NOT_FOUND = ("not_found", problems.NOT_FOUND)
    SOURCE_GONE = ("source_gone", problems.SOURCE_GONE)
    LAPSED = ("lapsed", problems.LAPSED)
    STEP_BEFORE = ("step_before", problems.STEP_BEFORE)
    OFFER = ("offer", problems.OFFER)
    VERSION = ("version", problems.VERSION)
    TOO_COMPLEX = ("too_complex", problems.TOO_COMPLEX)
    TIMED_OUT = ("timed_out", problems.TIMED_OUT)
    CANCELLED = ("cancelled", problems.CANCELLED)
    SERVICE = ("service", problems.SERVICE)
    LOST_ANSWER = ("lost_answer", problems.LOST_ANSWER)
    OFFLINE = ("offline", problems.OFFLINE)
    PROXY = ("proxy", problems.PROXY)
    CERTIFICATE = ("certificate", problems.CERTIFICATE)
    ADDRESS = ("address", problems.ADDRESS)
    LINK = ("link", problems.LINK)
    IMPORT = ("import", problems.IMPORT)
    MISTAKE = ("mistake", problems.MISTAKE)
    RESULT = ("result", problems.RESULT)
    DISK = ("disk", problems.DISK)
    FOLDER = ("folder", problems.FOLDER)
    CLOSED = ("closed", problems.CLOSED)
    JOURNAL = ("journal", problems.JOURNAL)
    ADDON = ("addon", problems.ADDON)

    sentence: str
    advice: str

    def __new__(cls, name: str, text: problems.ProblemText) -> Kind:
        """The value is the name alone, because job lists store it."""
        kind = object.__new__(cls)
        kind._value_ = name
        kind.sentence, kind.advice = text
        return kind


@record(kw_only=True)
class Problem:
    """One problem, in our words and the service's.

    `detail` is ours and precise ("12 of 40 MB arrived"); `code`, `message`, `suggestion` and
    `trace_id` are the service's, unchanged, for the copy button.
    """

    kind: Kind
    detail: str = ""
    code: int | str | None = None
    message: str = ""
    suggestion: str = ""
    trace_id: str = ""

    @property
    def sentence(self) -> str:
        """What happened, as one sentence for the user, with the service's code if it sent one."""
        precise = problems.with_detail(self.kind.sentence, self.detail)
        return problems.with_code(precise, self.code)

    @property
    def advice(self) -> str:
        """What to do about it."""
        return self.kind.advice

    def report(self) -> str:
        """Every known fact on a line of its own: what the copy button puts on the clipboard."""
        return problems.report(
            sentence=self.sentence,
            advice=self.advice,
            message=self.message,
            suggestion=self.suggestion,
            trace_id=self.trace_id,
        )


class ServiceFault(Exception):
    """Base of all errors between the add-on and a service; `trouble` describes the problem."""

    def __init__(self, trouble: Problem) -> None:
        super().__init__(trouble.sentence)
        self.trouble = trouble


class NotAccepted(ServiceFault):
    """Proof that a request made no task: no byte of it left this computer, or the service refused
    it. Only then may a paid request be sent again; after any other exception its outcome is
    unknown."""


class Transient(NotAccepted):
    """Nothing was accepted, but a later try may be. `retry_after`: seconds the service asked us to
    wait, if any."""

    def __init__(self, trouble: Problem, *, retry_after: float | None = None) -> None:
        super().__init__(trouble)
        self.retry_after = retry_after


class OutcomeUnknown(ServiceFault):
    """A paid request may have been sent, and it is unknown whether it was accepted."""


class Rejected(NotAccepted):
    """The service refused the request."""


class LinkExpired(ServiceFault):
    """The file host refused a signed result link."""


class Stopped(Exception):
    """The stop flag was raised while working."""
