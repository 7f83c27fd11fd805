"""What a download that broke off has left on disk, and whether it may be gone on with.

Beside the part stands a note of what the host said of the file. It holds no link: only a hash of
where the file was, without the signature.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from ..record import record

if TYPE_CHECKING:
    from requests import Response


@record
class Known:
    """What the host said of the file when it began: a strong ETag, a date, all bytes."""

    place: str
    etag: str = ""
    modified: str = ""
    total: int | None = None

    @property
    def proves(self) -> bool:
        """Whether a later answer can be held against it."""
        return bool(self.etag or self.modified) or self.total is not None

    def condition(self, have: int) -> dict[str, str]:
        """The headers that ask for the rest of this very file, or for another one from its
        beginning."""
        held = self.etag or self.modified
        return {"Range": f"bytes={have}-", **({"If-Range": held} if held else {})}

    def agrees(self, response: Response, total: int | None) -> bool:
        """Whether an answer speaks of the same file."""
        same = total is None or self.total is None or total == self.total
        etag = strong_etag(response)
        return same and (not etag or not self.etag or etag == self.etag)


class PartialFile:
    """The part of a file that has arrived, beside the place where the whole one goes."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self.path = target.with_name(target.name + ".part")
        self._note = target.with_name(target.name + ".part.json")

    @property
    def size(self) -> int:
        """Bytes that have arrived."""
        return self.path.stat().st_size if self.path.exists() else 0

    def known(self, link: str) -> Known | None:
        """What is known of the part; None where it may not be gone on with from this link."""
        try:
            stored: object = json.loads(self._note.read_bytes())
        except (OSError, ValueError, RecursionError):
            return None
        known = _read(cast("Mapping[str, object]", stored)) if isinstance(stored, dict) else None
        if known is None or not known.proves:
            return None
        return known if known.etag or known.place == place_of(link) else None

    def begin(self, link: str, response: Response, total: int | None) -> None:
        """Start anew. What comes encoded cannot be gone on with: its ranges are those of what was
        sent, not of what it means. Raises `OSError`."""
        self._note.unlink(missing_ok=True)
        if is_encoded(response):
            return
        modified = response.headers.get("Last-Modified", "")
        known = Known(place_of(link), strong_etag(response), modified, total)
        self._note.write_text(json.dumps(asdict(known)), encoding="utf-8")

    def discard(self) -> None:
        """It is of no use any more."""
        self._note.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def complete(self) -> None:
        """Nothing is missing: put it in its place. Raises `OSError`."""
        os.replace(self.path, self._target)
        self._note.unlink(missing_ok=True)


def strong_etag(response: Response) -> str:
    """The ETag, where it stands for every single byte."""
    etag = response.headers.get("ETag", "")
    return etag if etag.startswith('"') else ""


def is_encoded(response: Response) -> bool:
    """Whether the bytes on the way are not those of the file."""
    return response.headers.get("Content-Encoding", "identity").strip().lower() != "identity"


def _read(stored: Mapping[str, object]) -> Known | None:
    place, etag, modified = (stored.get(name) for name in ("place", "etag", "modified"))
    total = stored.get("total")
    if not (isinstance(place, str) and isinstance(etag, str) and isinstance(modified, str)):
        return None
    return Known(place, etag, modified, total if isinstance(total, int) else None)


def place_of(link: str) -> str:
    """Where a link leads, unreadable: a fresh signature leads to the same place."""
    parts = urlsplit(link)
    where = f"{parts.scheme}://{parts.netloc}{parts.path}"
    return hashlib.sha256(where.encode("utf-8", "replace")).hexdigest()[:32]
