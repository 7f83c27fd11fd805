import json
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.jobs.model_samples import FBX_MAGIC, TEXT_FBX, a_glb, an_fbx, binary_fbx, zipped
from tripo_addon.jobs.model_files.model_format import ModelFormat, laid_open, recognize
from tripo_addon.jobs.model_files.unusable_file import UnusableFile


def written(folder: Path, content: bytes, name: str = "model.glb") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def refused(folder: Path, content: bytes) -> str:
    with pytest.raises(UnusableFile) as caught:
        recognize(written(folder, content))
    assert str(caught.value) == caught.value.sentence
    return caught.value.sentence


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (a_glb(), ModelFormat.GLB),
        (an_fbx(7400), ModelFormat.FBX),
        (an_fbx(7500), ModelFormat.FBX),
        (TEXT_FBX, ModelFormat.FBX),
        (b"\xef\xbb\xbf" + TEXT_FBX, ModelFormat.FBX),
        (b'{"asset": {"version": "2.0"}, "scenes": []}', ModelFormat.GLTF),
        (b"# a cube\r\nmtllib a.mtl\r\no cube\r\nv 0 0.5 -1e-3\r\n", ModelFormat.OBJ),
        (b"v 1 2 3\nv 1 2 4\n", ModelFormat.OBJ),
        (b"####\n#\n# By MeshLab\n\nvn 0 0 -6.28\nv 0.5 1 2\nvn 0 0 1\n", ModelFormat.OBJ),
        (b"vt 0 0.5\n" * 999 + b"v 0.5 1 2\n", ModelFormat.OBJ),
        (b"v 1 2 3\nf 1 1 \\\n1\ng\n", ModelFormat.OBJ),
        (b"v 1 2 3\r\nf 1 1 \\\r\n1\r\n", ModelFormat.OBJ),
        (an_fbx(7400, order=">"), ModelFormat.FBX),
        (an_fbx(7500, order=">"), ModelFormat.FBX),
        (b"vn 0 0 1\nvn 0 1 0\nv 1 2 3\nf 1//1 1//1 1//2\n", ModelFormat.OBJ),
        (b"# made\n" * 700 + b"# so\n\nvt .5 1.\nv 1 2 3 0.1 0.2 0.3\n", ModelFormat.OBJ),
        (b"\xef\xbb\xbf" + b"o a \\\nb\r\ns off\r\nvn 0 0 -1\r\n" * 3000, ModelFormat.OBJ),
        (b"; FBX 6.1.0 project file\n; -----\n\nDefinitions:  {\n", ModelFormat.FBX),
        (binary_fbx("a.png", order=">"), ModelFormat.FBX),
        (b"solid cube\n facet normal 0 0 1\n  outer loop\n", ModelFormat.STL),
        (bytes(80) + struct.pack("<I", 2) + bytes(100), ModelFormat.STL),
        (b"solid".ljust(80) + struct.pack("<I", 1) + bytes(50), ModelFormat.STL),
        (zipped({"model.usdc": b"PXR-USDC" + bytes(80), "0/a.png": b""}), ModelFormat.USDZ),
        (zipped({"a/模型": a_glb()}), ModelFormat.ZIP),
        (zipped({"a.mtl": b"newmtl a\n", "b": b"v 1 2 3\n"}), ModelFormat.ZIP),
    ],
)
@pytest.mark.parametrize("name", ["model.glb", "model.fbx", "model", "模型.png"])
def test_content_decides_the_format_not_the_name(
    content: bytes, form: ModelFormat, name: str, tmp_path: Path
) -> None:
    assert recognize(written(tmp_path, content, name)) is form


def test_archive_is_extracted_only_while_its_model_is_used(tmp_path: Path) -> None:
    described = {
        "asset": {"version": "2.0"},
        "buffers": [{"byteLength": 4, "uri": "a%20b.bin"}],
    }
    content = {"deep/scene": json.dumps(described).encode(), "deep/a b.bin": bytes(4)}
    path = written(tmp_path, zipped(content))
    with laid_open(path, tmp_path / "open") as (model, form):
        assert (model.read_bytes(), form) == (content["deep/scene"], ModelFormat.GLTF)
        assert (model.parent / "a b.bin").is_file()
    assert not (tmp_path / "open").exists()
    with laid_open(written(tmp_path, a_glb()), tmp_path / "open") as (model, form):
        assert (model, form) == (tmp_path / "model.glb", ModelFormat.GLB)


