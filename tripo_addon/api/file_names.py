"""Reads typed paths, and makes file names that every system accepts.

Pure and standard-library only: nothing here looks at a disk.
"""

from __future__ import annotations

import errno
import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from .errors import Kind, Problem
from .messages import folders as messages
from .record import record

RESERVED: Final = frozenset('\\/:*?"<>|')
"""Characters that Windows allows in no file name."""
STEM_BYTES: Final = 120
"""Longest stem of a file name; encrypted home folders allow names of 143 bytes."""
_LEAST_STEM: Final = 12
_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"}
)
_QUOTES: Final = ('""', "''", "“”")
_FILE_ADDRESS: Final = re.compile(r"file:(?://(?P<host>[^/\\]*))?(?P<path>.*)", re.I | re.S)
_DRIVE: Final = re.compile(r"/[A-Za-z][:|]")
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS: Final = "\u200c\u200d"
_FULL: Final = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})


@record
class PathLimit:
    """The longest path that a system and Blender open, in `units`: "characters" as Windows counts
    them, or "bytes"."""

    most: int
    units: str

    def length(self, path: Path | str) -> int:
        """Return the length of a path in `units`."""
        encoding, width = ("utf-16-le", 2) if self.units == "characters" else ("utf-8", 1)
        return len(str(path).encode(encoding, "surrogatepass")) // width

    def left(self, folder: Path) -> int:
        """Return the longest name, or path, that fits below the folder."""
        return self.most - self.length(folder) - 1


WINDOWS: Final = PathLimit(259, "characters")
OTHERS: Final = PathLimit(1023, "bytes")
"""Blender's own limit, which is lower than that of Linux and macOS."""
LIMIT: Final = WINDOWS if sys.platform == "win32" else OTHERS


def typed_path(text: str) -> str:
    """Return the path or web address that was typed, without surrounding blanks and quotes
    (Windows' Copy as Path adds them); a `file://` address becomes its path."""
    path = text.strip()
    if len(path) > 1 and path[0] + path[-1] in _QUOTES:
        path = path[1:-1].strip()
    address = _FILE_ADDRESS.fullmatch(path)
    if address is None:
        return path
    host, local = address["host"] or "", unquote(address["path"])
    if host.lower() not in {"", "localhost"}:
        return f"\\\\{host}{local}".replace("/", "\\")
    return f"{local[1]}:{local[3:]}" if _DRIVE.match(local) else local


def file_stem(title: str, fallback: str, most_bytes: int = STEM_BYTES) -> str:
    """Return a file name without extension that every system accepts, made from `title`, or
    `fallback` if nothing of it is left."""
    shown = "".join(_shown(letter) for letter in unicodedata.normalize("NFC", title))
    stem = _cut(" ".join(shown.split()).strip(" -"), most_bytes).rstrip(" -")
    if not stem:
        return fallback
    return f"{stem}_" if is_device(stem) else stem


def file_names(
    folder: Path, title: str, ending: str, fallback: str, *, limit: PathLimit = LIMIT
) -> Iterator[Path]:
    """Yield paths in the folder named after a title: the plain one first, then numbered ones
    without end. Raises `OSError` (ENAMETOOLONG) if the folder's path leaves no room for them."""
    # Room for a space and a number of four digits.
    left = limit.left(folder) - len(ending) - len(" 9999")
    if left < _LEAST_STEM:
        raise OSError(errno.ENAMETOOLONG, messages.PATH_TOO_LONG, str(folder))
    stem = file_stem(title, fallback, min(STEM_BYTES, left))
    yield folder / f"{stem}{ending}"
    number = 1
    while True:
        number += 1
        yield folder / f"{stem} {number}{ending}"


def is_device(name: str) -> bool:
    """Whether Windows treats the name as a device, whatever its extension."""
    return name.partition(".")[0].rstrip(" ").lower() in _DEVICES


def is_safe_name(name: str) -> bool:
    """Whether a file can have exactly this name on every system."""
    return (
        name not in {"", ".", ".."}
        and name[-1] not in ". "
        and name.isprintable()
        and not RESERVED.intersection(name)
        and not is_device(name)
    )


def folder_trouble(error: OSError, what: str) -> Problem:
    """Return why a folder cannot be written to: a full disk, or a problem of the folder, which
    `what` names for the user."""
    reason = error.strerror or type(error).__name__
    match error:
        case OSError(errno=number) if number in _FULL:
            return Problem(kind=Kind.DISK, detail=reason)
        case FileExistsError() | NotADirectoryError():
            why = messages.is_a_file(what)
        case OSError(errno=errno.ENAMETOOLONG):
            why = messages.path_too_long(what)
        case _:
            why = messages.not_writable(what, reason)
    return Problem(kind=Kind.FOLDER, detail=why)


def _shown(letter: str) -> str:
    """Return a character of a title as a file name can have it."""
    if letter in RESERVED or letter == ".":
        return "-"
    if letter in _JOINERS:
        return letter
    if letter.isspace():
        return " "
    return "" if unicodedata.category(letter) in _INVISIBLE else letter


def _cut(text: str, most_bytes: int) -> str:
    """Return as much of the text as fits, never part of a character."""
    cut = text.encode("utf-8")[:most_bytes].decode("utf-8", "ignore")
    while cut and len(cut) < len(text) and unicodedata.combining(text[len(cut)]):
        cut = cut[:-1]
    return cut
