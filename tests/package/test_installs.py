"""Blender's own way to the add-on, over loopback: from a repository in, on to the next, and out.

All Blenders and neighbours are tried by `scripts/test.py --install`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import installs


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """Two releases of this tree."""
    return installs.built(tmp_path_factory.mktemp("releases"))


@pytest.mark.parametrize("neighbour", installs.NEIGHBOURS[::3], ids=lambda each: each.name)
def test_from_a_repository_it_is_installed_updated_taken_back_and_removed(
    neighbour: installs.Neighbour, folders: tuple[Path, ...], tmp_path: Path
) -> None:
    with installs.served(folders) as releases:
        words = installs.try_out(Path(sys.executable), neighbour, releases, tmp_path)
    assert bool(words) == neighbour.harms
