"""Counting finds the same as numpy's sorting, for all that Blender's importer asks for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tripo_addon.blender.child.importing import gltf_indices

INVERSE: dict[str, Any] = {"return_inverse": True}


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint32, np.int64, np.float32])
@pytest.mark.parametrize("most", [1, 7, 200])
@pytest.mark.parametrize("count", [0, 1, 30, 3000])
def test_indices_match_numpy_unique(kind: Any, most: int, count: int) -> None:
    given = np.random.default_rng(count).integers(0, most, count).astype(kind)
    kept = given.copy()
    for wanted, found in zip(
        np.unique(given, **INVERSE), gltf_indices.unique(given, **INVERSE), strict=True
    ):
        assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape)
        assert (found == wanted).all()
        assert not np.shares_memory(found, given)
    assert (given == kept).all()


def test_other_arguments_are_passed_to_numpy() -> None:
    rows = np.array([[3, 1], [1, 3], [3, 1]], dtype=np.uint32)
    assert gltf_indices.unique(rows, axis=0).tolist() == [[1, 3], [3, 1]]
    assert gltf_indices.unique(rows).tolist() == [1, 3]
    huge = np.array([0, 2**32 - 1], dtype=np.uint32)
    assert gltf_indices.unique(huge, **INVERSE)[1].tolist() == [0, 1]


@pytest.mark.every_blender
def test_blenders_importer_uses_the_replacement(monkeypatch: pytest.MonkeyPatch) -> None:
    meshes: Any = gltf_indices.module()
    monkeypatch.setattr(meshes, "np", np)
    for _ in range(2):
        gltf_indices.use()
    assert meshes.np.unique is gltf_indices.unique
    assert meshes.np.uint32 is np.uint32
