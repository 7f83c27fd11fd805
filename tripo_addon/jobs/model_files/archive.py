"""Reads and unpacks a ZIP that a service sent instead of a model.

Trusts no name, no size and no link in it; writes below the given folder only, and never imports
bpy.
"""

import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from ...api.errors import Stopped
from ...api.file_names import is_safe_name
from ..messages import model_files as messages
from .unusable_file import UnusableFile

MOST_MEMBERS: Final = 2000
MOST_BYTES: Final = 4 * 1024**3
MOST_TIMES: Final = 200
"""How many times its own size an archive may unpack to, above `FREE_BYTES`."""
FREE_BYTES: Final = 100 * 1024**2
_CHUNK: Final = 1024**2
_HEAD_BYTES: Final = 64 * 1024
_LONGEST_NAME: Final = 200
_LONGEST_PART: Final = 255
_ENCRYPTED: Final = 0x1
_JUNK: Final = ("__MACOSX/", ".DS_Store", "Thumbs.db")


def heads(path: Path) -> tuple[tuple[str, int, bytes], ...]:
    """Return the name, size and first bytes of every file in the archive, without unpacking it.

    Raises UnusableFile if it is damaged, encrypted, or not safe to unpack.
    """
    with _opened(path) as (archive, members):
        found: list[tuple[str, int, bytes]] = []
        for member in members:
            with archive.open(member) as file:
                found.append((member.filename, member.file_size, file.read(_HEAD_BYTES)))
        return tuple(found)


def unpack(path: Path, folder: Path, *, stop: Callable[[], bool]) -> None:
    """Unpack all files of the archive below `folder`, which is created.

    Raises UnusableFile as `heads` does, and if a file is larger than the archive says; Stopped.
    """
    with _opened(path) as (archive, members):
        for member in members:
            target = folder.joinpath(*_parts(member.filename))
            target.parent.mkdir(parents=True, exist_ok=True)
            left = member.file_size
            with archive.open(member) as source, target.open("xb") as file:
                while chunk := source.read(_CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        raise UnusableFile(messages.ARCHIVE_LARGER)
                    if stop():
                        raise Stopped
                    file.write(chunk)


@contextmanager
def _opened(path: Path) -> Generator[tuple[zipfile.ZipFile, tuple[zipfile.ZipInfo, ...]]]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = tuple(
                member
                for member in archive.infolist()
                if not member.is_dir() and not _is_junk(member.filename)
            )
            _check(members, path.stat().st_size)
            yield archive, members
    # NotImplementedError and RuntimeError: compressed or locked in a way that Python cannot open.
    # ValueError, EOFError, OverflowError: offsets that make no sense.
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        ValueError,
        EOFError,
        OverflowError,
    ) as error:
        raise UnusableFile(messages.ARCHIVE_UNREADABLE) from error


def _is_junk(name: str) -> bool:
    return name.startswith(_JUNK[0]) or PurePosixPath(name).name in _JUNK[1:]


def _check(members: tuple[zipfile.ZipInfo, ...], size: int) -> None:
    if len(members) > MOST_MEMBERS:
        raise UnusableFile(messages.archive_too_many(MOST_MEMBERS))
    whole = sum(member.file_size for member in members)
    if whole > MOST_BYTES or whole > max(FREE_BYTES, MOST_TIMES * size):
        raise UnusableFile(messages.archive_too_large(whole))
    seen: set[str] = set()
    for member in members:
        if member.flag_bits & _ENCRYPTED:
            raise UnusableFile(messages.ARCHIVE_LOCKED)
        if stat.S_ISLNK(member.external_attr >> 16) or not _is_safe(member.filename):
            raise UnusableFile(messages.ARCHIVE_UNSAFE)
        # Names that some file systems treat as the same.
        same = unicodedata.normalize("NFC", member.filename).casefold()
        if same in seen:
            raise UnusableFile(messages.ARCHIVE_SAME_NAMES)
        seen.add(same)


def _is_safe(name: str) -> bool:
    """Return whether a name stays below the folder on every system."""
    if len(name) > _LONGEST_NAME:
        return False
    return all(
        is_safe_name(part) and len(part.encode("utf-8", "replace")) <= _LONGEST_PART
        for part in name.split("/")
    )


def _parts(name: str) -> tuple[str, ...]:
    return PurePosixPath(name).parts
