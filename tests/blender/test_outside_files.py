"""A result reads nothing from the artist's disk: a marked picture outside appears nowhere."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")

import bpy

from tests.blender import samples
from tests.blender.accessors import packed_bytes
from tests.blender.arriving import NAME, by_child, directly
from tripo_addon.blender.child import convert_model
from tripo_addon.blender.child.importing import datablocks, outside_files
from tripo_addon.blender.child.importing.options import ImportOptions

MARK = b"THE-ARTISTS-OWN-BYTES"
FOLDER = "artists-private-folder"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Write a picture of the artist's that ends with MARK."""
    path = tmp_path / FOLDER / "secret.png"
    path.parent.mkdir()
    samples.plain_picture(path)
    path.write_bytes(path.read_bytes() + MARK)
    return path


def shown(secret: Path) -> None:
    """Make an object whose material shows the picture at its path."""
    thing = samples.wedge()
    material = bpy.data.materials.new("m")
    material.use_nodes = True
    node = material.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = bpy.data.images.load(str(secret))
    shader = material.node_tree.nodes["Principled BSDF"]
    material.node_tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
    thing.data.materials.append(material)


def exported(secret: Path, path: Path, export: Callable[[], object]) -> Path:
    bpy.ops.wm.read_homefile(use_empty=True)
    shown(secret)
    export()
    bpy.ops.wm.read_homefile(use_empty=True)
    assert path.is_file()
    return path


def fbx(secret: Path, folder: Path, mode: Literal["ABSOLUTE", "RELATIVE"]) -> Path:
    path = folder / "model.fbx"
    return exported(
        secret, path, lambda: bpy.ops.export_scene.fbx(filepath=str(path), path_mode=mode)
    )


def obj(secret: Path, folder: Path, named: str) -> Path:
    path = folder / "model.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.obj", "mtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl a\nf 1 2 3\n")
        archive.writestr("a.mtl", f"newmtl a\nmap_Kd -s 1 1 1 {named}\nmap_Bump {secret}\n")
    return path


def crate(secret: Path, folder: Path) -> Path:
    layer = folder / "a.usdc"
    export: Any = bpy.ops.wm.usd_export
    known = export.get_rna_type().properties.keys()
    keep = {"export_textures_mode": "KEEP", "export_textures": False, "relative_paths": False}
    keep = {option: value for option, value in keep.items() if option in known}
    path = exported(
        secret,
        layer,
        lambda: export(filepath=str(layer), **keep),
    )
    return packaged(path.read_bytes(), folder, "a.usdc")


def packaged(layer: bytes, folder: Path, name: str) -> Path:
    path = folder / "model.usdz"
    with zipfile.ZipFile(path, "w") as package:
        member = zipfile.ZipInfo(name)
        member.extra = b"\x86\x19\x18\x00".ljust(64 - 30 - len(name), b"\0")
        member.extra = member.extra[:2] + bytes((len(member.extra) - 4, 0)) + member.extra[4:]
        package.writestr(member, layer)
    return path


LAYER = """#usda 1.0
(
    defaultPrim = "R"
    subLayers = [@{other}@]
)
def Mesh "R" (
    prepend apiSchemas = ["MaterialBindingAPI"]
)
{{
    int[] faceVertexCounts = [3]
    int[] faceVertexIndices = [0, 1, 2]
    point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 1, 0)]
    rel material:binding = </R/M>
    def Material "M"
    {{
        token outputs:surface.connect = </R/M/S.outputs:surface>
        def Shader "S"
        {{
            uniform token info:id = "UsdPreviewSurface"
            color3f inputs:diffuseColor.connect = </R/M/T.outputs:rgb>
            token outputs:surface
        }}
        def Shader "T"
        {{
            uniform token info:id = "UsdUVTexture"
            asset inputs:file = @{picture}@
            float3 outputs:rgb
        }}
    }}
}}
"""


def text_layer(secret: Path, folder: Path) -> Path:
    other = secret.with_name("other.usda")
    other.write_text(f'#usda 1.0\ndef Mesh "{MARK.decode().replace("-", "_")}"\n{{\n}}\n')
    return packaged(LAYER.format(other=other, picture=secret).encode(), folder, "a.usda")


