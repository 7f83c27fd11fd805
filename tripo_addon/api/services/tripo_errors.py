"""The meaning of Tripo's error codes, for both of its interfaces.

Tables, and the few cases in which a code is ambiguous. Facts: the error tables of Tripo's API v2
and v3 documents.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from ..errors import Kind
from ..messages import services as messages
from .verdicts import ErrorTable, Verdict, judge, not_yet, refused, unsure

ERRORS: Final = ErrorTable(
    codes={
        2: refused(Kind.KEY),
        1002: refused(Kind.KEY),
        1000: unsure(),
        1001: unsure(),
        1003: refused(Kind.SETTING),
        1004: refused(Kind.SETTING),
        1005: refused(Kind.ACCESS),
        1007: not_yet(),
        2000: not_yet(),
        2001: refused(Kind.NOT_FOUND),
        2002: refused(Kind.SETTING),
        2003: refused(Kind.FILE),
        2004: refused(Kind.FILE),
        2005: refused(Kind.SOURCE),
        2006: refused(Kind.SOURCE),
        2007: refused(Kind.SOURCE),
        2008: refused(Kind.CONTENT),
        2009: refused(Kind.SETTING),
        2010: refused(Kind.CREDITS),
        2011: refused(Kind.SOURCE),
        2012: refused(Kind.SOURCE),
        2013: refused(Kind.ACCESS),
        2014: refused(Kind.SERVICE, firm=True),
        2015: refused(Kind.VERSION),
        2016: refused(Kind.VERSION),
        2017: refused(Kind.VERSION),
        2018: refused(Kind.TOO_COMPLEX),
        2019: refused(Kind.FILE),
        2021: refused(Kind.FILE),
        2022: refused(Kind.FILE),
        4001: refused(Kind.SETTING),
    },
)
"""1000 and 1001 are server errors, after which it is unknown whether a task was made; newer
documents list them with status 401 as well, which means that the key was refused. 2014 comes with
status 500 but proves that there is no task, because moderation comes first."""
NOTHING_THERE: Final = frozenset({404, 410})
"""HTTP statuses that, without an envelope, mean that the host does not have this interface."""
HINTS: Final = {2009: messages.REMOVE_SYMBOLS}
"""Advice for single codes, in addition to that of their kind."""
BAD_PARAMETER: Final = 1004
_TOO_COMPLEX: Final = 2018

_ABOUT_A_FILE: Final = re.compile(r"file[_ ]?token|\bfile\b.*\b(expired|not found|exist)", re.I)
_ABOUT_THE_VERSION: Final = re.compile(
    r"\bmodel(_version)?['\"` ]*(is )?(required|missing|invalid|unknown|not supported|retired)"
    r"|\b(invalid|unknown|unsupported|missing|retired) model\b(?! file)",
    re.I,
)
_ABOUT_THE_MESH: Final = re.compile(r"complex|mesh|face", re.I)


def answer_verdict(status: int, code: int | None, message: str) -> Verdict:
    """Return the verdict on an answer's HTTP status, code and message."""
    verdict = judge(ERRORS, status, code)
    if code == BAD_PARAMETER and verdict.kind is Kind.SETTING:
        return replace(verdict, kind=_parameter_fault(message))
    return verdict


def task_fault(code: int | None, message: str) -> Kind:
    """Return why a task failed. The documents give 2018 two meanings, a too complex mesh and a
    time-out; the message decides."""
    if code == _TOO_COMPLEX and not _ABOUT_THE_MESH.search(message):
        return Kind.TIMED_OUT
    verdict = ERRORS.codes.get(code or 0)
    return verdict.kind if verdict is not None else Kind.SERVICE


def _parameter_fault(message: str) -> Kind:
    if _ABOUT_A_FILE.search(message):
        return Kind.FILE
    return Kind.VERSION if _ABOUT_THE_VERSION.search(message) else Kind.SETTING
