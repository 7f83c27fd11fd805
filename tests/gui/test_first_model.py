import json
import struct
from pathlib import Path

import pytest
from PIL import ImageChops

from tests.standin.service import StandIn

from .conftest import PROMPT, Perform

CURSOR = [0.0, 2.5, 0.25]
NAME = "A small wooden chest"


@pytest.fixture
def task_seconds() -> float:
    """Long enough for a look at the task half way."""
    return 6.0


def test_a_typed_prompt_and_one_click_end_in_a_model_at_the_cursor(
    perform: Perform, service: StandIn, model: Path
) -> None:
    report = perform("first_model", prompt=PROMPT)
    (task,) = service.ledger.tasks
    assert report["typed"] == PROMPT
    assert task.body["prompt"] == PROMPT
    assert report["before"] == report["after"]

    job, arrived = report["job"], report["model"]
    assert job["state"] == "DONE"
    assert arrived["link"] == ["tripo-v3", task.id, job["id"]]
    assert arrived["name"] == NAME
    assert arrived["collections"] == [NAME]
    assert arrived["location"] == pytest.approx(CURSOR)
    assert len(arrived["packed"]) >= 3
    assert all(arrived["packed"].values())
    # The service's +X, its front, has become −Y; its +Y has become +X.
    x, y, z = centre(model)
    assert abs(y) > 0.001, "this model could not show a turn the wrong way"
    assert arrived["centre"] == pytest.approx([y, -x, z], abs=1e-4)

    assert "1 active" in report["running"]
    assert any(line.startswith("Generating ") for line in report["running"])
    assert "Imported: 20 credits" in report["end"]
    changed = ImageChops.difference(report.picture("running"), report.picture("end"))
    assert changed.getbbox() is not None


def centre(glb: Path) -> tuple[float, float, float]:
    """The mean of all vertices of a GLB without transforms on its nodes, in Blender's axes."""
    data = glb.read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    scene, binary = json.loads(data[20 : 20 + length]), data[28 + length :]
    assert not any({"translation", "rotation", "scale"} & set(node) for node in scene["nodes"])
    points: list[tuple[float, float, float]] = []
    for mesh in scene["meshes"]:
        for part in mesh["primitives"]:
            accessor = scene["accessors"][part["attributes"]["POSITION"]]
            view = scene["bufferViews"][accessor["bufferView"]]
            start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
            packed = binary[start : start + 12 * accessor["count"]]
            points += [(x, -z, y) for x, y, z in struct.iter_unpack("<3f", packed)]
    sums = [sum(values) for values in zip(*points, strict=True)]
    return sums[0] / len(points), sums[1] / len(points), sums[2] / len(points)
