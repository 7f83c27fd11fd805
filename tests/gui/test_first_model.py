import json
import struct
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from tests.standin.service import StandIn

from .conftest import PROMPT, Perform
from .recording_layout import shows
from .theater import SIZE

NAME = "A small wooden chest"


@pytest.fixture
def task_seconds() -> float:
    """Long enough to look at the task half way."""
    return 6.0


def test_first_run_card_leads_to_a_visible_model_beside_the_cube(
    perform: Perform, service: StandIn, model: Path
) -> None:
    report = perform("first_model", untouched=True, client_id="tcli_0123456789abcdef")
    card = report["card"]
    assert shows(card["untouched"], "[Allow Online Access]")
    assert report["moved"] == 0, "the buttons of the card moved under the mouse"
    assert "<prompt>" not in card["untouched"]
    assert shows(card["client-id"], "This is a Client ID, not a key")
    assert shows(card["key"], "API key works")
    assert report["stored"]
    for state in (*card, "example"):
        report.picture(f"card-{state}")
    (task,) = service.ledger.tasks
    assert report["prompt"] == PROMPT
    assert task.body["prompt"] == PROMPT
    chosen = {"selected": [NAME], "active": NAME}
    assert report["after"] == report["before"] | chosen

    job, arrived = report["job"], report["model"]
    assert job["state"] == "DONE"
    assert arrived["link"] == ["tripo-v3", task.id, job["id"]]
    assert arrived["name"] == NAME
    assert arrived["collections"] == [NAME]
    right, *others = arrived["location"]
    assert right > 1.0
    assert others == [0.0, 0.0], "it left the row, or the floor of the 3D cursor"
    assert len(arrived["packed"]) >= 3
    assert all(arrived["packed"].values())
    # The service's +X, its front, has become −Y; its +Y has become +X.
    x, y, z = center(model)
    assert abs(y) > 0.001, "this model could not show a turn the wrong way"
    low, high = extent(model)
    # The origin is in the middle of the underside.
    foot = [(low[1] + high[1]) / 2, -(low[0] + high[0]) / 2, low[2]]
    standing = [a - b for a, b in zip([y, -x, z], foot, strict=True)]
    assert arrived["center"] == pytest.approx(standing, abs=1e-4)

    assert "1 running" in report["running"]
    assert any(line.startswith("Generating ") for line in report["running"])
    assert shows(report["end"], "Imported: Charged 20 credits · Placed beside Cube")
    assert difference(report.picture("running"), report.picture("end"), report["where"]) > 0.3
    assert report["highlighted"] == 1
    # Around the model, where the box was drawn over the empty viewport.
    assert difference(report.picture("arrived"), report.picture("end"), report["where"]) > 0.005

    framed = report["framed"]
    assert framed["selection"], "Frame changed the selection"
    assert framed["looks at"] == pytest.approx(arrived["middle"], abs=0.3)
    left, _bottom, right, _top = framed["where"]
    assert right - left > 0.15 * SIZE[0], "the model is small in the viewport"
    seen = difference(report.picture("elsewhere"), report.picture("framed"), framed["where"])
    assert seen > 0.3


def difference(one: Image.Image, other: Image.Image, where: list[float]) -> float:
    """Return the share of pixels that differ in a rectangle of the window, given from its lower
    left."""
    left, bottom, right, top = (round(value) for value in where)
    area = (left, one.height - top, right, one.height - bottom)
    changed = ImageChops.difference(one.crop(area), other.crop(area)).convert("L")
    counts = changed.histogram()
    return sum(counts[16:]) / sum(counts)


def center(glb: Path) -> tuple[float, float, float]:
    """Return the mean of all vertices of a GLB, in Blender's axes."""
    points = vertices(glb)
    sums = [sum(values) for values in zip(*points, strict=True)]
    return sums[0] / len(points), sums[1] / len(points), sums[2] / len(points)


def extent(glb: Path) -> tuple[list[float], list[float]]:
    """Return the smallest and largest corner of a GLB, in Blender's axes."""
    axes = [*zip(*vertices(glb), strict=True)]
    return [min(axis) for axis in axes], [max(axis) for axis in axes]


def vertices(glb: Path) -> list[tuple[float, float, float]]:
    """Return all vertices of a GLB without transforms on its nodes, in Blender's axes."""
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
    return points
