"""Blender's own way to install the add-on, over loopback: from a repository, then updated, then
removed.

`scripts/test.py --install` tries all Blenders and all neighbors.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import build
import installs
import repository


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """Two releases of this tree."""
    return installs.built(tmp_path_factory.mktemp("releases"))


@pytest.mark.parametrize("neighbor", installs.NEIGHBORS[::3], ids=lambda each: each.name)
def test_repository_install_update_rollback_and_removal_work(
    neighbor: installs.Neighbor, folders: tuple[Path, ...], tmp_path: Path
) -> None:
    with installs.served(folders) as releases:
        words = installs.try_out(Path(sys.executable), neighbor, releases, tmp_path)
    assert bool(words) == neighbor.harms


def test_installed_zip_hands_over_to_the_repository_it_added(tmp_path: Path) -> None:
    folder = tmp_path / "served"
    with installs.served((folder,)) as releases:
        (archive,) = build.build(
            platforms=[build.current_platform()],
            output=tmp_path,
            url=releases.url.removesuffix("index.json"),
        )
        repository.publish([archive], folder)
        python, steps = Path(sys.executable), (f"from_file={archive}", "set_up", "install")
        first = installs.session(python, tmp_path, "", steps)
        later = installs.session(python, tmp_path, "", ("look",))["look"]
    assert first["from_file"]["local_runs"], "the test would see the copy from the file"
    for seen in (first["install"], later):
        assert seen["runs"] == releases.url
        assert seen["has_key"]
        assert not seen["local_runs"]
