"""Which entries of an archive are extracted, and where to."""

import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tripo_addon.api.errors import Stopped
from tripo_addon.jobs.model_files import archive
from tripo_addon.jobs.model_files.unusable_file import UnusableFile


def never() -> bool:
    return False


def made(folder: Path, fill: Callable[[zipfile.ZipFile], object]) -> Path:
    path = folder / "model.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        fill(file)
    return path


def refused(path: Path) -> str:
    """Return the refusal, made before anything is written and with nothing outside the folder."""
    target = path.parent / "in" / "out"
    with pytest.raises(UnusableFile) as caught:
        archive.unpack(path, target, stop=never)
    assert sorted(each.name for each in path.parent.iterdir() if each.name != "in") == [path.name]
    return caught.value.sentence


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_files_extract_unchanged_and_clutter_stays_inside(tmp_path: Path) -> None:
    given = {"a/模型 é.obj": b"v 1 2 3", "tex tures/b.png": bytes(5000), "c": b""}

    def fill(file: zipfile.ZipFile) -> None:
        for name, data in given.items():
            file.writestr(name, data)
        file.writestr("__MACOSX/a/._b", b"x")
        file.writestr("a/.DS_Store", b"x")
        file.mkdir("empty")

    path = made(tmp_path, fill)
    archive.unpack(path, tmp_path / "out", stop=never)
    assert files(tmp_path / "out") == given
    assert [(name, size) for name, size, _ in archive.heads(path)] == [
        (name, len(data)) for name, data in given.items()
    ]


OUTSIDE = [
    "../evil",
    "a/../../evil",
    "/etc/evil",
    "..",
    "a/./b",
    "a//b",
    "C:/evil",
    "C:evil",
    "a\\..\\..\\evil",
    "a/b:stream",
    "NUL",
    "a/com1.txt",
    "a/b.",
    "a/b ",
    "a\nb",
    "a/" + "x" * 300,
]


@pytest.mark.parametrize("name", OUTSIDE)
def test_name_that_leaves_the_folder_on_any_system_is_rejected(name: str, tmp_path: Path) -> None:
    def fill(file: zipfile.ZipFile) -> None:
        file.writestr("good", b"good")
        entry = zipfile.ZipInfo("x")
        entry.filename = name
        file.writestr(entry, b"evil")

    assert "not safe" in refused(made(tmp_path, fill))


def test_symbolic_link_is_rejected(tmp_path: Path) -> None:
    def fill(file: zipfile.ZipFile) -> None:
        entry = zipfile.ZipInfo("link")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(entry, "/etc/passwd")

    assert "not safe" in refused(made(tmp_path, fill))


def test_two_files_of_one_name_are_rejected(tmp_path: Path) -> None:
    def fill(file: zipfile.ZipFile) -> None:
        file.writestr("A/é.png", b"1")
        file.writestr("a/e\u0301.PNG", b"2")

    assert "the same name" in refused(made(tmp_path, fill))


def test_too_many_files_are_rejected(tmp_path: Path) -> None:
    def fill(file: zipfile.ZipFile) -> None:
        for number in range(archive.MOST_MEMBERS + 1):
            file.writestr(str(number), b"")

    assert "2,000 files" in refused(made(tmp_path, fill))


def test_zip_bomb_is_rejected_before_unpacking(tmp_path: Path) -> None:
    def fill(file: zipfile.ZipFile) -> None:
        with file.open("zeros", "w") as member:
            for _ in range(archive.FREE_BYTES // 2**20 + 1):
                member.write(bytes(2**20))

    path = made(tmp_path, fill)
    assert path.stat().st_size < archive.FREE_BYTES / archive.MOST_TIMES
    assert "would unpack to" in refused(path)


def test_file_larger_than_declared_is_rejected(tmp_path: Path) -> None:
    path = made(tmp_path, lambda file: file.writestr("zeros", bytes(3 * 2**20)))
    whole = path.read_bytes()
    forged = whole.replace(struct.pack("<I", 3 * 2**20), struct.pack("<I", 1000))
    assert forged != whole
    path.write_bytes(forged)
    assert "damaged" in refused(path)
    written = sum(len(data) for data in files(tmp_path / "in").values())
    assert written <= 1000


def test_encrypted_or_damaged_archive_is_rejected(tmp_path: Path) -> None:
    path = made(tmp_path, lambda file: file.writestr("a", b"some words" * 50))
    whole = bytearray(path.read_bytes())
    path.write_bytes(whole[:-30])
    assert "damaged" in refused(path)
    broken = whole.copy()
    broken[40] ^= 0xFF
    path.write_bytes(broken)
    assert "damaged" in refused(path)
    locked = whole.copy()
    at = locked.rindex(b"PK\x01\x02") + 8
    locked[at] |= 1
    path.write_bytes(locked)
    assert "password" in refused(path)


def test_stop_ends_extraction_between_two_chunks(tmp_path: Path) -> None:
    path = made(tmp_path, lambda file: file.writestr("a", b"x"))
    with pytest.raises(Stopped):
        archive.unpack(path, tmp_path / "out", stop=lambda: True)
