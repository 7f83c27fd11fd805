"""What Tripo's error codes mean, for both of its interfaces, and what an answer complains of.

Tables and the few cases in which a code says too little. Facts: the error tables of Tripo's API v2
and v3 documents.
"""

from __future__ import annotations

import re
from typing import Final

from ..errors import Kind

KINDS: Final = {
    2: Kind.KEY,
    1002: Kind.KEY,
    1000: Kind.SERVICE,
    1001: Kind.SERVICE,
    1003: Kind.SETTING,
    1004: Kind.SETTING,
    1005: Kind.ACCESS,
    1007: Kind.BUSY,
    2000: Kind.BUSY,
    2001: Kind.NOT_FOUND,
    2002: Kind.SETTING,
    2003: Kind.FILE,
    2004: Kind.FILE,
    2005: Kind.SOURCE,
    2006: Kind.SOURCE,
    2007: Kind.SOURCE,
    2008: Kind.CONTENT,
    2009: Kind.SETTING,
    2010: Kind.CREDITS,
    2011: Kind.SOURCE,
    2012: Kind.SOURCE,
    2013: Kind.ACCESS,
    2014: Kind.SERVICE,
    2015: Kind.VERSION,
    2016: Kind.VERSION,
    2017: Kind.VERSION,
    2018: Kind.TOO_COMPLEX,
    2019: Kind.FILE,
    2021: Kind.FILE,
    2022: Kind.FILE,
    4001: Kind.SETTING,
}
BROKE_DOWN: Final = frozenset({1000, 1001})
"""Codes of a breakdown, after which nobody can say whether a task was made."""
NOTHING_MADE: Final = frozenset({2014})
"""Codes that come with an HTTP 500 and yet prove that no task was made: moderation failed first."""
NOTHING_THERE: Final = frozenset({404, 410})
"""HTTP statuses that, without an envelope, come from a host where this interface is not."""
HINTS: Final = {2009: "remove emoji and special symbols from the text"}
"""What an artist can do about a code, where its kind says too little."""
BAD_PARAMETER: Final = 1004
_TOO_COMPLEX: Final = 2018

_BY_STATUS: Final = {
    400: Kind.SETTING,
    402: Kind.CREDITS,
    403: Kind.ACCESS,
    404: Kind.NOT_FOUND,
    429: Kind.BUSY,
}
_ABOUT_A_FILE: Final = re.compile(r"file[_ ]?token|\bfile\b.*\b(expired|not found|exist)", re.I)
_ABOUT_THE_VERSION: Final = re.compile(
    r"\bmodel(_version)?['\"` ]*(is )?(required|missing|invalid|unknown|not supported|retired)"
    r"|\b(invalid|unknown|unsupported|missing|retired) model\b(?! file)",
    re.I,
)
_ABOUT_THE_MESH: Final = re.compile(r"complex|mesh|face", re.I)


def answer_fault(status: int, code: int | None, message: str) -> Kind:
    """What kind of trouble an answer's HTTP status, code and message amount to."""
    if status == 401:
        return Kind.KEY
    if code == BAD_PARAMETER:
        return _parameter_fault(message)
    if code in KINDS:
        return KINDS[code]
    return _BY_STATUS.get(status, Kind.SERVICE)


def task_fault(code: int | None, message: str) -> Kind:
    """What a failed task failed of. The documents give 2018 two meanings: a mesh that is too
    complex, or a wait that was too long; the message decides."""
    if code == _TOO_COMPLEX and not _ABOUT_THE_MESH.search(message):
        return Kind.TIMED_OUT
    return KINDS.get(code or 0, Kind.SERVICE)


def _parameter_fault(message: str) -> Kind:
    if _ABOUT_A_FILE.search(message):
        return Kind.FILE
    return Kind.VERSION if _ABOUT_THE_VERSION.search(message) else Kind.SETTING
