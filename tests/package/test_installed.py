"""The zip in a Blender of its own: installed, used in a later session, switched off again."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from .conftest import Ask

pytestmark = pytest.mark.every_blender

MODULE = "bl_ext.user_default.tripo_addon"
OTHER = "bl_ext.user_default.another"
NOTHING: dict[str, list[str]] = {
    "classes": [],
    "operators": [],
    "properties": [],
    "timers": [],
    "handlers": [],
    "threads": [],
    "preferences": [],
}

OTHER_MANIFEST = """
schema_version = "1.0.0"
id = "another"
version = "1.0.0"
name = "Another"
tagline = "Brings a package of its own"
maintainer = "Someone"
type = "add-on"
license = ["SPDX:GPL-3.0-or-later"]
blender_version_min = "4.2.0"
wheels = ["./wheels/pydantic_core-9.9.9-py3-none-any.whl"]
"""


@pytest.fixture
def another(tmp_path: Path) -> Path:
    """An extension with a newer pydantic-core than ours, which Blender gives to all extensions."""
    wheel = tmp_path / "pydantic_core-9.9.9-py3-none-any.whl"
    information = "pydantic_core-9.9.9.dist-info"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("pydantic_core/__init__.py", '__version__ = "9.9.9"\n')
        about = "Metadata-Version: 2.1\nName: pydantic_core\nVersion: 9.9.9\n"
        file.writestr(f"{information}/METADATA", about)
        tags = "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        file.writestr(f"{information}/WHEEL", tags)
        file.writestr(f"{information}/RECORD", "pydantic_core/__init__.py,,\n")
    archive = tmp_path / "another.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("blender_manifest.toml", OTHER_MANIFEST)
        file.writestr("__init__.py", "def register(): pass\ndef unregister(): pass\n")
        file.write(wheel, f"wheels/{wheel.name}")
    return archive


def test_the_zip_installs_and_is_enabled(archive: Path, ask: Ask) -> None:
    assert ask("install", archive) == [MODULE]


def test_in_a_later_session_its_packages_come_from_its_own_wheels(
    archive: Path, ask: Ask, tmp_path: Path
) -> None:
    ask("install", archive)
    # Not requests: from 5.1 on Blender itself has loaded its own copy by then.
    names = ("pydantic", "pydantic_core", "annotated_types", "truststore", "imagesize")
    origins = ask("origins", *names)
    assert isinstance(origins, dict)
    own = tmp_path / "blender" / "extensions" / ".local"
    for name in names:
        assert Path(origins[name][0]).is_relative_to(own), origins[name]
    assert ask("report") == [[MODULE], None]


def test_switched_off_it_leaves_nothing_behind(archive: Path, ask: Ask) -> None:
    ask("install", archive)
    seen = ask("cycle")
    assert isinstance(seen, list)
    before, on, off, on_again, off_again = seen
    assert before == NOTHING
    assert on["classes"], "the test would see a class"
    assert on["operators"], "the test would see an operator"
    assert on["properties"] == ["Scene", "Object", "WindowManager"]
    assert off == NOTHING
    assert on_again["classes"] == on["classes"]
    assert off_again == NOTHING


def test_removed_and_installed_again_it_finds_its_job_list(
    archive: Path, ask: Ask, tmp_path: Path
) -> None:
    ask("install", archive)
    assert ask("write_list", "what was paid for") == ""
    assert ask("remove") == []
    assert not list((tmp_path / "blender" / "extensions").rglob("tripo_addon/__init__.py"))
    ask("install", archive)
    assert ask("write_list", "") == "what was paid for"


def test_beside_an_extension_with_an_unfit_package_it_registers_and_names_the_culprit(
    archive: Path, another: Path, ask: Ask, tmp_path: Path
) -> None:
    assert ask("install", archive, another) == [OTHER, MODULE]

    answer = ask("report")

    assert isinstance(answer, list)
    enabled, sentence = answer
    assert enabled == [OTHER, MODULE]
    place = tmp_path / "blender" / "extensions" / ".local"
    for word in ("pydantic", "9.9.9", str(place)):
        assert word in sentence
