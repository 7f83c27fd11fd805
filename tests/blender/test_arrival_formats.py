"""One model in every file format that Blender reads gives the same model in the scene."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")

import bpy

from tests.blender import samples
from tests.blender.accessors import mesh_of
from tests.blender.arriving import (
    NAME,
    PLACE,
    Way,
    both_ways,
    by_child,
    directly,
    extent,
    measures,
    objects_of,
    order_for,
    orphan_data,
    run_in_child,
)
from tripo_addon.blender.child.importing import gltf_fixes
from tripo_addon.jobs.work.child_process import Finished

EXTENT = ((-0.5, 0.5), (-samples.NOSE, 0.0), (0.0, 1.0))
ONE_PICTURE_FOR_TWO = {"Base Color", "Normal", "Metallic Roughness"}
ONE_PICTURE_EACH = {"Base Color", "Normal", "Metallic", "Roughness"}
KINDS: dict[str, tuple[samples.Exporter, int, set[str]]] = {
    "glb": (samples.glb, 6, ONE_PICTURE_FOR_TWO),
    "webp": (samples.webp, 6, ONE_PICTURE_FOR_TWO),
    "draco": (samples.draco, 6, ONE_PICTURE_FOR_TWO),
    "gltf": (samples.gltf, 6, ONE_PICTURE_FOR_TWO),
    "fbx": (samples.fbx, 5, ONE_PICTURE_EACH),
    "obj": (samples.obj, 5, ONE_PICTURE_EACH),
    "usdz": (samples.usdz, 5, ONE_PICTURE_EACH),
    "stl": (samples.stl, 6, set()),
}
ENDINGS = {"webp": "glb", "draco": "glb", "gltf": "zip", "obj": "zip"}


def sample(kind: str, folder: Path, build: samples.Builder = samples.textured) -> Path:
    if kind == "draco" and not gltf_fixes.has_draco():
        pytest.skip("this Blender lacks the Draco library")
    return KINDS[kind][0](folder / f"model.{ENDINGS.get(kind, kind)}", build)


@pytest.mark.every_blender
@both_ways
@pytest.mark.parametrize("kind", KINDS)
def test_every_format_imports_the_same_model(arrive: Way, kind: str, tmp_path: Path) -> None:
    source = sample(kind, tmp_path)
    _, faces, roles = KINDS[kind]
    root = arrive(source, tmp_path)
    assert extent(root) == EXTENT
    assert (root.name, root.type, len(objects_of(root))) == (NAME, "MESH", 1)
    assert [round(angle, 4) for angle in root.rotation_euler] == [0.0, 0.0, -1.5708]
    assert (root.location[:], root.scale[:]) == (PLACE, (1.0, 1.0, 1.0))
    assert len(root.data.polygons) == faces
    assert looks_flat(mesh_of(root)) == [True] * faces
    assert {image.name for image in bpy.data.images} == {f"{NAME} {role}" for role in roles}
    for image in bpy.data.images:
        colors = image.name.endswith("Base Color")
        assert image.colorspace_settings.name == ("sRGB" if colors else "Non-Color")
        assert (tuple(image.size), image.filepath) == ((16, 16), "")
    assert len(bpy.data.materials) == bool(roles)
    assert orphan_data() == []


@pytest.mark.parametrize("kind", KINDS)
def test_child_and_direct_import_match_for_every_format(kind: str, tmp_path: Path) -> None:
    source = sample(kind, tmp_path)
    seen = []
    for arrive in (by_child, directly):
        bpy.ops.wm.read_homefile(use_empty=True)
        seen.append(measures(arrive(source, tmp_path)))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("kind", ["glb", "fbx", "obj", "stl", "usdz"])
def test_every_format_respects_scene_unit_scale(kind: str, tmp_path: Path) -> None:
    source = sample(kind, tmp_path)
    bpy.context.scene.unit_settings.scale_length = 0.01
    root = directly(source, tmp_path)
    assert extent(root) == tuple((100 * low, 100 * high) for low, high in EXTENT)


def looks_flat(mesh: bpy.types.Mesh) -> list[bool]:
    """Return for each face whether it looks flat shaded, by its flag or by its normals."""
    return [
        all(
            (mesh.corner_normals[corner].vector - face.normal).length < 0.01
            for corner in face.loop_indices
        )
        for face in mesh.polygons
    ]


@both_ways
@pytest.mark.parametrize("kind", ["fbx", "obj", "usdz"])
def test_quads_and_smooth_shading_are_kept(arrive: Way, kind: str, tmp_path: Path) -> None:
    root = arrive(sample(kind, tmp_path, samples.domed), tmp_path)
    assert sorted({len(face.vertices) for face in root.data.polygons}) == [4]
    assert sorted(looks_flat(mesh_of(root))) == [False] * 16 + [True] * 16


@both_ways
@pytest.mark.parametrize("kind", ["glb", "fbx", "obj", "usdz"])
def test_custom_normals_are_kept(arrive: Way, kind: str, tmp_path: Path) -> None:
    root = arrive(sample(kind, tmp_path, samples.leaning), tmp_path)
    bpy.context.view_layer.update()
    turned = root.matrix_world.to_3x3()
    for normal in root.data.corner_normals:
        x, y, z = turned @ normal.vector
        # Built toward +X and +Z, and rotated with the front.
        assert [round(value, 2) for value in (x, y, z)] == [0.0, -0.71, 0.71]


KTX2 = {
    "textures": [{"extensions": {"KHR_texture_basisu": {"source": 0}}}],
    "images": [{"mimeType": "image/ktx2", "uri": "data:image/ktx2;base64,AAAA"}],
    "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
}


def requiring(path: Path, *names: str, used: tuple[str, ...] = (), **more: Any) -> Path:
    extra = {"extensionsUsed": [*names, *used], "extensionsRequired": [*names], **more}
    return samples.points_only(path, count=4, extra=extra)


@both_ways
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("KHR_from_tomorrow", "needs KHR_from_tomorrow"),
        ("KHR_texture_basisu", "KTX2"),
        ("EXT_meshopt_compression", "meshopt"),
        ("KHR_draco_mesh_compression", "Draco"),
    ],
)
def test_unsupported_extension_is_refused_before_import_with_a_solution(
    arrive: Way, name: str, words: str, tmp_path: Path
) -> None:
    if gltf_fixes.reads(name):
        pytest.skip("this Blender reads it")
    path = requiring(tmp_path / "model.glb", name)
    sentence = sentence_of(arrive, path, tmp_path)
    assert words in sentence
    assert "Have the service convert" in sentence


def sentence_of(arrive: Way, path: Path, folder: Path) -> str:
    if arrive is directly:
        from tripo_addon.blender.arrival.importer import ImportFailed

        with pytest.raises(ImportFailed) as caught:
            directly(path, folder)
        return caught.value.sentence
    ended = run_in_child(order_for(path, folder), folder)
    assert isinstance(ended, Finished), ended
    assert ended.result["ok"] is False
    return str(ended.result["sentence"])


def test_unreadable_optional_textures_are_named(
    tmp_path: Path,
) -> None:
    path = requiring(tmp_path / "model.glb", used=("KHR_texture_basisu",), **KTX2)
    ended = run_in_child(order_for(path, tmp_path), tmp_path)
    assert isinstance(ended, Finished), ended
    warned = ended.result["warnings"]
    assert isinstance(warned, list)
    assert "1 texture is a KTX2 image, which Blender cannot read" in warned
