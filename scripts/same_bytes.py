"""Writes zips whose bytes depend only on their contents: every machine builds the same."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path

# The earliest that a zip can say. Blender and Python look at the time of extraction.
TIME = (1980, 1, 1, 0, 0, 0)
ATTRIBUTES = 0o100644 << 16  # a regular file that everybody reads
UNIX = 3


def write_again(archive: Path, output: Path) -> Path:
    """Write a zip's files to `output` in order of their names, with one time and one mode.

    Nothing is compressed: two versions of zlib do not write the same, and most of a zip of ours are
    wheels, which are compressed already.
    """
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(output, "w") as target:
        for name in sorted(source.namelist()):
            entry = zipfile.ZipInfo(name, TIME)
            entry.create_system = UNIX
            entry.external_attr = ATTRIBUTES
            target.writestr(entry, source.read(name), zipfile.ZIP_STORED)
    return output


def sha256(path: Path) -> str:
    """The digest of a file, in lower-case hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sums(files: Iterable[Path]) -> str:
    """The text of a SHA256SUMS file, as `sha256sum --check` reads it."""
    digests = {path.name: sha256(path) for path in files}
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests))
