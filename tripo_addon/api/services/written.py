"""The paid request of a task as it would be sent, written by the service's own dialect.

Sends nothing, and needs no key.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from ..dialect import Dialect
from ..errors import Kind, Problem, Rejected
from ..http.recording import Recorded, WrittenRequest, recording
from ..replies import FileRef, web_picture
from ..tasks import TaskRequest

_NO_KEY: Final = "no-key"


def written_request(
    request: TaskRequest, connect: Callable[[str, str], Dialect], base_url: str
) -> WrittenRequest:
    """Return the request as the dialect of `connect` sends it first. The token of a file that is
    uploaded before is not known yet: `<NAME>` stands for it.

    Reads the request's files. Raises `Rejected` if one of them is not accepted.
    """
    with recording():
        dialect = connect(base_url, _NO_KEY)
        try:
            named = tuple(_reference(dialect, file) for file in request.files)
            by_token = _written(dialect, request, named)
            if all(ref.token.encode() in by_token.body for ref in named):
                return by_token
            # This service names its uploads by an address.
            by_address = (FileRef(format=ref.format, address=ref.token) for ref in named)
            return _written(dialect, request, tuple(by_address))
        finally:
            dialect.close()


def _written(dialect: Dialect, request: TaskRequest, files: tuple[FileRef, ...]) -> WrittenRequest:
    try:
        dialect.submit(request, files)
    except Recorded as recorded:
        return recorded.written
    raise Rejected(Problem(kind=Kind.ADDON))


def _reference(dialect: Dialect, file: Path | str) -> FileRef:
    """The file as the request names it: checked, if the service takes files with the request."""
    if isinstance(file, str):
        return web_picture(file)
    try:
        return dialect.upload(file)
    except Recorded:
        return FileRef(format=file.suffix.lstrip(".").lower(), token=f"<{file.name}>")
