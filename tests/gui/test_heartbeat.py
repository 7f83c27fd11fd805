from pathlib import Path

import pytest

import bench_models

from .conftest import Perform

KINDS = ("glb", "fbx")
WAYS = {"idle": "nothing happens", "arrival": "by the add-on", "import": "Blender's own import"}


@pytest.fixture(params=KINDS)
def model(request: pytest.FixtureRequest) -> Path:
    """A million faces with textures of 4096², as in the bench."""
    return bench_models.big_model(kind=request.param)


def test_large_model_arrives_without_blocking_the_interface(perform: Perform, model: Path) -> None:
    """Only prints numbers: times depend on the machine and its load."""
    report = perform("heartbeat")
    assert report["faces"] == report["faces of the import"] == bench_models.FACES
    for way, words in WAYS.items():
        figures = report[way]
        print(
            f"{model.suffix[1:].upper()}, {words}: {figures['beats']} beats at 60 Hz, the longest "
            f"gap {figures['gap']:.0f} ms, the most work between two {figures['work']:.0f} ms; "
            f"the first drawing afterwards {figures['drawing']:.0f} ms"
        )
    report.picture("arrived")
