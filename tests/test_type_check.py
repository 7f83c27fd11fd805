"""Tests for the type check."""

from __future__ import annotations

import shutil
from pathlib import Path
from textwrap import dedent

import environment
import type_check

CODE = {
    "messages.py": 'READY = "Ready"\n',
    "model.py": 'class Job:\n    title = ""\n',
    "panel.py": """\
        import bpy

        from . import messages, model


        class Form(bpy.types.PropertyGroup):
            pass


        def draw(job: model.Job, form: Form) -> object:
            window = bpy.context.window_manager
            bpy.ops.tripo_addon.generate(window.tripo_addon, form.prompt)
            return job.title, job.titel, messages.READY, messages.REDAY
    """,
}


def test_misspelled_own_name_is_an_error_and_blender_attribute_is_not(
    tmp_path: Path,
) -> None:
    shutil.copy(environment.ROOT / "pyproject.toml", tmp_path)
    (tmp_path / ".venv").symlink_to(environment.ROOT / ".venv", target_is_directory=True)
    room = tmp_path / "tripo_addon" / "blender"
    for folder in (room, tmp_path / "tests", tmp_path / "scripts"):
        folder.mkdir(parents=True)
    for package in (room, room.parent):
        (package / "__init__.py").touch()
    for name, code in CODE.items():
        (room / name).write_text(dedent(code), encoding="utf-8")
    found = type_check.errors(tmp_path)
    assert len(found) == 2
    assert found[0].startswith("tripo_addon/blender/panel.py:13: ")
    assert '"titel" for class "Job"' in found[0]
    assert '"REDAY" is not a known attribute of module' in found[1]
