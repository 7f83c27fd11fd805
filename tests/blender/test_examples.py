"""The examples run, and do what they say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.blender.addon import model_file
from tests.blender.command_child import KEY, ROOT, CommandLine
from tests.standin.service import StandIn


@pytest.fixture
def service(tmp_path: Path) -> Iterator[StandIn]:
    with StandIn(seconds=0, keys=(KEY,), model=model_file(tmp_path)) as service:
        yield service


def test_three_models_are_made_textured_and_exported(service: StandIn, tmp_path: Path) -> None:
    blender = CommandLine(tmp_path, service.base_url)
    ended = blender.run(ROOT / "examples/three_models.py", "--", "out")
    assert ended.output.count("Wrote") == 3
    files = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert files == ["Chest.glb", "Lantern.glb", "Sign.glb"]
    assert len(service.ledger.tasks) == 6


def test_a_price_list_sends_nothing(service: StandIn, tmp_path: Path) -> None:
    blender = CommandLine(tmp_path, service.base_url, key="", online=False)
    ended = blender.run(ROOT / "examples/price_list.py")
    assert "20 credits  POST " in ended.output
    assert service.ledger.requests == ()
