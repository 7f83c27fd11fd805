"""The zip in a separate Blender: installed, used in a later session, disabled again."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from importlib.metadata import version
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
wheels = ["./wheels/{wheel}"]
"""

Another = Callable[[str, str], Path]


@pytest.fixture
def another(tmp_path: Path) -> Another:
    """Make an extension that contains one version of a package, and imports it when it is
    enabled."""

    def made(package: str, version: str) -> Path:
        wheel = tmp_path / f"{package}-{version}-py3-none-any.whl"
        information = f"{package}-{version}.dist-info"
        with zipfile.ZipFile(wheel, "w") as file:
            file.writestr(f"{package}/__init__.py", f'__version__ = "{version}"\n')
            about = f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
            file.writestr(f"{information}/METADATA", about)
            tags = "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            file.writestr(f"{information}/WHEEL", tags)
            file.writestr(f"{information}/RECORD", f"{package}/__init__.py,,\n")
        archive = tmp_path / "another.zip"
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("blender_manifest.toml", OTHER_MANIFEST.format(wheel=wheel.name))
            code = f"def register():\n    import {package}\ndef unregister(): pass\n"
            file.writestr("__init__.py", code)
            file.write(wheel, f"wheels/{wheel.name}")
        return archive

    return made


def test_zip_installs_and_is_enabled(archive: Path, ask: Ask) -> None:
    assert ask("install", archive) == [MODULE]


def test_later_session_loads_packages_from_the_addons_wheels(
    archive: Path, ask: Ask, tmp_path: Path
) -> None:
    ask("install", archive)
    # Not requests: from 5.1 on, Blender itself has already imported its own copy.
    names = ("pydantic", "pydantic_core", "annotated_types", "truststore", "imagesize")
    origins = ask("origins", *names)
    assert isinstance(origins, dict)
    own = tmp_path / "blender" / "extensions" / ".local"
    for name in names:
        assert Path(origins[name][0]).is_relative_to(own), origins[name]
    assert ask("report") == [[MODULE], None]


def test_disabled_addon_leaves_nothing_behind(archive: Path, ask: Ask) -> None:
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


def test_reinstalled_addon_finds_its_job_list(archive: Path, ask: Ask, tmp_path: Path) -> None:
    ask("install", archive)
    assert ask("write_list", "what was paid for") == ""
    assert ask("remove") == []
    assert not list((tmp_path / "blender" / "extensions").rglob("tripo_addon/__init__.py"))
    ask("install", archive)
    assert ask("write_list", "") == "what was paid for"


def test_generate_names_the_extension_with_an_incompatible_package(
    archive: Path, another: Another, ask: Ask, tmp_path: Path
) -> None:
    assert ask("install", archive, another("pydantic_core", "9.9.9")) == [OTHER, MODULE]

    answer = ask("generate_later")

    assert isinstance(answer, list)
    enabled, sentence = answer
    assert enabled == [OTHER, MODULE]
    assert "pydantic-core 9.9.9, installed by “Another”, cannot be used" in sentence
    assert str(tmp_path / "blender" / "extensions" / ".local") in sentence
    assert "Update or disable “Another”, then restart Blender" in sentence
    assert "Traceback" not in sentence


def test_generate_asks_for_restart_if_an_old_package_is_loaded(
    archive: Path, another: Another, ask: Ask
) -> None:
    answer = ask("install_and_generate", another("pydantic", "1.10.21"), archive)

    assert isinstance(answer, list)
    enabled, sentence = answer
    assert enabled == [OTHER, MODULE]
    assert (
        "pydantic 1.10.21, installed by “Another”, cannot be used: version 2.6 or later" in sentence
    )
    assert "is installed now: restart Blender" in sentence
    assert "Traceback" not in sentence
    if version("bpy") < "4.3":
        # There the extensions are enabled one after the other instead of at start, so the first one
        # adds only its own packages.
        return
    assert ask("report") == [[OTHER, MODULE], None], "after the restart ours, the newer, is used"
