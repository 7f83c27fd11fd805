"""The contents of the zips, and what the build refuses."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import build
import environment
import vendor

MANIFEST = "blender_manifest.toml"
TAGS = {
    "windows-x64": "win_amd64",
    "windows-arm64": "win_arm64",
    "macos-x64": "macosx_10_12_x86_64",
    "macos-arm64": "macosx_11_0_arm64",
    "linux-x64": "manylinux2014_x86_64.manylinux_2_17_x86_64",
}


def names_in(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as opened:
        return opened.namelist()


def wheels_in(archive: Path) -> list[str]:
    return [name.split("/")[-1] for name in names_in(archive) if name.endswith(".whl")]


def source_with(folder: Path, old: str, new: str) -> Path:
    """Return a copy of the add-on with one change in its manifest."""
    text = (environment.ROOT / MANIFEST).read_text(encoding="utf-8")
    assert old in text
    (folder / MANIFEST).write_text(text.replace(old, new), encoding="utf-8")
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(environment.ROOT / "tripo_addon", folder / "tripo_addon", ignore=unwanted)
    return folder


def test_each_platform_gets_only_its_own_wheels(archives: dict[str, Path]) -> None:
    assert set(archives) == set(TAGS)
    for platform, archive in archives.items():
        ends = {wheel.removesuffix(".whl").split("-")[-1] for wheel in wheels_in(archive)}
        assert ends == {"any", TAGS[platform]}


def test_each_zip_supports_both_python_versions_of_blender(archives: dict[str, Path]) -> None:
    for archive in archives.values():
        cores = [wheel for wheel in wheels_in(archive) if wheel.startswith("pydantic_core")]
        assert {"cp311", "cp313"} <= {wheel.split("-")[2] for wheel in cores}


def test_wheels_in_zip_match_the_locked_ones(archive: Path) -> None:
    locked = {wheel.file: wheel.sha256 for wheel in vendor.locked()}
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            if name.endswith(".whl"):
                file = Path(name).name
                assert vendor.sha256_of(opened.read(name)) == locked[file]


def test_zip_contains_only_the_addon(archive: Path) -> None:
    names = names_in(archive)
    assert {"__init__.py", MANIFEST, "LICENSE", "blender/child/convert_model.py"} <= set(names)
    assert {Path(name).suffix for name in names} <= {"", ".py", ".toml", ".whl", ".txt"}
    parts = {part for name in names for part in Path(name).parts}
    assert not parts & {"__pycache__", "tests", "scripts", ".git", ".venv"}


def test_manifest_says_unofficial_and_does_not_use_blenders_name() -> None:
    manifest = tomllib.loads((environment.ROOT / MANIFEST).read_text(encoding="utf-8"))
    assert "blender" not in manifest["name"].lower()
    assert "nofficial" in manifest["tagline"]
    assert manifest["permissions"].keys() == {"network", "files", "clipboard"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('id = "tripo_addon"', 'id = "tripo__addon"'),
        ('version = "0.1.0"', 'version = "0.1"'),
        ("fetches models", "fetches models."),
        ('"Pipeline"]', '"Wizardry"]'),
        ('blender_version_min = "4.2.13"', 'blender_version_min = "4.2"'),
    ],
)
def test_build_refuses_what_blender_would_refuse(old: str, new: str, tmp_path: Path) -> None:
    source = source_with(tmp_path, old, new)
    with pytest.raises(build.Refused):
        build.build(source=source, output=tmp_path / "dist")
    assert not any((tmp_path / "dist").glob("*.zip"))


def test_manifest_without_a_wheel_is_not_built(tmp_path: Path) -> None:
    (first, *_) = vendor.locked()
    source = source_with(tmp_path, f'  "./vendor/{first.file}",\n', "")
    with pytest.raises(vendor.WrongWheel, match=first.file):
        build.build(source=source, output=tmp_path / "dist")


def test_wheel_that_differs_from_the_lock_stops_the_build(tmp_path: Path) -> None:
    wheel = next(wheel for wheel in vendor.locked() if wheel.file.startswith("imagesize"))
    lock = tmp_path / "wheels.lock"
    row = f'[[wheel]]\nfile = "{wheel.file}"\nsha256 = "{wheel.sha256}"\n'
    lock.write_text(row, encoding="utf-8")
    changed = (vendor.LOCK.parent / wheel.file).read_bytes() + b"\0"
    (tmp_path / wheel.file).write_bytes(changed)

    command = [sys.executable, str(environment.ROOT / "scripts" / "vendor.py"), "--lock", str(lock)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert wheel.file in done.stderr
    assert (tmp_path / wheel.file).read_bytes() == changed, "a person should see what was there"
