"""How a typed path is read, and which file names are valid on every system."""

import errno
import itertools
import unicodedata
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tripo_addon.api.errors import Kind
from tripo_addon.api.file_names import (
    WINDOWS,
    PathLimit,
    file_names,
    file_stem,
    folder_trouble,
    is_safe_name,
    typed_path,
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("  /pictures/a.png\n", "/pictures/a.png"),
        ('"C:\\My Pictures\\a.png"', "C:\\My Pictures\\a.png"),
        (" ' /pictures/a.png ' ", "/pictures/a.png"),
        ("“/pictures/a.png”", "/pictures/a.png"),
        ('"//textures/a.png"', "//textures/a.png"),
        ("file:///home/ann/my%20chest%20%E7%AE%B1.png", "/home/ann/my chest 箱.png"),
        ("file:/home/ann/a.png", "/home/ann/a.png"),
        ("FILE://localhost/home/ann/a.png", "/home/ann/a.png"),
        ("file:///home/ann/a#1?.png", "/home/ann/a#1?.png"),
        ("file:///C:/My%20Pictures/a.png", "C:/My Pictures/a.png"),
        ("file:///c|/a.png", "c:/a.png"),
        ("file://server/share/a.png", "\\\\server\\share\\a.png"),
        ('"file:///home/ann/a%25.png"', "/home/ann/a%.png"),
        ('"https://pictures.example/a%20b.png"', "https://pictures.example/a%20b.png"),
        ("/files/file:a.png", "/files/file:a.png"),
        ('12" record.png', '12" record.png'),
        ('"', '"'),
        ("", ""),
    ],
)
def test_pasted_path_is_understood_in_any_form(typed: str, meant: str) -> None:
    assert typed_path(typed) == meant


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("a wooden chest", "a wooden chest"),
        ("a 3/4 view: <front>|back?", "a 3-4 view- -front--back"),
        ("CON", "CON_"),
        ("nul", "nul_"),
        ("COM1", "COM1_"),
        ("COM²", "COM²_"),
        ("console", "console"),
        ("..hidden.. ", "hidden"),
        ("version 2.1", "version 2-1"),
        ("...", "model"),
        (" \n\t", "model"),
        ("two\nlines", "two lines"),
        ("e\u0301clair", "\u00e9clair"),
        ("आलमारी", "आलमारी"),
        ("safe\u202egpj.exe", "safegpj-exe"),
    ],
)
def test_title_becomes_a_name_valid_on_every_system(title: str, stem: str) -> None:
    assert file_stem(title, "model") == stem


def test_long_name_is_cut_by_bytes_between_characters() -> None:
    assert file_stem("宝箱" * 60, "model") == "宝箱" * 20
    assert file_stem("क्षि" * 60, "model", 10) == "क्ष"
    assert file_stem("x" * 9 + "e\u0323\u0307", "model", 10) == "x" * 9


@given(st.text(max_size=300))
def test_file_can_be_created_for_any_title(title: str) -> None:
    stem = file_stem(title, "model")
    assert len(stem.encode()) <= 121
    assert is_safe_name(stem)
    assert is_safe_name(f"{stem}.glb")
    assert unicodedata.is_normalized("NFC", stem)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "a:b", "aux.obj", "a.", "a ", "\0"])
def test_names_reserved_by_some_system_are_detected(name: str) -> None:
    assert not is_safe_name(name)


def test_names_are_numbered_and_fit_the_windows_path_limit() -> None:
    folder = Path("C:\\" + "f" * 210)
    names = list(itertools.islice(file_names(folder, "宝箱" * 60, ".glb", "m", limit=WINDOWS), 2))
    assert [name.name for name in names] == ["宝箱" * 6 + ".glb", "宝箱" * 6 + " 2.glb"]
    assert WINDOWS.length(names[1]) <= 259
    with pytest.raises(OSError, match="too long") as caught:
        next(file_names(Path("C:\\" + "f" * 250), "chest", ".glb", "m", limit=WINDOWS))
    assert folder_trouble(caught.value, "it").kind is Kind.FOLDER


def test_path_length_is_counted_as_the_system_does() -> None:
    assert WINDOWS.length(str(PureWindowsPath("C:/箱/😀"))) == 7
    assert PathLimit(100, "bytes").left(Path("/箱")) == 95


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (OSError(errno.ENOSPC, "No space left"), Kind.DISK, "No space left"),
        (
            FileExistsError(errno.EEXIST, "x"),
            Kind.FOLDER,
            "X is a file or is inside one",
        ),
        (
            OSError(errno.EROFS, "Read-only"),
            Kind.FOLDER,
            "X is not writable (Read-only)",
        ),
        (OSError(errno.ENAMETOOLONG, "x"), Kind.FOLDER, "the path of X is too long"),
    ],
)
def test_full_disk_differs_from_an_unwritable_folder(
    error: OSError, kind: Kind, words: str
) -> None:
    trouble = folder_trouble(error, "X")
    assert (trouble.kind, trouble.detail) == (kind, words)
