"""Recognizes an OBJ; keeps the paths in it and in its MTL files inside its folder."""

import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from . import contained_paths

_NUMBER: Final = rb"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_NUMBERS: Final = re.compile(rb"\A(?:v|vn|vt|vp)((?:\s+%b){2,8})\Z" % _NUMBER)
_CONTINUED: Final = re.compile(rb"\\\r?\n")
_WORDS: Final = frozenset(
    b"v vn vt vp f l p fo o g s mg usemtl mtllib usemap maplib deg bmat step cstype curv curv2 "
    b"surf parm trim hole scrv sp end con bevel c_interp d_interp lod shadow_obj trace_obj ctech "
    b"stech call csh".split()
)
_LIBRARY: Final = b"mtllib"
_LONGEST_LINE: Final = 8 * 1024
_STEP: Final = 1024 * 1024


def is_obj(head: bytes) -> bool:
    """Return whether the first bytes of a file are an OBJ: each line is a known statement, and at
    least one has the numbers of a point, a normal or the like."""
    if b"\0" in head:
        return False
    numbers = False
    lines = _CONTINUED.sub(b" ", head.removeprefix(b"\xef\xbb\xbf")).splitlines()
    if len(lines) > 1 and not head.endswith((b"\n", b"\r")):
        lines.pop()  # it may be truncated
    for line in (line.strip() for line in lines):
        if not line or line.startswith(b"#"):
            continue
        if line.split(None, 1)[0] not in _WORDS:
            return False
        numbers = numbers or _NUMBERS.match(line) is not None
    return numbers


def contain(model: Path, folder: Path) -> Path:
    """Return the OBJ to import instead of `model`, with all paths inside its folder. Every MTL
    below `folder` is changed as well."""
    for path in folder.rglob("*"):
        if path.suffix.lower() == ".mtl" and path.is_file() and path.stat().st_size:
            with contained_paths.mapped(path) as data:
                found = list(contained_paths.changes(data, contained_paths.IN_WORDS))
            contained_paths.changed(path, found, folder)
    with contained_paths.mapped(model) as data:
        found = list(_libraries(data))
    return contained_paths.changed(model, found, folder)


def _libraries(data: mmap.mmap) -> Iterator[contained_paths.Change]:
    """Yield the changes that keep the MTL files of an OBJ inside, and remove names of other kinds
    of files, which are not checked."""
    position = 0
    while (position := _found(data, position)) >= 0:
        line = data[position : position + _LONGEST_LINE].split(b"\n", 1)[0]
        kept = contained_paths.IN_WORDS.sub(contained_paths.harmless, line)
        if not kept.rstrip(b"\r\t \"'").lower().endswith(b".mtl"):
            kept = b"#" + kept[1:]
        if kept != line:
            yield position, kept
        position += len(_LIBRARY)


def _found(data: mmap.mmap, start: int) -> int:
    """Return the next position of the word, or -1. In chunks: a search holds Python's lock."""
    for low in range(start, len(data), _STEP):
        position = data.find(_LIBRARY, low, low + _STEP + len(_LIBRARY))
        if position >= 0:
            return position
    return -1
