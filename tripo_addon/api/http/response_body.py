"""Reads and decompresses an answer's body within limits.

Neither requests nor every version of urllib3 limits the size of a decompressed body: a kilobyte may
become a megabyte. Here only one piece is decompressed at a time.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from requests.exceptions import ContentDecodingError

from ..messages import connections as messages
from .exchange_limits import OutOfBounds, Watch

if TYPE_CHECKING:
    from requests import Response

PACKED: Final = frozenset({"gzip", "x-gzip", "deflate"})
_ANY_HEADER: Final = zlib.MAX_WBITS | 32


def pieces(response: Response, size: int, watch: Watch) -> Iterator[bytes]:
    """Yield the body of a streamed answer in pieces of at most `size` bytes; each piece adds its
    length to the watch's budget. Raises `requests.RequestException`, `OutOfBounds`."""
    # Without this header requests does not decompress, which it would do without a limit.
    encoding = response.raw.headers.pop("Content-Encoding", "identity").strip().lower()
    raw = response.iter_content(size)
    if encoding not in {"", "identity", *PACKED}:
        raise ContentDecodingError("packed in a way that was not asked for")
    for piece in raw if encoding not in PACKED else _unpacked(raw, size):
        watch.allow(len(piece))
        yield piece


def whole(response: Response, most: int, watch: Watch) -> bytes:
    """Return the whole body. Raises `requests.RequestException`, and `OutOfBounds` if it has more
    than `most` bytes."""
    body = bytearray()
    for piece in pieces(response, 64 * 1024, watch):
        body += piece
        if len(body) > most:
            raise OutOfBounds(messages.response_too_large(most))
    return bytes(body)


def _unpacked(raw: Iterator[bytes], size: int) -> Iterator[bytes]:
    unpack = zlib.decompressobj(_ANY_HEADER)
    try:
        for packed in raw:
            rest = packed
            while rest and not unpack.eof:
                piece = unpack.decompress(rest, size)
                rest = unpack.unconsumed_tail
                if piece:
                    yield piece
        if not unpack.eof:
            yield unpack.flush()
    except zlib.error:
        raise ContentDecodingError("not packed as it says") from None
    if not unpack.eof:
        raise ContentDecodingError("it ends too early")
