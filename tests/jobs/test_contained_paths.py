"""Files of a service refer to nothing outside their own folder once Blender gets them."""

import json
import struct
import zipfile
from pathlib import Path

import pytest

from tests.jobs.model_samples import a_glb, binary_fbx, text_fbx, zipped
from tripo_addon.jobs.model_files import contained_paths
from tripo_addon.jobs.model_files.model_format import laid_open
from tripo_addon.jobs.model_files.unusable_file import UnusableFile

OUTSIDE_PATHS = (
    "/home/artist/secret.png",
    "//host/share/secret.png",
    "\\\\host\\share\\secret.png",
    "../../secret.png",
    "..\\..\\secret.png",
    "a/../../secret.png",
    "C:/Users/secret.png",
    "C:secret.png",
    "file:///home/artist/secret.png",
    ".. /secret.png",
)
INSIDE_PATHS = (
    "textures/secret.png",
    "./secret.png",
    "a b.png",
    "Model::Cube",
    "a..b/c...png",
    "x:y",
)


@pytest.mark.parametrize("path", OUTSIDE_PATHS)
def test_path_outside_the_folder_is_rewritten_at_the_same_length(path: str) -> None:
    kept = contained_paths.kept_inside(path.encode())
    assert contained_paths.leads_outside(path)
    assert len(kept) == len(path)
    assert not contained_paths.leads_outside(kept.decode())
    assert kept.endswith(b"secret.png")


@pytest.mark.parametrize("path", INSIDE_PATHS)
def test_path_inside_the_folder_is_unchanged(path: str) -> None:
    assert not contained_paths.leads_outside(path)


def an_obj(path: str) -> bytes:
    return zipped(
        {
            "a.obj": f"mtllib a.mtl\nmtllib {path}\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n".encode(),
            "A.MTL": f'newmtl a\n\x0bmap_Kd\t-s 1 1 1 "{path}"\nbump {path}\n'.encode(),
        }
    )


def a_usdz(path: str, **more: bytes) -> bytes:
    layer = f'#usda 1.0\n( subLayers = [@{path}@] )\ndef "a" (references = @@@{path}@@@) {{\n}}\n'
    return zipped({"a.usda": layer.encode(), **{f"b.{name}": more[name] for name in more}})


def a_crate(path: str, *, packed: bool = True) -> bytes:
    """Write the checked sections of a crate; its tokens are compressed with one repetition."""
    words = b"\0".join((b"abcdabcd" + b"efgh", path.encode(), b""))
    body = words
    if packed:
        rest = words[8:]
        body = b"\0\x40abcd\x04\x00" + bytes(((min(len(rest), 15) << 4),))
        body += bytes((len(rest) - 15,)) if len(rest) >= 15 else b""
        body += rest
    section = struct.pack("<QQ", 2, len(words))
    section += struct.pack("<Q", len(body)) if packed else b""
    section += body
    head = b"PXR-USDC" + bytes((0, 8 if packed else 3, 0, 0, 0, 0, 0, 0))
    start = 88
    content = struct.pack("<Q16sqq", 1, b"TOKENS", start, len(section))
    return (head + struct.pack("<q", start + len(section))).ljust(start, b"\0") + section + content


KINDS = {
    "text.fbx": text_fbx,
    "binary.fbx": binary_fbx,
    "wide.fbx": lambda path: binary_fbx(path, version=7500),
    "big-endian.fbx": lambda path: binary_fbx(path, order=">"),
    "raw.fbx": lambda path: binary_fbx(path, kind=b"R"),
    "obj.zip": an_obj,
    "text.usdz": a_usdz,
    "crate.usdz": lambda path: zipped({"a.usdc": a_crate(path)}),
    "old.usdz": lambda path: zipped({"a.usdc": a_crate(path, packed=False)}),
}


def content_of(model: Path) -> bytes:
    """Return everything that the importer could read: the model, and the files in it or beside
    it."""
    files = list(model.parent.rglob("*")) if model.parent.name == "open" else [model]
    whole = b"".join(path.read_bytes() for path in files if path.is_file())
    if zipfile.is_zipfile(model):
        with zipfile.ZipFile(model) as package:
            assert package.testzip() is None
            whole += b"".join(package.read(name) for name in package.namelist())
    return whole


@pytest.mark.parametrize("path", OUTSIDE_PATHS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_file_format_keeps_outside_references(kind: str, path: str, tmp_path: Path) -> None:
    source = tmp_path / kind
    source.write_bytes(KINDS[kind](path))
    sent = source.read_bytes()
    with laid_open(source, tmp_path / "open") as (model, _):
        content = content_of(model)
    # A crate's old tokens stay in the file, but nothing refers to them any more.
    if kind in {"crate.usdz", "old.usdz"}:
        assert contained_paths.kept_inside(path.encode()) in content
    else:
        assert path.encode() not in content
    assert b"secret.png" in content
    assert source.read_bytes() == sent


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.startswith("obj")])
def test_file_without_outside_references_is_passed_unchanged(kind: str, tmp_path: Path) -> None:
    source = tmp_path / kind
    source.write_bytes(KINDS[kind]("textures/a.png"))
    with laid_open(source, tmp_path / "open") as (model, _):
        assert model == source


