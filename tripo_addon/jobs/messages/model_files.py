"""Why a downloaded file is not a model that can be used."""

from __future__ import annotations

from typing import Final

EMPTY: Final = "The file is empty"
IS_3MF: Final = (
    "The file is a 3MF, and Blender has no importer for that. Have the service convert it to GLB"
)
IS_GZIP: Final = "The file is a gzip archive, not a model"
IS_PNG: Final = "The file is an image (PNG), not a model"
IS_JPEG: Final = "The file is an image (JPEG), not a model"
IS_RIFF: Final = "The file is an image or a sound (RIFF), not a model"
IS_BLEND: Final = "The file is a .blend file, not a GLB or FBX model"

ARCHIVE_WITHOUT_MODEL: Final = "The file is a ZIP archive without a model that this add-on knows"
ARCHIVE_LARGER: Final = "The archive is damaged: it holds more than it says"
ARCHIVE_UNREADABLE: Final = "The archive is damaged: it cannot be unpacked"
ARCHIVE_SAME_NAMES: Final = "The archive is damaged: two of its files have the same name"
ARCHIVE_LOCKED: Final = "The archive is locked with a password"
ARCHIVE_UNSAFE: Final = "The archive is not safe: one of its files points outside it"

FBX_DAMAGED: Final = "The file is damaged: the parts of this FBX do not follow each other"
USDZ_DAMAGED: Final = "The file is damaged: a layer of this USDZ cannot be read"
USDZ_PACKED: Final = "The USDZ is packed in a way that its format does not allow"

GLTF_TOO_LONG: Final = "The file is damaged: its glTF description is far too long"
GLTF_UNREADABLE: Final = "The file is damaged: its glTF description cannot be read"
GLTF_WITHOUT_DESCRIPTION: Final = "The file is damaged: a GLB without a glTF description"
GLTF_NO_MODEL: Final = "The file is damaged: a GLB that does not describe a model"
GLTF_DATA_SHORT: Final = "The file is damaged: the data of its model ends too early"
GLTF_DATA_MISSING: Final = "The file is damaged: the data of its model is missing"
GLTF_NO_TREE: Final = "The file is damaged: its parts do not form a tree"
GLTF_FILES_ELSEWHERE: Final = "The model keeps parts in other files, which were not delivered"
GLTF_FILE_MISSING: Final = "A file that the model needs was not delivered"

_VERSION_2: Final = (
    "Blender reads version 2. Have the service convert the model to a GLB of version 2 or to FBX"
)
FILE_NAME: Final = "a file name"
TEXTURE_DATA: Final = "the data of a texture"
BUFFER: Final = "a buffer"
DATA_TYPE: Final = "a data type"
DATA_PART: Final = "a part of its data"
NODE: Final = "a part"
MESH: Final = "a mesh"
BONE: Final = "a bone"
MESH_DATA: Final = "the data of a mesh"


def not_readable(reason: object) -> str:
    """The system refuses to read it."""
    return f"The file cannot be read: {reason}"


def ends_early(size: int) -> str:
    """It ends in the middle of something."""
    return f"The file is incomplete: it ends after {size:,} bytes"


def incomplete(size: int, least: int) -> str:
    """It says of itself that it is longer."""
    return f"The file is incomplete: {size:,} of at least {least:,} bytes arrived"


def too_many_bytes(extra: int) -> str:
    """It goes on after its end."""
    return f"The file is damaged: {extra:,} bytes too many at its end"


def gltf_version(version: str) -> str:
    """A glTF of another version than Blender reads."""
    return f"The file is glTF {version}; {_VERSION_2}"


def glb_version(version: int) -> str:
    """A GLB of another version than Blender reads."""
    return f"The file is GLB version {version}; {_VERSION_2}"


def gltf_data_incomplete(size: int, wanted: int) -> str:
    """The data inside a GLB is shorter than its description says."""
    return f"The file is damaged: {size:,} of {wanted:,} bytes of its data are there"


def gltf_file_incomplete(size: int, wanted: int) -> str:
    """A file beside the glTF is shorter than the description says."""
    return f"A file that the model needs is incomplete: {size:,} of {wanted:,} bytes arrived"


def gltf_geometry(size: int) -> str:
    """The description asks for so many bytes of geometry."""
    return (
        f"The file asks for {size / 1024**3:,.1f} GB of geometry, which could crash Blender. "
        "Have the service make the model with fewer faces"
    )


def gltf_objects(count: int, most: int) -> str:
    """The description has so many objects."""
    return (
        f"The model consists of {count:,} objects, and Blender takes too long for more than "
        f"{most:,}. Have the service make it again with fewer parts"
    )


def gltf_missing(what: str) -> str:
    """Something is named that is not there."""
    return f"The file is damaged: {what} that it names is missing"


def gltf_nonsense(what: str) -> str:
    """Something in the description cannot be right; `what` may be the name of a field."""
    return f"The file is damaged: {what} in its description is invalid"


def archive_too_many(most: int) -> str:
    """An archive holds too many files."""
    return f"The archive holds over {most:,} files, too many for a model"


def archive_too_large(size: int) -> str:
    """An archive holds too much."""
    return f"The archive would unpack to {size:,} bytes, too much for a model"


def web_page(start: str) -> str:
    """A web page came in place of the model; `start` is its beginning, or "" to hide it."""
    return f"The service sent a web page instead of a model{_quoted(start)}"


def xml(start: str) -> str:
    """An XML text came in place of the model."""
    return f"The service sent an XML message instead of a model{_quoted(start)}"


def json_text(start: str) -> str:
    """A JSON text came in place of the model."""
    return f"The service sent a JSON message instead of a model{_quoted(start)}"


def unknown(start: bytes) -> str:
    """Something else came; `start` are its first bytes."""
    shown = " ".join(f"{byte:02x}" for byte in start)
    return f"The file is not a model that this add-on knows (it begins with {shown})"


def _quoted(start: str) -> str:
    return f": “{start}”" if start else ""