def test_preferred_format_then_largest_model_of_an_archive_is_used(
    tmp_path: Path,
) -> None:
    content = {"a": a_glb(), "b": a_glb(binary=bytes(500)), "c": an_fbx(), "d": b"v 1 2 3\n" * 999}
    with laid_open(written(tmp_path, zipped(content)), tmp_path / "open") as (model, _):
        assert model.name == "b.glb"


def test_model_with_missing_files_is_rejected(tmp_path: Path) -> None:
    described = {"asset": {"version": "2.0"}, "buffers": [{"byteLength": 9, "uri": "a.bin"}]}
    path = written(tmp_path, zipped({"scene.gltf": json.dumps(described).encode()}))
    with (
        pytest.raises(UnusableFile, match="was not delivered"),
        laid_open(path, tmp_path / "open"),
    ):
        pass
    assert not (tmp_path / "open").exists()


def test_gltf_version_1_is_named_as_such(tmp_path: Path) -> None:
    described = {"asset": {"version": "1.0"}, "meshes": {"a": {"primitives": []}}}
    sentence = refused(tmp_path, json.dumps(described).encode())
    assert sentence.startswith(
        "The file is glTF 1.0; Blender reads version 2. Have the service convert"
    )


@pytest.mark.parametrize("text", [b"v one two three\n", b"very likely no model\n", b"newmtl a\n"])
def test_text_that_only_begins_like_an_obj_is_rejected(text: bytes, tmp_path: Path) -> None:
    refused(tmp_path, text)


def test_empty_file_is_reported_as_empty(tmp_path: Path) -> None:
    assert refused(tmp_path, b"") == "The file is empty"


def test_missing_file_is_rejected_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match="cannot be read"):
        recognize(tmp_path / "nothing.glb")
    with pytest.raises(UnusableFile, match="cannot be read"):
        recognize(tmp_path)


def test_truncated_glb_says_how_much_arrived(tmp_path: Path) -> None:
    whole = a_glb(binary=bytes(5000))
    sentence = refused(tmp_path, whole[:1234])
    assert sentence == f"The file is incomplete: 1,234 of at least {len(whole):,} bytes arrived"


@pytest.mark.parametrize("whole", [a_glb(), an_fbx(7400), an_fbx(7500)])
def test_no_truncated_model_passes_as_whole(whole: bytes, tmp_path: Path) -> None:
    # An FBX file's footer is not checked: importers ignore it too.
    end = len(whole) - (120 if whole.startswith(FBX_MAGIC) else 0)
    width = 21 if whole.startswith(FBX_MAGIC) else 0
    for length in range(end - width):
        refused(tmp_path, whole[:length])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (a_glb(version=1), "GLB version 1; Blender reads version 2. Have the service convert"),
        (
            b'{"asset": {"version": "1.0"}, "meshes": {"a": {}}}',
            "glTF 1.0; Blender reads version 2",
        ),
        (binary_fbx("a.png", order=">")[:90], "The file is incomplete: 90 of at least"),
        (b"g roups of people\nv isit us on Monday\n", "not a model"),
        (b"newmtl a\nKd 1 1 1\n", "not a model"),
        (a_glb() + b"more", "4 bytes too many"),
        (a_glb({}), "does not describe"),
        (a_glb([]), "does not describe"),
        (a_glb().replace(b"JSON", b"BIN\0"), "without a glTF description"),
        (a_glb().replace(b'{"asset"', b'{"asset:'), "cannot be read"),
        (a_glb().replace(b"2.0", b"\xff\xfe\xfd"), "cannot be read"),
        (struct.pack("<4s4I", b"glTF", 2, 20, 2**32 - 1, 0x4E4F534A), "without a glTF description"),
        (an_fbx().replace(struct.pack("<I", 27 + 53), struct.pack("<I", 5)), "do not follow"),
        (b"PK\x03\x04" + bytes(50), "archive is damaged"),
        (zipped({"notes.txt": b"no model"}), "without a model"),
        (b'{"asset": {"version": "2.0"}, "buffers": [{"byteLength": 4}]}', "data of its model"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "image"),
        (b"\x00\x01\x02 no model", "00 01 02 20"),
    ],
)
def test_damaged_or_foreign_file_gives_its_own_reason(
    content: bytes, sentence: str, tmp_path: Path
) -> None:
    assert sentence in refused(tmp_path, content)


