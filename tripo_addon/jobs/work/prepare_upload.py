"""Converts files for upload in a second Blender: images that fit, captured objects as GLB.

Blocks: for workers. The artist's own file is never changed; the copy is in the job's folder.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Final

from ...api.catalog.service_types import PictureLimits
from ...api.errors import Kind, Problem, Rejected, Stopped
from ...api.messages.pictures import IS_DAMAGED
from ...api.messages.pictures import turned as turned_message
from ...api.picture_orientation import turned
from ...api.pictures import is_damaged, read_header, remedy
from ...api.record import record
from ..messages import steps as messages
from ..messages.children import NO_FILE
from . import child_process
from .conversion import what_befell

_log = logging.getLogger(__name__)
CAPTURED: Final = ".blend"
"""The file type of captured objects before export."""
_SECONDS: Final = 120.0
_EXPORT_SECONDS: Final = 900.0
_ALONE_SECONDS: Final = 30.0


@record
class UploadPreparation:
    """How to start the child and where its copy goes; `stem` is the file name without extension."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    folder: Path
    stem: str
    stop: Callable[[], bool]


@record
class PreparedUpload:
    """The file to send, and how it was changed."""

    path: Path
    remark: str = ""


def exported(path: Path, most_bytes: int, preparation: UploadPreparation) -> PreparedUpload:
    """Export captured objects as GLB; return any other model unchanged.

    Raises `Rejected` where they cannot be exported, `Stopped`.
    """
    if path.suffix != CAPTURED:
        return PreparedUpload(path)
    if not path.is_file():
        raise _unprepared(messages.COPY_GONE)
    order = {"do": "export model", "source": str(path), "most_bytes": most_bytes}
    made, remark = _made(order, path, preparation, seconds=_EXPORT_SECONDS)
    return PreparedUpload(made, remark)


def prepare_upload(
    path: Path, limits: PictureLimits, preparation: UploadPreparation, *, turn: int = 0
) -> PreparedUpload:
    """Return the image itself if it fits, else a copy that does. `turn`: quarters clockwise that
    it is sent with.

    Raises `Rejected` where no copy can be made, `Stopped`.
    """
    try:
        header = read_header(path)
        remark = remedy(path, header, limits) or (turned_message(path.name) if turn else "")
    except OSError as error:
        raise Rejected(_trouble(path, error.strerror or messages.NOT_READABLE)) from None
    if is_damaged(header, limits):
        raise Rejected(_trouble(path, messages.image_is(IS_DAMAGED)))
    if not remark:
        return PreparedUpload(path)
    order = {
        "do": "fit picture",
        "source": str(path),
        "keep_jpeg": header.mime == "image/jpeg",
        "orientation": turned(header.orientation, turn),
        "shortest": int(limits.side.low),
        "longest": int(limits.side.high),
        "most_bytes": limits.max_bytes,
    }
    made, _more = _made(order, path, preparation, seconds=_SECONDS)
    return PreparedUpload(made, remark)


def turned_thumbnails(
    path: Path, orientation: int, side: int, preparation: UploadPreparation
) -> tuple[Path, ...]:
    """Make small PNGs of an image, at most `side` pixels wide and high: upright, and turned
    clockwise by one, two and three quarters.

    Raises `Rejected` where none can be made, `Stopped`.
    """
    order = {
        "do": "fit picture",
        "source": str(path),
        "keep_jpeg": False,
        "orientation": orientation,
        "shortest": 1,
        "longest": side,
        "most_bytes": 16 * side * side,
        "each_turn": True,
    }
    made, _more = _made(order, path, preparation, seconds=_SECONDS)
    return (made, *(made.with_name(f"{made.stem}-{turn}.png") for turn in (1, 2, 3)))


def _made(
    order: Mapping[str, object], path: Path, preparation: UploadPreparation, *, seconds: float
) -> tuple[Path, str]:
    """Have a child carry out the order; return its file and its remark."""
    if not preparation.command:
        raise _unprepared(messages.CANNOT_CONVERT, path)
    preparation.folder.mkdir(parents=True, exist_ok=True)
    result = preparation.folder / f"{preparation.stem}.json"
    order_path = preparation.folder / f"{preparation.stem}-order.json"
    whole = {
        **order,
        "seconds": seconds + _ALONE_SECONDS,
        "folder": str(preparation.folder),
        "stem": preparation.stem,
        "result": str(result),
    }
    order_path.write_text(json.dumps(whole), encoding="utf-8")
    ended = child_process.run_child(
        (*preparation.command, str(order_path)),
        environment=preparation.environment,
        result=result,
        stop=preparation.stop,
        timeout=seconds,
        log=preparation.folder / f"{preparation.stem}.log",
    )
    if isinstance(ended, child_process.Stopped):
        raise Stopped
    if isinstance(ended, child_process.Finished) and ended.result.get("ok") is True:
        return Path(str(ended.result["path"])), str(ended.result.get("remark") or "")
    if not isinstance(ended, child_process.Finished):
        lines = () if isinstance(ended, child_process.NotStarted) else ended.last_lines
        what = what_befell(ended)
        _log.warning("While preparing what is to be sent %s: %s", what, " / ".join(lines))
        raise _unprepared(what, path)
    reason = str(ended.result.get("sentence") or NO_FILE)
    raise _unprepared(reason) if path.suffix == CAPTURED else Rejected(_trouble(path, reason))


def _unprepared(what: str, path: Path | None = None) -> Rejected:
    """The error if preparing fails. The name of a capture is not shown: it means nothing to the
    artist."""
    name = path.name if path is not None and path.suffix != CAPTURED else ""
    return Rejected(Problem(kind=Kind.PREPARING, detail=messages.about_file(name, what)))


def _trouble(path: Path, reason: str) -> Problem:
    return Problem(kind=Kind.FILE, detail=messages.about_file(path.name, reason))


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content, to recognize the image later. Raises `Rejected`."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Rejected(_trouble(path, error.strerror or messages.NOT_READABLE)) from None
