"""The parts of a release: identical bytes on any machine, its documents, and the repository."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import environment
import extension_tool
import licenses
import repository
import vendor
from repository import ALWAYS, Archive, Range

ROOT = environment.ROOT
MANIFEST = """\
schema_version = "1.0.0"
id = "tripo_addon"
version = "{version}"
name = "A stand-in"
tagline = "Says which release it is"
maintainer = "Someone"
type = "add-on"
license = ["SPDX:GPL-3.0-or-later"]
blender_version_min = "{first}"
platforms = ["linux-x64", "macos-x64"]

[build.generated]
platforms = ["{platform}"]
"""


def release(folder: Path, version: str, first: str, platform: str = "linux-x64") -> Path:
    """Make a release zip that contains only its manifest and an empty add-on."""
    folder.mkdir(exist_ok=True)
    path = folder / f"tripo_addon-{version}-{platform.replace('-', '_')}.zip"
    with zipfile.ZipFile(path, "w") as file:
        text = MANIFEST.format(version=version, first=first, platform=platform)
        file.writestr("blender_manifest.toml", text)
        file.writestr("__init__.py", "def register(): pass\ndef unregister(): pass\n")
    return path


def index_in(folder: Path) -> list[dict[str, object]]:
    return json.loads((folder / "index.json").read_text(encoding="utf-8"))["data"]


def build_in_a_clone(folder: Path, umask: int, zone: str) -> dict[str, str]:
    """Clone this repository, build in the clone, and return the digest of each zip by name."""
    subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
    for wheel in vendor.fetch():
        shutil.copy(wheel, folder / "vendor")
    code = "import build; build.build()"
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder / "scripts",
        env={**os.environ, "TZ": zone},
        umask=umask,
        check=True,
    )
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (folder / "dist").glob("*.zip")
    }


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="a source archive cannot be cloned")
def test_builds_in_two_clones_are_byte_identical(tmp_path: Path) -> None:
    one = build_in_a_clone(tmp_path / "one", 0o022, "Pacific/Kiritimati")
    other = build_in_a_clone(tmp_path / "a longer path", 0o077, "America/Anchorage")
    assert len(one) == 5
    assert one == other


def test_zip_contains_nothing_about_the_build_machine(archives: dict[str, Path]) -> None:
    for archive in archives.values():
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
        assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.external_attr >> 16 for entry in entries} == {0o100644}
        assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
        names = [entry.filename for entry in entries]
        assert names == sorted(names)


def test_each_zip_has_the_licenses_of_all_its_contents(archives: dict[str, Path]) -> None:
    for archive in archives.values():
        with zipfile.ZipFile(archive) as opened:
            text = opened.read(licenses.NAME).decode("utf-8")
        heads = dict(re.findall(r"^=+\n(\S+) (\S+): \S+\n", text, flags=re.M))
        named = {name.replace("_", "-").lower(): version for name, version in heads.items()}
        assert {f"{name}=={named[name]}" for name in named} == set(environment.RUNTIME)
        assert "Mozilla Public License" in text
        assert "Python HTTP for Humans" in text
        assert re.search(r"^  pyo3 \S+: MIT OR Apache-2.0$", text, flags=re.M)
        assert "\r" not in text


def test_package_without_a_license_is_not_shipped(tmp_path: Path) -> None:
    wheel = tmp_path / "silent-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("silent-1.0.dist-info/METADATA", "Name: silent\nVersion: 1.0\n")
    with pytest.raises(licenses.Unlicensed, match="silent"):
        licenses.packages([wheel])


def test_repository_lists_every_zip_with_digest_and_drag_link(
    archives: dict[str, Path], tmp_path: Path
) -> None:
    zips = tuple(archives.values())
    url = repository.address("https://example.org/atelier")
    folder = repository.publish(zips, tmp_path / "repository", url)
    rows = {str(row["archive_url"]): row for row in index_in(folder)}
    assert rows.keys() == {f"./{path.name}" for path in zips}
    page = (folder / "index.html").read_text(encoding="utf-8")
    for path in zips:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert rows[f"./{path.name}"]["archive_hash"] == f"sha256:{digest}"
        assert f'href="./{path.name}?repository=.%2Findex.json&' in page
        assert f"{digest}  {path.name}\n" in (folder / "SHA256SUMS").read_text(encoding="utf-8")
    assert "https://example.org/atelier/index.json" in page
    again = repository.publish(zips, tmp_path / "again", url)
    for name in ("index.json", "index.html", "SHA256SUMS"):
        assert (again / name).read_bytes() == (folder / name).read_bytes()


def test_older_release_is_kept_for_blenders_the_newer_one_excludes(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "repository"
    older = release(folder, "1.2.0", "4.2.13")
    released = older.read_bytes()
    repository.publish([release(tmp_path / "new", "2.0.0", "5.0.0")], folder)
    rows = {str(row["version"]): row for row in index_in(folder)}
    assert rows["1.2.0"]["blender_version_min"] == "4.2.13"
    assert rows["1.2.0"]["blender_version_max"] == "5.0.0"
    assert "blender_version_max" not in rows["2.0.0"]
    assert older.read_bytes() == released, "what was released is not touched"
    assert rows["1.2.0"]["archive_hash"] == f"sha256:{hashlib.sha256(released).hexdigest()}"
    assert "blender_version_max=5.0.0" in (folder / "index.html").read_text(encoding="utf-8")


def test_older_release_that_no_blender_needs_is_not_listed(tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    older = release(folder, "1.2.0", "4.2.13")
    repository.publish([release(tmp_path / "new", "1.10.0", "4.2.13")], folder)
    assert [row["version"] for row in index_in(folder)] == ["1.10.0"]
    assert not older.exists()
    assert (tmp_path / "superseded" / older.name).exists()
    assert older.name not in (folder / "SHA256SUMS").read_text(encoding="utf-8")


def archive(version: str, first: str, end: str = "", *platforms: str) -> Archive:
    numbers = [tuple(map(int, text.split("."))) for text in (version, first, end) if text]
    last = numbers[2] if end else ALWAYS
    name = f"{version}.zip"
    return Archive(Path(name), numbers[0], platforms or ("linux-x64",), Range(numbers[1], last))


def test_release_is_kept_for_platforms_newer_ones_exclude() -> None:
    older, mac = archive("1.0.0", "4.2.13"), archive("1.0.0", "4.2.13", "", "macos-x64")
    newer = archive("1.1.0", "4.2.13")
    assert repository.still_needed([older, mac, newer]) == {
        newer: newer.blenders,
        mac: mac.blenders,
    }


def test_fix_for_old_blenders_is_listed_between_two_releases() -> None:
    old, correction, new = (
        archive("1.0.0", "4.2.13"),
        archive("1.0.1", "4.2.13", "5.0.0"),
        archive("2.0.0", "5.0.0"),
    )
    assert repository.still_needed([old, correction, new]) == {
        new: new.blenders,
        correction: correction.blenders,
    }


def test_release_needed_for_two_version_ranges_is_refused() -> None:
    with pytest.raises(extension_tool.Refused, match="2 ranges"):
        repository.still_needed([archive("1.0.0", "4.2.13"), archive("2.0.0", "4.5.0", "5.0.0")])


@pytest.mark.parametrize(
    "text",
    ["http://example.org", "ftp://example.org", "example.org", 'https://a"b.org', "https://"],
)
def test_insecure_repository_url_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        repository.address(text)


def test_unofficial_notice_is_the_same_everywhere(archive: Path) -> None:
    sentence = repository.sentence()
    assert sentence.count(".") == 1
    for name in ("README.md", "blender_manifest.toml", "scripts/repository.html"):
        text = (ROOT / name).read_text(encoding="utf-8")
        words = " ".join(text.replace("\n#", "\n").split())
        assert sentence in words or "${sentence}" in words, name
    with zipfile.ZipFile(archive) as opened:
        manifest = opened.read("blender_manifest.toml").decode("utf-8")
    assert sentence in " ".join(manifest.replace("\n#", "\n").split())


def test_newest_changelog_version_matches_the_manifest() -> None:
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
    heads = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert heads[0] == manifest["version"]


def test_sbom_lists_everything_shipped_and_compiled_in(
    archives: dict[str, Path], tmp_path: Path
) -> None:
    pytest.importorskip("cyclonedx", reason="only an environment that makes releases has it")
    import sbom

    paper = sbom.write(tuple(archives.values()), tmp_path)
    bill = json.loads(paper.read_text(encoding="utf-8"))
    shipped = {f"{row['name']}=={row['version']}": row for row in bill["components"]}
    assert shipped.keys() == set(environment.RUNTIME)
    inside = [part for row in shipped.values() for part in row["components"]]
    hashes = {part["name"]: part["hashes"][0]["content"] for part in inside if "hashes" in part}
    assert hashes == {wheel.file: wheel.sha256 for wheel in vendor.locked()}
    (core,) = [row for row in shipped.values() if row["name"] == "pydantic-core"]
    crates = {part["name"] for part in core["components"]}
    assert "pyo3" in crates
    assert all(row["licenses"] for row in (*shipped.values(), *inside) if "hashes" not in row)
    zips = {row["name"] for row in bill["metadata"]["component"]["components"]}
    assert zips == {path.name for path in archives.values()}
    first = paper.read_bytes()
    assert sbom.write(tuple(archives.values()), tmp_path).read_bytes() == first
