"""Writes zips whose bytes depend only on their contents: every machine builds the same."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path

# The earliest time that a zip can store. Blender and Python use the time of extraction.
TIME = (1980, 1, 1, 0, 0, 0)
ATTRIBUTES = 0o100644 << 16  # A regular file that everybody may read.
UNIX = 3


def write_again(archive: Path, output: Path) -> Path:
    """Write a zip's files to `output` sorted by name, with one time and one mode.

    Nothing is compressed: two versions of zlib give different bytes, and most of our zip is wheels,
    which are already compressed.
    """
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(output, "w") as target:
        for name in sorted(source.namelist()):
            entry = zipfile.ZipInfo(name, TIME)
            entry.create_system = UNIX
            entry.external_attr = ATTRIBUTES
            target.writestr(entry, source.read(name), zipfile.ZIP_STORED)
    return output


def sha256(path: Path) -> str:
    """Return the digest of a file, in lower-case hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sums(files: Iterable[Path]) -> str:
    """Return the text of a SHA256SUMS file, as `sha256sum --check` reads it."""
    digests = {path.name: sha256(path) for path in files}
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests))
