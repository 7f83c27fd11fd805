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
from .transport import CONNECT_SECONDS, AnswerLost, fault_of, open_session

if TYPE_CHECKING:
    from requests import Response

    from .dialect import Stop

READ_SECONDS: Final = 10.0
CHUNK_BYTES: Final = 64 * 1024
_EXPIRED: Final = frozenset({401, 403, 404, 410})


def download(
    link: str,
    target: Path,
    *,
    stop: Stop,
    progress: Callable[[int, int | None], None],
) -> None:
    """Fetch `link` into `target`. `progress` gets bytes so far, and all bytes where they are known.

    Raises `LinkExpired`, `Transient` (what arrived is kept and resumed by the next call),
    `Rejected` where the disk refuses, `Stopped`.
    """
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        have = part.stat().st_size if part.exists() else 0
        with open_session() as session:
            _fetch(session, link, part, have=have, stop=stop, progress=progress)
        os.replace(part, target)
    except requests.RequestException as error:
        fault = fault_of(error)
        raise _broken_off() if isinstance(fault, AnswerLost) else fault from None
    except OSError as error:
        raise _disk_fault(error) from None


def _fetch(
    session: requests.Session,
    link: str,
    part: Path,
    *,
    have: int,
    stop: Stop,
    progress: Callable[[int, int | None], None],
) -> None:
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with session.get(
        link, headers=headers, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS)
    ) as response:
        if _is_whole(response, have):
            return
        _refuse(response, part)
        start = have if _continues(response, part, have) else 0
        total = _total(response, start)
        with part.open("ab" if start else "wb") as file:
            done = start
            for chunk in response.iter_content(CHUNK_BYTES):
                if stop():
                    raise Stopped
                done += file.write(chunk)
                progress(done, total)
            file.flush()
            os.fsync(file.fileno())
    if total is not None and done != total:
        raise _broken_off()


def _is_whole(response: Response, have: int) -> bool:
    """Whether the host has no more than what is already here."""
    nothing_left = response.status_code == requests.codes.requested_range_not_satisfiable
    return nothing_left and have > 0 and _total(response, have) == have


def _refuse(response: Response, part: Path) -> None:
    if response.status_code in _EXPIRED:
        raise LinkExpired(Trouble(kind=Kind.RESULT, detail="the link has expired"))
    if response.status_code == requests.codes.requested_range_not_satisfiable:
        part.unlink(missing_ok=True)
        raise _broken_off()
    if response.status_code not in {200, 206}:
        detail = f"the file server answered {response.status_code}"
        raise Transient(Trouble(kind=Kind.SERVICE, detail=detail))


def _continues(response: Response, part: Path, have: int) -> bool:
    """Whether the host heeded the range; one that did not sends the whole file again."""
    if response.status_code != requests.codes.partial_content:
        return False
    if not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
        part.unlink()
        raise _broken_off()
    return True


def _total(response: Response, start: int) -> int | None:
    match = re.search(r"/(\d+)$", response.headers.get("Content-Range", ""))
    if match:
        return int(match.group(1))
    if response.headers.get("Content-Encoding", "identity") != "identity":
        return None
    length = response.headers.get("Content-Length", "")
    return start + int(length) if length.isdigit() else None


def _broken_off() -> Transient:
    return Transient(Trouble(kind=Kind.OFFLINE, detail="the download broke off"))


def _disk_fault(error: OSError) -> Transient | Rejected:
    trouble = Trouble(kind=Kind.DISK, detail=error.strerror or "unknown reason")
    return (
        Transient(trouble)
        if error.errno in {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
        else Rejected(trouble)
    )
