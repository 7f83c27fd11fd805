"""Makes a picture that a service takes of one that it does not, in a child Blender.

Blocks: for workers. The picture of the artist is never written to; the copy lies in the job's own
folder.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..api.catalog.records import PictureLimits
from ..api.errors import Kind, Rejected, Stopped, Trouble
from ..api.pictures import mime_type, remedy
from . import child

_SECONDS: Final = 120.0
_ALONE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Fitting:
    """How to start the child, and where its copy goes: `stem` is the file's name without ending."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    folder: Path
    stem: str
    stop: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Fit:
    """The file to send, and what had to be done to it."""

    path: Path
    remark: str = ""


def fitted(path: Path, limits: PictureLimits, fitting: Fitting) -> Fit:
    """The picture itself where it fits, else a copy that does; a file that is no picture as it is.

    Raises `Rejected` where no copy can be made, `Stopped`.
    """
    try:
        kind = mime_type(path)
        remark = remedy(path, limits) if kind is not None else ""
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not a picture"
        raise Rejected(_trouble(path, reason)) from None
    if not remark:
        return Fit(path)
    if not fitting.command:
        raise Rejected(
            _trouble(path, "it has to be converted, and no second Blender can be started")
        )
    keep_jpeg = kind is not None and kind[0] == "image/jpeg"
    return Fit(_made(path, limits, fitting, keep_jpeg=keep_jpeg), remark)


def _made(path: Path, limits: PictureLimits, fitting: Fitting, *, keep_jpeg: bool) -> Path:
    fitting.folder.mkdir(parents=True, exist_ok=True)
    result = fitting.folder / f"{fitting.stem}.json"
    order_path = fitting.folder / f"{fitting.stem}-order.json"
    order = {
        "do": "fit picture",
        "seconds": _SECONDS + _ALONE_SECONDS,
        "source": str(path),
        "folder": str(fitting.folder),
        "stem": fitting.stem,
        "keep_jpeg": keep_jpeg,
        "shortest": int(limits.side.low),
        "longest": int(limits.side.high),
        "most_bytes": limits.most_bytes,
        "result": str(result),
    }
    order_path.write_text(json.dumps(order), encoding="utf-8")
    ended = child.run_child(
        (*fitting.command, str(order_path)),
        environment=fitting.environment,
        result=result,
        stop=fitting.stop,
        timeout=_SECONDS,
        log=fitting.folder / f"{fitting.stem}.log",
    )
    if isinstance(ended, child.Stopped):
        raise Stopped
    if isinstance(ended, child.Finished) and ended.result.get("ok") is True:
        return Path(str(ended.result["path"]))
    sentence = ended.result.get("sentence") if isinstance(ended, child.Finished) else None
    raise Rejected(_trouble(path, str(sentence or "it could not be converted")))


def _trouble(path: Path, reason: str) -> Trouble:
    return Trouble(kind=Kind.FILE, detail=f"{path.name}: {reason}")


def sha256_of(path: Path) -> str:
    """The hash of a file's content, by which the picture can be known again. Raises `Rejected`."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Rejected(_trouble(path, error.strerror or "it cannot be read")) from None
