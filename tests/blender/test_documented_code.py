"""Runs each code block of README.md and docs/scripting.md as it is printed there."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from types import ModuleType

import bpy
import pytest

import tripo_addon
import tripo_addon.scripting
from tests.blender.addon import KEY, enabled
from tests.blender.command_child import ROOT, CommandLine
from tests.standin.service import StandIn

README, SCRIPTING = ROOT / "README.md", ROOT / "docs" / "scripting.md"


def blocks(document: Path, language: str) -> list[str]:
    text = document.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def commands(document: Path) -> list[tuple[str, ...]]:
    """Return the arguments after `tripo` of each Blender command in the document."""
    lines = [line for block in blocks(document, "sh") for line in block.splitlines()]
    words = [shlex.split(line, comments=True) for line in lines if line.startswith("blender ")]
    return [tuple(each[each.index("tripo") + 1 :]) for each in words]


@pytest.mark.parametrize("document", [README, SCRIPTING], ids=lambda path: path.name)
def test_every_documented_command_works(document: Path, service: StandIn, tmp_path: Path) -> None:
    (table,) = blocks(SCRIPTING, "csv")
    (tmp_path / "props.csv").write_text(table, encoding="utf-8")
    tripo = CommandLine(tmp_path, service.base_url, key=KEY)
    found = commands(document)
    assert len(found) >= 3
    for command in found:
        free = {"--help", "--yes", "--plan", "plan"} & set(command)
        tripo.run(*command, *(() if free else ("--yes",)))
    written = {path.suffix for path in tmp_path.rglob("*") if path.parent.name == "models"}
    assert written == {".fbx"}


def test_documented_operators_work(service: StandIn) -> None:
    generating, texturing = blocks(README, "python")
    with enabled(service) as context:
        exec(generating, {"bpy": bpy})
        (root,) = [obj for obj in context.scene.objects if obj.tripo_addon.task_id]
        root.select_set(True)
        context.view_layer.objects.active = root
        exec(texturing, {"bpy": bpy})
        assert [task.kind for task in service.ledger.tasks] == ["text_to_model", "texture_model"]


def test_documented_script_works(
    service: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script, images = blocks(SCRIPTING, "python")
    # The module that Blender would make of the installed extension.
    repository = ModuleType("bl_ext.user_default")
    repository.__dict__["tripo_addon"] = tripo_addon
    extensions = ModuleType("bl_ext")
    extensions.__dict__["user_default"] = repository
    installed = {
        "": extensions,
        ".user_default": repository,
        ".user_default.tripo_addon": tripo_addon,
    }
    installed[".user_default.tripo_addon.scripting"] = tripo_addon.scripting
    for name, module in installed.items():
        monkeypatch.setitem(sys.modules, f"bl_ext{name}", module)
    with enabled(service):
        names: dict[str, object] = {}
        exec(script, names)
        out = capsys.readouterr().out
        exec(images, names)
        kinds = [task.kind for task in service.ledger.tasks][1:]
        assert kinds == ["text_to_image", "generate_multiview_image", "multiview_to_model"]
        assert capsys.readouterr().out.splitlines()[-1] == "5"
    price, result = out.splitlines()[-2:]
    assert result.startswith(f"{float(price)} (bpy.data.objects[")
