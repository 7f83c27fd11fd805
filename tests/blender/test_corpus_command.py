"""The command that compares a folder of foreign files with Blender's own import of each."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")

import corpus
from tests.blender import samples


def test_folder_is_compared_file_by_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    samples.glb(tmp_path / "one.glb", samples.textured)
    (tmp_path / "two.fbx").write_bytes(b"no model")
    assert corpus.main(["--folder", str(tmp_path)]) == 0
    *_, one, two, total = capsys.readouterr().out.splitlines()
    assert one == "one.glb  alike  1 parts, 6 faces, 1 material slots, 1 images"
    assert two.startswith("two.fbx  refused: The file is not a model")
    assert total == "2 files, 0 differ from Blender's own import"


PLAIN = {
    "faces": 6,
    "material slots": 0,
    corpus.COLORED: 0,
    "actions": 1,
    "takes": 2,
    "box": [0, 0, 0, 1, 1, 1],
    "part boxes": [[0, 0.5], [0, 0], [0, 0], [0.2, 1], [1, 1], [1, 1]],
}


def test_vertex_color_material_is_reported_as_intended() -> None:
    plain = {"material slots": 1, corpus.COLORED: 2, "box": [], "part boxes": []}
    good, line = corpus.judged(plain, {**plain, "material slots": 3, corpus.COLORED: 0})
    assert good
    assert line.endswith("; colors of vertices get a material that shows them")
    assert not corpus.judged(plain, {**plain, "material slots": 2})[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [("faces", 7), ("actions", 0), ("takes", 1), ("box", [0, 0, 0, 1, 1, 1.01])],
)
def test_every_difference_is_named(name: str, value: object) -> None:
    assert corpus.judged(PLAIN, PLAIN) == (True, "alike  6 faces, 1 actions, 2 takes")
    good, line = corpus.judged(PLAIN, {**PLAIN, name: value})
    assert not good
    assert line == f"DIFFERS  {name}: {value} instead of {PLAIN[name]}"


def test_shrunken_part_inside_unchanged_bounds_is_found() -> None:
    shrunk = [[0, 0.5], [0, 0], [0, 0], [0.1, 1], [1, 1], [1, 1]]
    good, line = corpus.judged(PLAIN, {**PLAIN, "part boxes": shrunk})
    assert not good
    assert line == "DIFFERS  part boxes: some parts have another place or size"


def test_empty_folder_fails(tmp_path: Path) -> None:
    assert corpus.main(["--folder", str(tmp_path)]) == 1