def test_obj_material_library_must_be_an_mtl(tmp_path: Path) -> None:
    source = tmp_path / "model.zip"
    obj = b"mtllib a.png\nmtllib b.mtl\nv 0 0 0\n"
    source.write_bytes(zipped({"a.obj": obj, "a.png": b"newmtl a\nmap_Kd /etc/secret\n"}))
    with laid_open(source, tmp_path / "open") as (model, _):
        assert model.read_bytes() == b"#tllib a.png\nmtllib b.mtl\nv 0 0 0\n"


def test_usdz_drops_other_files_and_unlisted_layers(tmp_path: Path) -> None:
    source = tmp_path / "model.usdz"
    source.write_bytes(a_usdz("a.png", mtlx=b"<materialx/>", png=b"picture"))
    with laid_open(source, tmp_path / "open") as (model, _), zipfile.ZipFile(model) as package:
        assert package.namelist() == ["a.usda", "b.png"]
        for member in package.infolist():
            begins = member.header_offset + 30 + len(member.filename) + len(member.extra)
            assert begins % 64 == 0
    hidden = a_usdz("a.png")
    # A layer that the archive's directory does not list.
    twofold = a_usdz("/etc/secret")
    source.write_bytes(hidden[: hidden.index(b"PK\1\2")] + twofold)
    with laid_open(source, tmp_path / "open") as (model, _), zipfile.ZipFile(model) as package:
        assert b"/etc/secret" not in package.read("a.usda")
        assert model.read_bytes().startswith(b"PK\3\4")
        assert package.infolist()[0].header_offset == 0


def pictured(**image: object) -> dict[str, object]:
    return {
        "asset": {"version": "2.0"},
        "images": [{"bufferView": 0, "mimeType": "image/png"}, image],
        "textures": [{"source": 0}, {"source": 1}, {"extensions": {"EXT_a": {"source": 1}}}],
        "bufferViews": [{"buffer": 0, "byteLength": 4}],
        "buffers": [{"byteLength": 4}],
    }


@pytest.mark.parametrize(
    "path", [*OUTSIDE_PATHS, "%2e%2e/secret.png", "https://a.example/secret.png"]
)
@pytest.mark.parametrize("ending", ["glb", "gltf"])
def test_gltf_uses_embedded_pictures_or_none(ending: str, path: str, tmp_path: Path) -> None:
    source = tmp_path / f"model.{ending}"
    for image in ({"uri": path, "bufferView": 0, "mimeType": "image/png"}, {"uri": path}):
        described = pictured(**image)
        if ending == "gltf":
            described["buffers"] = [{"byteLength": 4, "uri": "data:;base64,AAAAAA=="}]
        text = json.dumps(described).replace("uri", "\\u0075ri").encode()
        source.write_bytes(a_glb(described, binary=b"DATA") if ending == "glb" else text)
        with laid_open(source, tmp_path / "open") as (model, _):
            content = model.read_bytes()
        assert b"secret" not in content
        stored = "bufferView" in image
        assert (b'"textures":[{"source":0},{"source":1}' in content) is stored
        assert (b'"textures":[{"source":0},{}' in content) is not stored
        assert ending == "gltf" or content.endswith(b"BIN\0DATA")


def test_gltf_keeps_pictures_in_its_folder(tmp_path: Path) -> None:
    described = pictured(uri="parts/a%20b.png")
    described["buffers"] = [{"byteLength": 4, "uri": "data:;base64,AAAAAA=="}]
    source = tmp_path / "model.zip"
    files = {"a.gltf": json.dumps(described).encode(), "parts/a b.png": b"picture"}
    source.write_bytes(zipped(files))
    with laid_open(source, tmp_path / "open") as (model, _):
        assert model.read_bytes() == files["a.gltf"]


@pytest.mark.parametrize("cut", [1, 40])
def test_fbx_with_unreadable_records_is_rejected(cut: int, tmp_path: Path) -> None:
    source = tmp_path / "model.fbx"
    whole = binary_fbx("/etc/secret")
    place = whole.index(b"\x0b\0\0\0/etc")
    source.write_bytes(whole[:place] + bytes((11 + cut,)) + whole[place + 1 :])
    with (
        pytest.raises(UnusableFile, match="do not follow"),
        laid_open(source, tmp_path / "open"),
    ):
        pass
