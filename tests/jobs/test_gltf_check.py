"""Errors of a glTF are found in its JSON, before Blender reads the file."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tripo_addon.jobs.model_files import gltf_check
from tripo_addon.jobs.model_files.unusable_file import UnusableFile

TRIANGLE: dict[str, Any] = {
    "asset": {"version": "2.0"},
    "nodes": [{"mesh": 0}, {"children": [0]}],
    "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
    "accessors": [
        {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"},
        {"bufferView": 1, "componentType": 5123, "count": 3, "type": "SCALAR"},
    ],
    "bufferViews": [
        {"buffer": 0, "byteLength": 36},
        {"buffer": 0, "byteOffset": 36, "byteLength": 6},
    ],
    "images": [{"bufferView": 1}],
    "buffers": [{"byteLength": 42}],
}


def check(description: object, *, binary: int | None = 44, folder: Path | None = None) -> None:
    gltf_check.check(json.dumps(description).encode(), binary=binary, folder=folder)


def test_valid_file_passes(tmp_path: Path) -> None:
    check(TRIANGLE)
    described = copy.deepcopy(TRIANGLE)
    described["buffers"][0]["uri"] = "parts/a%20b.bin"
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "a b.bin").write_bytes(bytes(42))
    check(described, binary=None, folder=tmp_path)
    described["buffers"][0]["uri"] = "data:application/octet-stream;base64," + "A" * 56
    check(described, binary=None)


def test_buffer_filled_by_an_extension_may_be_absent() -> None:
    described = copy.deepcopy(TRIANGLE)
    described["buffers"].append(
        {"byteLength": 99, "extensions": {"EXT_meshopt_compression": {"fallback": True}}}
    )
    check(described)


def damage(way: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    described = copy.deepcopy(TRIANGLE)
    way(described)
    return described


def sparse(count: int, **values: object) -> dict[str, object]:
    places = {"bufferView": 1, "componentType": 5123}
    return {"count": count, "indices": places, "values": {"bufferView": 1, **values}}


def claim(described: dict[str, Any], count: int) -> None:
    """Declare so many points that are not in the file, which reads them as zeros."""
    described["accessors"][0] = {"componentType": 5126, "count": count, "type": "VEC3"}


def claim_often(described: dict[str, Any], count: int, times: int) -> None:
    """Declare the same points in each of so many meshes."""
    claim(described, count)
    described["meshes"] *= times


def multiply(described: dict[str, Any], count: int) -> None:
    """Place one triangle at so many nodes, all at the same place."""
    where = {"componentType": 5126, "count": count, "type": "VEC3"}
    described["accessors"].append(where)
    instancing = {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": 2}}}
    described["nodes"][0]["extensions"] = instancing


DAMAGES: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda d: d["buffers"][0].update(byteLength=45), "44 of 45 bytes"),
    (lambda d: d["buffers"].append({"byteLength": 3}), "is missing"),
    (lambda d: d["bufferViews"][1].update(byteOffset=37), "ends too early"),
    (lambda d: d["bufferViews"][1].update(buffer=1), "a buffer that it names"),
    (lambda d: d["accessors"][0].update(count=4), "ends too early"),
    (lambda d: d["accessors"][0].update(count=10**12), "ends too early"),
    (lambda d: d["accessors"][0].update(count=-1), "is invalid"),
    (lambda d: d["accessors"][0].update(componentType=1), "is invalid"),
    (lambda d: d["accessors"][0].update(bufferView=7), "a part of its data"),
    (lambda d: d["meshes"][0]["primitives"][0].update(indices=2), "the data of a mesh"),
    (lambda d: d["meshes"][0]["primitives"][0].update(attributes=[]), "is invalid"),
    (lambda d: d["images"][0].update(bufferView="0"), "the data of a texture"),
    (lambda d: d["buffers"].append({"byteLength": 1, "uri": "gone.bin"}), "was not delivered"),
    (lambda d: d["nodes"][0].update(mesh=1), "a mesh that it names"),
    (lambda d: d["nodes"][0].update(children=[1]), "do not form a tree"),
    (lambda d: d["nodes"].append({"children": [0]}), "do not form a tree"),
    (lambda d: d["nodes"][1].update(children=[9]), "a part that it names"),
    (lambda d: d["nodes"][1].update(children=9), "is invalid"),
    # A cycle beside the root, as bones may form one.
    (lambda d: d["nodes"].extend([{"children": [3]}, {"children": [2]}]), "do not form a tree"),
    (lambda d: d.update(skins=[{"joints": [0, 5]}]), "a bone that it names"),
    (lambda d: d["accessors"][0].update(sparse=sparse(4)), "is invalid"),
    (lambda d: d["accessors"][0].update(sparse=sparse(3)), "ends too early"),
    (lambda d: d["accessors"][0].update(sparse=sparse(1, bufferView=4)), "a part of its data"),
    (lambda d: d["accessors"].append({"count": 3, "type": "VEC3"}), "is invalid"),
    (lambda d: claim(d, 400_000_000), "4.5 GB of geometry"),
    (lambda d: claim_often(d, 100_000, 1000), "1.1 GB of geometry"),
    (lambda d: d["nodes"].extend([{}] * gltf_check.MOST_OBJECTS), "20,002 objects"),
    (lambda d: multiply(d, 200_000), "200,002 objects"),
    (lambda d: d["asset"].update(version="1.0"), "glTF 1.0; Blender reads version 2"),
    (lambda d: d.update(meshes={"a": {}}, asset={}), "glTF 1.0"),
    (lambda d: d.update(nodes={}), "is invalid"),
    (lambda d: d.update(meshes=[1]), "is invalid"),
]


@pytest.mark.parametrize(("way", "words"), DAMAGES)
def test_each_kind_of_damage_gives_its_reason(
    way: Callable[[dict[str, Any]], object], words: str, tmp_path: Path
) -> None:
    with pytest.raises(UnusableFile) as caught:
        check(damage(way), folder=tmp_path)
    assert words in caught.value.sentence


@pytest.mark.parametrize(
    "uri", ["../secret.bin", "/etc/passwd", "file:///etc/passwd", "C:/a.bin", "a%2F..%2F..%2Fb", 7]
)
def test_external_files_are_not_opened(uri: object, tmp_path: Path) -> None:
    (tmp_path.parent / "secret.bin").write_bytes(bytes(42))
    with pytest.raises(UnusableFile):
        check(damage(lambda d: d["buffers"][0].update(uri=uri)), binary=None, folder=tmp_path)


def test_truncated_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(bytes(20))
    with pytest.raises(UnusableFile, match="20 of 42 bytes"):
        check(damage(lambda d: d["buffers"][0].update(uri="a.bin")), binary=None, folder=tmp_path)
