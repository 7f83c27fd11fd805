"""Uploads a file to a presigned storage URL, without the service's key.

One attempt, streamed, so that a large model does not fill the memory.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import requests

from ..dialect import Stop, never
from ..errors import Kind, Problem, Rejected, Transient
from ..messages import connections as messages
from .exchange_limits import OutOfBounds, Watch, watching
from .session import CONNECT_SECONDS, NoKey, open_session
from .transport import AnswerLost, link_fault

if TYPE_CHECKING:
    from requests.auth import AuthBase

ANSWER_SECONDS: Final = 300.0
_HEAD_BYTES: Final = 500_000


def put_file(
    url: str,
    path: Path,
    *,
    mime: str,
    local: bool,
    stop: Stop = never,
    auth: AuthBase | None = None,
) -> None:
    """PUT a file; `auth` signs the request if the URL is not presigned. `local` allows a URL on
    this machine.

    Raises `Transient`, `Rejected` for a URL that may not be opened, `Stopped`, and `OSError` if
    the file cannot be read.
    """
    watch = Watch(messages.RESPONSE, budget=_HEAD_BYTES, seconds=ANSWER_SECONDS, stop=stop)
    try:
        with (
            path.open("rb") as content,
            open_session(local=local) as session,
            watching(watch),
            session.put(
                url,
                data=content,
                headers={"Content-Type": mime},
                auth=auth or NoKey(),
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                stream=True,
            ) as response,
        ):
            # The body of the storage's answer is not needed.
            status = response.status_code
    except OutOfBounds as error:
        detail = messages.upload_given_up(error.detail)
        raise Transient(Problem(kind=Kind.OFFLINE, detail=detail)) from None
    except (requests.RequestException, Rejected) as error:
        fault = link_fault(error, url, local=local)
        if isinstance(fault, AnswerLost):
            fault = Transient(Problem(kind=Kind.OFFLINE, detail=messages.UPLOAD_BROKEN_OFF))
        raise fault from None
    if not 200 <= status < 300:
        detail = messages.storage_status(status)
        raise Transient(Problem(kind=Kind.SERVICE, detail=detail))
