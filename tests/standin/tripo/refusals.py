"""Tripo's error codes: HTTP status, message and suggestion by code, as its tables list them.

Only codes that the stand-in really gives.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ..fields import About, Unacceptable


@dataclass(frozen=True)
class Meaning:
    """The contents of an error's envelope."""

    status: int
    message: str
    suggestion: str


NO_ENTRY = "Authentication failed"
MEANINGS: Mapping[int, Meaning] = {
    1000: Meaning(500, "Server error", "Retry later"),
    1001: Meaning(500, "Internal error", "Retry later"),
    2: Meaning(401, NO_ENTRY, "Check the API key; it starts with tsk_"),
    1002: Meaning(401, NO_ENTRY, "Check the API key; it starts with tsk_"),
    1003: Meaning(400, "The request body is malformed", "Send a JSON object"),
    1004: Meaning(400, "A parameter is invalid", "Check the parameters"),
    1005: Meaning(403, "You may not use this function", "Contact support"),
    1007: Meaning(429, "Too many requests", "Retry later"),
    2000: Meaning(429, "You have exceeded the limit of generation", "Retry later"),
    2001: Meaning(404, "Task not found", "Check the task id and the key that made it"),
    2002: Meaning(400, "The task type is unsupported", "Use another endpoint"),
    2003: Meaning(400, "The input file is empty", "Upload the file again"),
    2004: Meaning(400, "The file type is unsupported", "Use JPEG, PNG or WEBP; GLB for a mesh"),
    2006: Meaning(400, "The source task is of the wrong kind", "Choose another task"),
    2007: Meaning(400, "The source task has not succeeded", "Wait for it, or choose another"),
    2008: Meaning(400, "The input violates our content policy", "Modify the input"),
    2009: Meaning(400, "The prompt has unsupported characters", "Remove emoji and symbols"),
    2010: Meaning(403, "You need more credits to start a new task", "Purchase more credits"),
    2011: Meaning(400, "The source task has no mesh", "Choose a finished model"),
    2012: Meaning(400, "The source task is not a rig task", "Rig the model first"),
    2013: Meaning(403, "This priority is not allowed", "Leave priority out"),
    2015: Meaning(400, "The version has been deprecated", "Try a higher version"),
    2016: Meaning(400, "This request has been retired", "Use another endpoint"),
    2017: Meaning(400, "Invalid model version", "Check the available versions"),
    2019: Meaning(404, "File not found", "Verify the file reference"),
    2021: Meaning(400, "The file is too large", "Use a smaller file"),
    4001: Meaning(404, "No such route", "Check the path"),
    # For v2's router, only the range of codes is documented.
    9404: Meaning(404, "No such route", "Check the path"),
}
CODE_OF: Mapping[About, int] = {"value": 1004, "characters": 2009, "content": 2008}


class Refused(Exception):
    """A request that gets an error envelope. `status` is set if it is not the code's usual one."""

    def __init__(self, code: int, message: str = "", *, status: int = 0) -> None:
        meaning = MEANINGS[code]
        super().__init__(message or meaning.message)
        self.code = code
        self.message = message or meaning.message
        self.suggestion = meaning.suggestion
        self.status = status or meaning.status


def refusal(error: Unacceptable) -> Refused:
    """Return the refusal for a body that breaks the table."""
    return Refused(CODE_OF[error.about], str(error))
