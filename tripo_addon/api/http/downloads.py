"""Downloads results: streams to a part file, resumes, checks the length, then renames.

Signed links get no key, no cookies, and no trace header. The stop flag ends a download at any
moment; a later attempt resumes it. A download may take long, but not be slower than a watch allows,
larger than a model can be, or fill the disk."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

import requests

from ..errors import Kind, LinkExpired, NotAccepted, Problem, Rejected, Transient
from ..file_names import folder_trouble
from ..messages import connections as messages
from ..messages import folders
from ..record import record
from .addresses import is_opened
from .exchange_limits import OutOfBounds, Watch, watching
from .partial_file import Known, PartialFile, is_encoded
from .response_body import pieces
from .session import CONNECT_SECONDS, GuardedSession, open_session
from .transport import AnswerLost, link_fault

if TYPE_CHECKING:
    from requests import Response

    from ..dialect import Stop

READ_SECONDS: Final = 10.0
CHUNK_BYTES: Final = 64 * 1024
_PATIENCE: Final = frozenset({408, 425, 429})
"""Client errors worth retrying; any other 4xx needs a new link."""
_REDIRECTS: Final = 10
_HEAD_BYTES: Final = 1_000_000
_LOOK_BYTES: Final = 8_000_000


@record
class Bounds:
    """Limits of a download. `local`: the link may lead to this machine. `most` is the largest size
    in bytes if the host states one, `most_unsaid` if it does not. `spare` bytes are kept free on
    the disk."""

    local: bool = False
    most: int = 4_000_000_000
    most_unsaid: int = 1_000_000_000
    spare: int = 100_000_000

    def least(self, total: int | None) -> int:
        """Return the smallest size in bytes that is refused."""
        return (self.most_unsaid if total is None else self.most) + 1


def download(
    link: str,
    target: Path,
    *,
    stop: Stop,
    progress: Callable[[int, int | None], None],
    bounds: Bounds = Bounds(),
) -> None:
    """Download `link` to `target`. `progress` gets the bytes so far, and the total or None.

    Resumes an earlier download only if the host proves that the file is the same: by ETag or date,
    else by its length. Raises `LinkExpired`, `Transient` (the received part is kept), `Stopped`,
    and `Rejected`: with the disk's problem, with kind LINK for a link that may not be opened, or
    with kind RESULT for a file that is too large.
    """
    part = PartialFile(target)
    watch = Watch(messages.DOWNLOAD, budget=_HEAD_BYTES, stop=stop)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with open_session(local=bounds.local) as session, watching(watch):
            _fetch(session, link, part, watch=watch, progress=progress, bounds=bounds)
        part.complete()
    except OutOfBounds as error:
        raise Transient(Problem(kind=Kind.OFFLINE, detail=error.detail)) from None
    except (requests.RequestException, Rejected) as error:
        fault = link_fault(error, link, local=bounds.local)
        raise _broken_off() if isinstance(fault, AnswerLost) else fault from None
    except OSError as error:
        raise _disk_fault(error) from None


def _fetch(
    session: GuardedSession,
    link: str,
    part: PartialFile,
    *,
    watch: Watch,
    progress: Callable[[int, int | None], None],
    bounds: Bounds,
) -> None:
    known = part.known(link)
    have = part.size if known is not None else 0
    headers = {"Accept-Encoding": "identity"}
    if have and known is not None:
        headers |= known.condition(have)
    with _followed(session, link, headers, bounds) as response:
        if have and _is_whole(response, have):
            return
        _refuse(response, part)
        start = (
            have if have and known is not None and _continues(response, part, known, have) else 0
        )
        total = _total(response, start)
        if not start:
            part.begin(link, response, total)
        guard = _Guard(part.path.parent, bounds, total)

        def took(so_far: int) -> None:
            guard(so_far)
            progress(so_far, total)

        try:
            guard(start)
            done = _take_in(pieces(response, CHUNK_BYTES, watch), part, start, took)
        except NotAccepted as refused:
            if total is None or isinstance(refused, Rejected):
                part.discard()
            raise
    if total is not None and done != total:
        raise _broken_off()


@contextmanager
def _followed(
    session: GuardedSession, link: str, headers: dict[str, str], bounds: Bounds
) -> Generator[Response]:
    """Yield the response at the end of all redirects, without reading their bodies."""
    for _ in range(_REDIRECTS):
        with session.get(
            link, headers=headers, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS)
        ) as response:
            onward = session.leads_to(response)
            if onward is None:
                yield response
                return
        link = urljoin(link, onward)
        if not is_opened(link, local=bounds.local):
            raise Rejected(Problem(kind=Kind.ADDRESS))
    raise _expired(messages.REDIRECTED_TOO_OFTEN)


class _Guard:
    """Checks a running download: its size at every chunk, free disk space every few megabytes."""

    def __init__(self, folder: Path, bounds: Bounds, total: int | None) -> None:
        self._folder = folder
        self._bounds = bounds
        self._total = total
        self._next_look = 0

    def __call__(self, done: int) -> None:
        """Called with the number of bytes so far. Raises `Rejected` for an implausible size,
        `Transient` if the disk is too full."""
        if max(done, self._total or 0) >= self._bounds.least(self._total):
            raise Rejected(Problem(kind=Kind.RESULT, detail=self._implausible()))
        if done >= self._next_look:
            self._next_look = done + _LOOK_BYTES
            self._look(done)

    def _look(self, done: int) -> None:
        free = shutil.disk_usage(self._folder).free
        wanted = self._bounds.spare + max(0, (self._total or done) - done)
        if free >= wanted:
            return
        detail = messages.no_room(free, wanted, self._bounds.spare)
        raise Transient(Problem(kind=Kind.DISK, detail=detail))

    def _implausible(self) -> str:
        most = self._bounds.least(self._total) // 10**6
        if self._total is None:
            return messages.download_endless(most)
        return messages.download_implausible(self._total // 10**6, most)


def _take_in(
    content: Iterator[bytes], part: PartialFile, start: int, progress: Callable[[int], None]
) -> int:
    """Write the content to the part file and return its size."""
    done = start
    with part.path.open("ab" if start else "wb") as file:
        for chunk in content:
            done += file.write(chunk)
            # Write each chunk as it comes: Python 3.14 has a larger buffer.
            file.flush()
            progress(done)
        os.fsync(file.fileno())
        size = os.fstat(file.fileno()).st_size
    if part.path.is_file() and size != done:
        # Another process wrote to the file as well.
        part.discard()
        raise _broken_off()
    return done


def _is_whole(response: Response, have: int) -> bool:
    """Whether the part file already holds the whole file."""
    nothing_left = response.status_code == requests.codes.requested_range_not_satisfiable
    return nothing_left and _total(response, have) == have


def _refuse(response: Response, part: PartialFile) -> None:
    status = response.status_code
    if response.status_code == requests.codes.requested_range_not_satisfiable:
        part.discard()
        raise _broken_off()
    if 400 <= status < 500 and status not in _PATIENCE:
        raise _expired(messages.LINK_EXPIRED)
    if status not in {200, 206}:
        detail = messages.file_server_status(status)
        raise Transient(Problem(kind=Kind.SERVICE, detail=detail))


def _continues(response: Response, part: PartialFile, known: Known, have: int) -> bool:
    """Whether the host honored the range for the same file; otherwise it sends the whole file."""
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
    return LinkExpired(Problem(kind=Kind.RESULT, detail=detail))


def _broken_off() -> Transient:
    return Transient(Problem(kind=Kind.OFFLINE, detail=messages.DOWNLOAD_BROKEN_OFF))


def _disk_fault(error: OSError) -> Transient | Rejected:
    trouble = folder_trouble(error, folders.DOWNLOADS)
    return Transient(trouble) if trouble.kind is Kind.DISK else Rejected(trouble)
