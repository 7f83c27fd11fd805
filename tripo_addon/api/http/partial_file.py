"""The part file of an interrupted download, and whether it can be resumed.

A JSON file beside it stores the host's ETag, date and length. Instead of the link it stores a hash
of the URL without the signature.
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
    """The host's data on the file when the download began: URL hash, strong ETag, date, length."""

    place: str
    etag: str = ""
    modified: str = ""
    total: int | None = None

    @property
    def proves(self) -> bool:
        """Whether a later answer can be compared with it."""
        return bool(self.etag or self.modified) or self.total is not None

    def condition(self, have: int) -> dict[str, str]:
        """Return headers that request the rest of this file, or all of it if it has changed."""
        held = self.etag or self.modified
        return {"Range": f"bytes={have}-", **({"If-Range": held} if held else {})}

    def agrees(self, response: Response, total: int | None) -> bool:
        """Whether an answer is about the same file."""
        same = total is None or self.total is None or total == self.total
        etag = strong_etag(response)
        return same and (not etag or not self.etag or etag == self.etag)


class PartialFile:
    """The downloaded part of a file, stored beside the target."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self.path = target.with_name(target.name + ".part")
        self._note = target.with_name(target.name + ".part.json")

    @property
    def size(self) -> int:
        """Bytes downloaded so far."""
        return self.path.stat().st_size if self.path.exists() else 0

    def known(self, link: str) -> Known | None:
        """Return the data stored with the part; None if this link cannot resume it."""
        try:
            stored: object = json.loads(self._note.read_bytes())
        except (OSError, ValueError, RecursionError):
            return None
        known = _read(cast("Mapping[str, object]", stored)) if isinstance(stored, dict) else None
        if known is None or not known.proves:
            return None
        return known if known.etag or known.place == place_of(link) else None

    def begin(self, link: str, response: Response, total: int | None) -> None:
        """Store the host's data for a new download. An encoded body cannot be resumed, because its
        ranges count encoded bytes. Raises `OSError`."""
        self._note.unlink(missing_ok=True)
        if is_encoded(response):
            return
        modified = response.headers.get("Last-Modified", "")
        known = Known(place_of(link), strong_etag(response), modified, total)
        self._note.write_text(json.dumps(asdict(known)), encoding="utf-8")

    def discard(self) -> None:
        """Delete the part and its data."""
        self._note.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def complete(self) -> None:
        """Rename the complete part to the target. Raises `OSError`."""
        os.replace(self.path, self._target)
        self._note.unlink(missing_ok=True)


def strong_etag(response: Response) -> str:
    """Return the ETag if it is a strong one, else ""."""
    etag = response.headers.get("ETag", "")
    return etag if etag.startswith('"') else ""


def is_encoded(response: Response) -> bool:
    """Whether the body is sent with a content encoding."""
    return response.headers.get("Content-Encoding", "identity").strip().lower() != "identity"


def _read(stored: Mapping[str, object]) -> Known | None:
    place, etag, modified = (stored.get(name) for name in ("place", "etag", "modified"))
    total = stored.get("total")
    if not (isinstance(place, str) and isinstance(etag, str) and isinstance(modified, str)):
        return None
    return Known(place, etag, modified, total if isinstance(total, int) else None)


def place_of(link: str) -> str:
    """Return a hash of the link without its query, so that a new signature gives the same hash."""
    parts = urlsplit(link)
    where = f"{parts.scheme}://{parts.netloc}{parts.path}"
    return hashlib.sha256(where.encode("utf-8", "replace")).hexdigest()[:32]