def gltf(secret: Path, folder: Path, **more: object) -> Path:
    image = {"uri": str(secret), **more}
    return samples.points_only(
        folder / "model.glb",
        count=4,
        extra={
            "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "material": 0}]}],
            "images": [image],
            "textures": [{"source": 0}],
            "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
        },
    )


HOSTILE: dict[str, Callable[[Path, Path], Path]] = {
    "glb": gltf,
    "glb with a picture": lambda secret, folder: gltf(
        secret, folder, bufferView=0, mimeType="image/png"
    ),
    "fbx": lambda secret, folder: fbx(secret, folder, "ABSOLUTE"),
    "fbx relative": lambda secret, folder: fbx(secret, folder, "RELATIVE"),
    "obj": lambda secret, folder: obj(secret, folder, f'"{secret}"'),
    "obj relative": lambda secret, folder: obj(secret, folder, f"../../{FOLDER}/secret.png"),
    "usdz": crate,
    "usdz of text": text_layer,
}


def assert_not_there(folder: Path) -> None:
    """Check that the file contains nothing of the artist's: neither bytes nor paths."""
    saved = folder / "saved.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(saved), compress=False, check_existing=False)
    content = saved.read_bytes()
    assert MARK not in content
    assert FOLDER.encode() not in content
    held = [packed_bytes(image) for image in bpy.data.images if image.packed_file]
    assert not any(MARK in data for data in held)


@pytest.mark.every_blender
@pytest.mark.parametrize("kind", HOSTILE)
def test_no_format_loads_images_outside_its_folder(kind: str, secret: Path, tmp_path: Path) -> None:
    folder = tmp_path / "job"
    folder.mkdir()
    source = HOSTILE[kind](secret, folder)
    root = directly(source, folder)
    assert root.name == NAME
    assert_not_there(tmp_path)


def test_child_does_not_load_images_outside_its_folder(secret: Path, tmp_path: Path) -> None:
    folder = tmp_path / "job"
    folder.mkdir()
    by_child(gltf(secret, folder), folder)
    assert_not_there(tmp_path)
    assert MARK not in (folder / "model.blend").read_bytes()


@pytest.mark.parametrize("kind", ["glb", "obj relative", "fbx relative", "usdz"])
def test_outside_images_opened_by_an_importer_are_removed_with_notice(
    kind: str, secret: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "job" / "deep"
    folder.mkdir(parents=True)
    source = HOSTILE[kind](secret, folder)
    if source.suffix == ".zip":
        with zipfile.ZipFile(source) as archive:
            archive.extractall(folder)
        source = folder / "a.obj"
    if "gltf" not in dir(bpy.ops.import_scene):
        bpy.ops.preferences.addon_enable(module="io_scene_gltf2")
    model = convert_model.bring_in(
        source,
        kind=source.suffix[1:],
        name=NAME,
        terms=ImportOptions(fps=24.0, meters_per_unit=1.0),
        before=datablocks.known(),
    )
    assert any("outside the model's own folder" in warning for warning in model.warnings)
    assert_not_there(tmp_path)


def test_relative_path_is_not_resolved_from_working_directory(
    secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "job"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    source = obj(secret, folder, f"{FOLDER}/secret.png")
    directly(source, folder)
    assert_not_there(tmp_path)
    assert Path.cwd() == tmp_path


def test_other_outside_files_are_removed(secret: Path, tmp_path: Path) -> None:
    folder = tmp_path / "job"
    folder.mkdir()
    inside = folder / "inside.png"
    inside.write_bytes(secret.read_bytes())
    link = folder / "link.png"
    link.symlink_to(secret)
    before = datablocks.known()
    bpy.data.volumes.new("cloud").filepath = str(secret)
    bpy.data.volumes.new("share").filepath = "\\\\host\\share\\a.vdb"
    bpy.data.movieclips.load(str(secret))
    for path in (inside, link):
        bpy.data.images.load(str(path))
    assert len(outside_files.drop(before, folder)) == 4
    assert [image.name for image in bpy.data.images] == ["inside.png"]
    assert not bpy.data.volumes
    assert not bpy.data.movieclips
