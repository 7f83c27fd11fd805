"""The smallest possible model files of each kind."""

import io
import json
import struct
import zipfile
from collections.abc import Mapping

FBX_MAGIC = b"Kaydara FBX Binary  \x00\x1a\x00"
TEXT_FBX = b"; FBX 7.4.0 project file\n; ----\n\nFBXHeaderExtension:  {\n}\n"


def a_glb(description: object = None, *, binary: bytes = b"\0" * 64, version: int = 2) -> bytes:
    document = {"asset": {"version": "2.0"}} if description is None else description
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    chunks += struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", version, 12 + len(chunks)) + chunks


def an_fbx(
    version: int = 7400,
    *,
    records: tuple[bytes, ...] = (b"a" * 40, b"b" * 70),
    order: str = "<",
) -> bytes:
    end = order + ("QQQB" if version >= 7500 else "IIIB")
    magic = FBX_MAGIC if order == "<" else FBX_MAGIC[:-1] + b"\x01"
    content = magic + struct.pack(f"{order}I", version)
    for record in records:
        length = struct.calcsize(end) + len(record)
        content += struct.pack(end, len(content) + length, 0, 0, 0) + record
    return content + bytes(struct.calcsize(end)) + b"footer" * 20


def zipped(files: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def text_fbx(path: str) -> bytes:
    # The lone quotation mark must not turn inside and outside around.
    return (
        '; FBX 7.4.0 project file "\nFBXHeaderExtension:  {\n}\nObjects:  {\n'
        f'\tTexture: 1, "Texture::a", "" {{\n\t\tFileName: "{path}"\n'
        f'\t\tRelativeFilename:"{path}"\n\t}}\n}}\n'
    ).encode()


def binary_fbx(path: str, *, order: str = "<", version: int = 7400, kind: bytes = b"S") -> bytes:
    head = f"{order}{'QQQ' if version >= 7500 else 'III'}B"
    text = path.encode()
    value = kind + struct.pack(f"{order}I", len(text)) + text
    array = b"f" + struct.pack(f"{order}III", 2, 0, 8) + bytes(8)

    def record(begin: int, name: bytes, values: tuple[bytes, ...], inner: bytes = b"") -> bytes:
        listed = b"".join(values)
        length = struct.calcsize(head) + len(name) + len(listed) + len(inner)
        ends = struct.pack(head, begin + length, len(values), len(listed), len(name))
        return ends + name + listed + inner

    end = bytes(struct.calcsize(head))
    magic = FBX_MAGIC[:-1] + (b"\1" if order == ">" else b"\0")
    content = magic + struct.pack(f"{order}I", version)
    inner = len(content) + struct.calcsize(head) + len(b"Objects")
    content += record(len(content), b"Objects", (), record(inner, b"Path", (array, value)) + end)
    return content + end + b"footer"
