"""The examples run, and do what they say."""

from __future__ import annotations

from pathlib import Path

from tests.blender.command_child import ROOT, CommandLine
from tests.standin.service import StandIn


def test_example_generates_textures_and_exports_three_models(
    service: StandIn, tmp_path: Path
) -> None:
    blender = CommandLine(tmp_path, service.base_url)
    ended = blender.run(ROOT / "examples/three_models.py", "--", "out")
    assert ended.output.count("Wrote") == 3
    files = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert files == ["Chest.glb", "Lantern.glb", "Sign.glb"]
    assert len(service.ledger.tasks) == 6


def test_price_list_example_sends_nothing(service: StandIn, tmp_path: Path) -> None:
    blender = CommandLine(tmp_path, service.base_url, key="", online=False)
    ended = blender.run(ROOT / "examples/price_list.py")
    assert "20 credits  POST " in ended.output
    assert service.ledger.requests == ()
