"""A bake uses no more memory than there is: its images become smaller, and the row says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.blender.arriving import order_for, run_in_new_child
from tests.blender.capturing import capture, carriers, export
from tests.blender.painting import base_color, repainted, transformed_suzanne
from tripo_addon.blender.child.transfer import bake
from tripo_addon.jobs.work.child_process import Finished

MEMORY = 1_000_000_000
"""The total memory limit of a child, below what a bake of 2,048 pixels needs."""


def test_bake_size_is_halved_until_it_fits_in_memory() -> None:
    assert bake.affordable(4096, 8_000_000_000) == 4096
    assert bake.affordable(4096, 3_000_000_000) == 2048
    assert bake.affordable(4096, 0) == bake.affordable(512, 0) == 512


@pytest.mark.parametrize("limit", ["memory", "spare"])
def test_low_memory_reduces_texture_size_and_row_says_so(limit: str, tmp_path: Path) -> None:
    obj = transformed_suzanne(tmp_path)
    blend = capture(tmp_path, obj)
    source = Path(export(blend, tmp_path)["path"])
    answer = repainted(source, tmp_path, 2, base=base_color)
    onto = {"capture": str(blend), "mode": "keep", "same_shape": True, "turn": -90.0}
    order = order_for(answer, tmp_path, "Made", onto=onto | {"texture_size": 2048})
    ended = run_in_new_child({**order, limit: MEMORY}, tmp_path)
    assert isinstance(ended, Finished)
    mesh, _details = carriers(tmp_path)[obj.name]
    (image,) = (
        node.image for node in mesh.materials[0].node_tree.nodes if node.type == "TEX_IMAGE"
    )
    assert image.size[0] < 2048
    found: Any = ended.result["warnings"]
    warnings = " ".join(found)
    assert f"{image.size[0]:,} pixels a side instead of 2,048" in warnings