def test_too_deep_brackets_are_rejected(tmp_path: Path) -> None:
    text = b"[" * 400_000
    chunk = struct.pack("<I4s", len(text), b"JSON") + text
    content = struct.pack("<4sII", b"glTF", 2, 12 + len(chunk)) + chunk
    assert "cannot be read" in refused(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            b"<!DOCTYPE html>\n<html><style>p { color: red }</style><title>403 Forbidden</title><p",
            "a web page instead of a model: “403 Forbidden”",
        ),
        (
            b'\xef\xbb\xbf <?xml version="1.0"?><Error><Code>AccessDenied</Code>',
            'an XML message instead of a model: “<?xml version="1.0"?><Error><Code>AccessDenied',
        ),
        (
            b'{"code": 2002, "message": "expired"}',
            'a JSON message instead of a model: “{"code": 2002, "message": "expired"}”',
        ),
    ],
)
def test_text_message_in_place_of_a_model_is_quoted(
    content: bytes, sentence: str, tmp_path: Path
) -> None:
    assert sentence in refused(tmp_path, content)


@pytest.mark.parametrize(
    "content",
    [
        b'{"url": "https://host.example/a?signature=1"}',
        b'{"url": "https:\\/\\/host.example"}',
        b'{"a": "' + b"x y " * 17 + b'https://host.example/secret"}',
        b'{"key": "tsk_0123456789abcdefghijklmnopqrstuvw"}',
        b'<html xmlns="http://www.w3.org/1999/xhtml">',
    ],
)
def test_links_and_keys_are_never_quoted(content: bytes, tmp_path: Path) -> None:
    sentence = refused(tmp_path, content)
    assert sentence.endswith("instead of a model")


def test_quotation_is_short_and_printable(tmp_path: Path) -> None:
    sentence = refused(tmp_path, b"<html>" + b"\x00\x1b\x07 word" * 100)
    quoted = sentence[sentence.index("“") + 1 : sentence.index("”")]
    assert len(quoted) <= 80
    assert quoted.isprintable()


def verdict(path: Path) -> ModelFormat | str:
    try:
        return recognize(path)
    except UnusableFile as error:
        return error.sentence


BEGINNINGS = (b"", b"glTF", a_glb()[:20], FBX_MAGIC, an_fbx()[:60], b"<", b"{", TEXT_FBX[:60])


@given(start=st.sampled_from(BEGINNINGS), rest=st.binary(max_size=400))
def test_any_bytes_give_a_format_or_a_sentence(
    start: bytes, rest: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sentence = verdict(written(tmp_path_factory.getbasetemp(), start + rest))
    if isinstance(sentence, str):
        assert sentence[0].isupper()
        assert sentence[-1] != "."
        assert sentence.isprintable()


@given(position=st.integers(0, 200), value=st.integers(0, 255), data=st.data())
def test_one_wrong_byte_raises_no_other_error(
    position: int, value: int, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = bytearray(data.draw(st.sampled_from((a_glb(), an_fbx(7400), an_fbx(7500)))))
    whole[position % len(whole)] = value
    sentence = verdict(written(tmp_path_factory.getbasetemp(), bytes(whole)))
    assert isinstance(sentence, ModelFormat) or (sentence[0].isupper() and sentence[-1] != ".")


def test_3mf_is_recognized_but_not_given_to_blender(tmp_path: Path) -> None:
    path = tmp_path / "model.download"
    path.write_bytes(zipped({"3D/3dmodel.model": b"<model/>", "_rels/.rels": b""}))
    assert recognize(path) is ModelFormat.THREE_MF
    with (
        pytest.raises(UnusableFile, match="Blender has no importer"),
        laid_open(path, tmp_path / "open"),
    ):
        pass
