"""A model of several chunks, and what an interrupted download of it leaves on disk."""

import json
from pathlib import Path

from tests.standin.filler import FillerGlb
from tests.standin.ledger import Recorded
from tests.standin.service import StandIn
from tripo_addon.api.http.downloads import CHUNK_BYTES
from tripo_addon.api.http.partial_file import place_of

SIZE = 5 * CHUNK_BYTES + 1000
WHOLE = b"".join(FillerGlb(SIZE).read(0, SIZE))
CUT = 2 * CHUNK_BYTES + 77


def part_of(folder: Path) -> Path:
    return folder / "model.glb.part"


def leave_part(folder: Path, link: str, content: bytes, **facts: object) -> None:
    """Make what an interrupted download has left, with the host's headers of the file."""
    part_of(folder).write_bytes(content)
    known = {"etag": "", "modified": "", "total": SIZE} | facts
    note = json.dumps({"place": place_of(link), **known})
    part_of(folder).with_name("model.glb.part.json").write_text(note)


def downloads_of(service: StandIn) -> tuple[Recorded, ...]:
    return service.ledger.sent("GET", "/results/")
