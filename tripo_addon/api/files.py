"""Fetching what a task made: streamed to a part file, resumed, checked for length, then named.

Signed links get no key, no cookies and no trace header. Heeds the stop flag at every chunk; the
short read timeout bounds how long a stop can take, and a later attempt resumes where this ended.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import requests

from .errors import Kind, LinkExpired, Rejected, Stopped, Transient, Trouble
from .parts import Known, Part, is_encoded
from .transport import CONNECT_SECONDS, AnswerLost, link_fault, open_session

if TYPE_CHECKING:
    from requests import Response

    from .dialect import Stop

READ_SECONDS: Final = 10.0
CHUNK_BYTES: Final = 64 * 1024
_PATIENCE: Final = frozenset({408, 425, 429})
"""Refusals that end by themselves; for every other one another link is needed."""


def download(
    link: str,
    target: Path,
    *,
    stop: Stop,
    progress: Callable[[int, int | None], None],
) -> None:
    """Fetch `link` into `target`. `progress` gets bytes so far, and all bytes where they are known.

    What an earlier call has left is gone on with only where the host proves that it is the same
    file: by ETag or date, else by its length. Raises `LinkExpired`, `Transient` (what arrived is
    kept), `Rejected` where the disk refuses or, of the kind LINK, where the link is not one that is
    opened, `Stopped`.
    """
    part = Part(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with open_session() as session:
            _fetch(session, link, part, stop=stop, progress=progress)
        part.complete()
    except requests.TooManyRedirects:
        raise _expired("the link leads nowhere") from None
    except (requests.RequestException, Rejected) as error:
        fault = link_fault(error, link)
        raise _broken_off() if isinstance(fault, AnswerLost) else fault from None
    except OSError as error:
        raise _disk_fault(error) from None


def _fetch(
    session: requests.Session,
    link: str,
    part: Part,
    *,
    stop: Stop,
    progress: Callable[[int, int | None], None],
) -> None:
    known = part.known(link)
    have = part.size if known is not None else 0
    headers = {"Accept-Encoding": "identity"}
    if have and known is not None:
        headers |= known.condition(have)
    with session.get(
        link, headers=headers, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS)
    ) as response:
        if have and _is_whole(response, have):
            return
        _refuse(response, part)
        start = (
            have if have and known is not None and _continues(response, part, known, have) else 0
        )
        total = _total(response, start)
        if not start:
            part.begin(link, response, total)
        done = _take_in(response, part, start, stop, lambda so_far: progress(so_far, total))
    if total is not None and done != total:
        raise _broken_off()


def _take_in(
    response: Response, part: Part, start: int, stop: Stop, progress: Callable[[int], None]
) -> int:
    """Write what comes; how many bytes there are then."""
    done = start
    with part.path.open("ab" if start else "wb") as file:
        for chunk in response.iter_content(CHUNK_BYTES):
            if stop():
                raise Stopped
            done += file.write(chunk)
            progress(done)
        file.flush()
        os.fsync(file.fileno())
        size = os.fstat(file.fileno()).st_size
    if part.path.is_file() and size != done:
        # Somebody else was writing to it as well.
        part.discard()
        raise _broken_off()
    return done


def _is_whole(response: Response, have: int) -> bool:
    """Whether the host has no more than what is already here."""
    nothing_left = response.status_code == requests.codes.requested_range_not_satisfiable
    return nothing_left and _total(response, have) == have


def _refuse(response: Response, part: Part) -> None:
    status = response.status_code
    if response.status_code == requests.codes.requested_range_not_satisfiable:
        part.discard()
        raise _broken_off()
    if 400 <= status < 500 and status not in _PATIENCE:
        raise _expired("the link has expired")
    if status not in {200, 206}:
        detail = f"the file server answered {status}"
        raise Transient(Trouble(kind=Kind.SERVICE, detail=detail))


def _continues(response: Response, part: Part, known: Known, have: int) -> bool:
    """Whether the host heeded the range and means the same file; one that did not sends the whole
    file again."""
    if response.status_code != requests.codes.partial_content:
        return False
    right_place = response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
    if not right_place or is_encoded(response) or not known.agrees(response, _total(response, 0)):
        part.discard()
        raise _broken_off()
    return True


def _total(response: Response, start: int) -> int | None:
    match = re.search(r"/(\d+)$", response.headers.get("Content-Range", ""))
    if match:
        return int(match.group(1))
    if is_encoded(response):
        return None
    length = response.headers.get("Content-Length", "")
    return start + int(length) if length.isdigit() else None


def _expired(detail: str) -> LinkExpired:
    return LinkExpired(Trouble(kind=Kind.RESULT, detail=detail))


def _broken_off() -> Transient:
    return Transient(Trouble(kind=Kind.OFFLINE, detail="the download broke off"))


def _disk_fault(error: OSError) -> Transient | Rejected:
    trouble = Trouble(kind=Kind.DISK, detail=error.strerror or "unknown reason")
    return (
        Transient(trouble)
        if error.errno in {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
        else Rejected(trouble)
    )
