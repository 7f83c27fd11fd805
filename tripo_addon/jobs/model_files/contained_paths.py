"""Keeps the paths in a model file inside the file's own folder.

Blender's importers open whatever path a file names: absolute or with "..", in glTF, FBX, OBJ, MTL
and USD alike (seen from 4.2 to 5.2). A hostile result could have one of the artist's pictures
packed into the .blend, and on Windows contact another machine through a texture path. A path is
replaced by one of the same length, so that nothing else in a binary file moves.
"""

import mmap
import re
import shutil
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

Change = tuple[int, bytes]
"""A position in the file, and the bytes to write there."""

# A root, a share, a drive, a scheme, or (USD) an expression. "A::B" is a name in an FBX.
_START: Final = rb"[\\/`]|[A-Za-z][\w+.-]{0,30}:(?=[\\/])|[A-Za-z]:(?=[^:\x00-\x1f]{0,250}\.)"
# ".." as a whole part of a path; Windows drops trailing dots and spaces.
_UP: Final = rb"(?<![^\\/\x00-\x20\"'@])\.\.[. ]{0,30}(?![^\\/\x00-\x20\"'@])"
_PATH: Final = re.compile(rb"\A[\x00-\x20\"']*(?:%b)|%b" % (_START, _UP))
IN_QUOTES: Final = re.compile(rb"(?<=[\"@])(?:%b)|%b" % (_START, _UP))
"""Matches paths that leave the folder, in text that puts paths in quotation marks or (USD) @."""
IN_WORDS: Final = re.compile(rb"(?<![^\x00-\x20\"'])(?:%b)|%b" % (_START, _UP))
"""Matches paths that leave the folder, in text that puts paths between blanks."""
_STEP: Final = 256 * 1024
_REACH: Final = 512
"""Longer than any match, including its look-around."""


def kept_inside(path: bytes) -> bytes:
    """Return the path, or one of the same length inside the folder if it leaves the folder."""
    return _PATH.sub(harmless, path)


def leads_outside(path: str) -> bool:
    """Return whether a path leaves its folder on any system."""
    raw = path.encode("utf-8", "surrogatepass")
    return kept_inside(raw) != raw


def changes(data: mmap.mmap | bytes, pattern: re.Pattern[bytes]) -> Iterator[Change]:
    """Yield the changes that contain all paths that `pattern`, IN_QUOTES or IN_WORDS, finds.

    Searches in chunks: a search holds Python's lock, and the user interface would wait for it.
    """
    for start in range(0, len(data), _STEP):
        low = max(0, start - _REACH)
        for found in pattern.finditer(data[low : start + _STEP + _REACH]):
            if start <= low + found.start() < start + _STEP:
                yield low + found.start(), harmless(found)


def harmless(found: re.Match[bytes]) -> bytes:
    """Return the replacement for a match, of the same length."""
    text = found[0]
    if b".." in text:
        return b"./" + b"/" * (len(text) - 2)
    return text[:-1] + b"_"


@contextmanager
def mapped(path: Path) -> Generator[mmap.mmap]:
    """Map a file that is not empty, without reading all of it into memory."""
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        yield data


def changed(path: Path, wanted: Iterable[Change], folder: Path) -> Path:
    """Apply the changes and return the file: in place below `folder`, else in a copy there."""
    listed = tuple(wanted)
    if not listed:
        return path
    target = path
    if not path.is_relative_to(folder):
        target = folder / path.name
        shutil.copyfile(path, target)
    with target.open("r+b") as file:
        for offset, content in listed:
            file.seek(offset)
            file.write(content)
    return target
