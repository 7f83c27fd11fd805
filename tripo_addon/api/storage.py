"""Putting a file where a service wants it: a signed address of a storage, which gets no key.

One attempt, as a stream, so that a large model does not fill the memory.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import requests

from .errors import Kind, Rejected, Transient, Trouble
from .transport import CONNECT_SECONDS, AnswerLost, NoKey, link_fault, open_session

if TYPE_CHECKING:
    from requests.auth import AuthBase

WRITE_SECONDS: Final = 300.0


def put_file(url: str, path: Path, *, mime: str, auth: AuthBase | None = None) -> None:
    """PUT a file; `auth` signs the request where the address alone does not.

    Raises `Transient`, `Rejected` for an address that is not spoken to, `OSError` where the file
    cannot be read.
    """
    try:
        with path.open("rb") as stream, open_session() as session:
            response = session.put(
                url,
                data=stream,
                headers={"Content-Type": mime},
                auth=auth or NoKey(),
                timeout=(CONNECT_SECONDS, WRITE_SECONDS),
                allow_redirects=False,
            )
    except (requests.RequestException, Rejected) as error:
        fault = link_fault(error, url)
        if isinstance(fault, AnswerLost):
            fault = Transient(Trouble(kind=Kind.OFFLINE, detail="the upload broke off"))
        raise fault from None
    if not 200 <= response.status_code < 300:
        detail = f"the file storage answered {response.status_code}"
        raise Transient(Trouble(kind=Kind.SERVICE, detail=detail))
