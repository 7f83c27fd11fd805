import itertools
from typing import Any

import pytest
from PIL import Image

from .conftest import PROMPT, Perform


@pytest.fixture
def task_seconds() -> float:
    """Long enough for slow mouse moves."""
    return 30.0


def test_box_is_dragged_while_its_task_runs_and_model_fills_it(
    perform: Perform,
) -> None:
    report = perform("box", prompt=PROMPT)
    shown = report.picture("progress")
    across, up = report["dot"]
    pixel: Any = shown.getpixel((across, shown.height - up))
    red, green, blue = pixel
    assert min(red, green) > 180 > blue, "the box and its dot were gone in the drawing of a change"
    first, moved, higher, sized, turned, again = report["stands"]
    # The box slides on its floor.
    assert moved["foot"][2] == first["foot"][2]
    assert moved["foot"][:2] != pytest.approx(first["foot"][:2], abs=0.1)
    assert (moved["sides"], moved["turn"]) == (first["sides"], 0.0)
    assert not moved["fills"]
    # A face moves while the opposite one stays; a corner scales all sides.
    assert higher["sides"][:2] == pytest.approx(moved["sides"][:2])
    assert higher["sides"][2] > 1.2 * moved["sides"][2]
    assert higher["foot"] == pytest.approx(moved["foot"], abs=1e-4)
    factors = [now / before for now, before in zip(sized["sides"], higher["sides"], strict=True)]
    assert factors[0] > 1.1
    assert factors == pytest.approx([factors[0]] * 3)
    assert sized["foot"][2] == pytest.approx(moved["foot"][2], abs=1e-4)
    assert turned["turn"] == pytest.approx(0.6, abs=0.1)
    assert turned["sides"] == sized["sides"]
    assert all(stand["is known"] for stand in (moved, sized, turned, again))
    assert [again[key] for key in ("foot", "sides", "turn", "fills")] == [
        *(turned[key] for key in ("foot", "sides", "turn")),
        True,
    ]
    assert report["left behind"] == []
    assert report["after"] == report["before"]
    steps = [line for line in report.log.splitlines() if "type='Global Undo'" in line]
    assert steps
    assert not [line for line in steps if "Tripo" in line], "a box was moved in a step of undo"

    low, high = report["frame"]
    size = [b - a for a, b in zip(low, high, strict=True)]
    assert max(own / side for own, side in zip(size, again["sides"], strict=True)) == (
        pytest.approx(1.0, abs=1e-3)
    )
    assert low[2] == pytest.approx(0.0, abs=1e-3)
    assert [low[axis] + high[axis] for axis in (0, 1)] == pytest.approx([0.0, 0.0], abs=1e-3)
    assert report["boxes left"] == 0
    # Faces reach behind the viewer. Means of squares, because lines of the grid may be in front.
    view = report.picture("inside").crop((200, 200, 700, 600))
    inside = view.resize((10, 8), Image.Resampling.BOX)
    for at in itertools.product(range(10), range(8)):
        seen: Any = inside.getpixel(at)
        assert seen[0] > seen[2] + 20, f"a face of the box around the viewer is missing at {at}"
    # Only prints numbers: times depend on the machine and its load.
    times = sorted(report["redraw"])
    assert len(times) > 20
    print(f"A redraw of twenty boxes with names: {times[len(times) // 2]:.3f} ms of CPU")
