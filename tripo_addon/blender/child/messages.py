"""What a person reads of a second Blender's work: why it failed, and what it did differently.

In the style of the other messages: no final period, since the caller puts them after a colon or
joins several. They stand here because a second Blender imports nothing else of the add-on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_MOST_NAMED: Final = 3
_MEGABYTE: Final = 1_000_000

NO_MODEL: Final = "The file opened, but there is no model in it"
NO_FACES: Final = "The model has no faces"
ALL_HIDDEN: Final = "The file hides the whole model; it is shown anyway"

_CONVERT: Final = "Have the service convert the model to an uncompressed GLB or to FBX"
_NEWER: Final = "Have the service convert the model to GLB, or use a newer Blender"
FBX_BIG_ENDIAN: Final = (
    "The file is a big-endian FBX, as old Macs and workstations wrote them, which Blender reads "
    f"from version 4.5 on. {_NEWER}"
)
FBX_TEXT: Final = (
    f"The file is a text (ASCII) FBX, which Blender reads from version 4.5 on. {_NEWER}"
)
GLTF_UNREADABLE: Final = "The file is damaged: its glTF description cannot be read"
_EXTENSIONS: Final = {
    "meshopt": (
        "The file is compressed with meshopt, which Blender reads from version 5.2 on, if it was "
        f"built with that library. {_CONVERT}"
    ),
    "draco": f"The file is compressed with Draco, and this Blender lacks its library. {_CONVERT}",
    "basisu": (
        "The textures are KTX2 images (KHR_texture_basisu), which Blender cannot read. Have the "
        "service convert the model with PNG or JPEG textures"
    ),
}

OBJECT_WITHOUT_FACES: Final = "Your object shows no faces, so there is no surface to work on"
OBJECT_WITHOUT_SIZE: Final = "All vertices of your object are in one place, so it has no size"
MODEL_WITHOUT_SIZE: Final = "All vertices of the model are in one place, so it has no size"
OBJECT_NOWHERE: Final = "The object has no valid position. Clear its transforms first"
OBJECT_FLAT: Final = "The object is scaled to zero along an axis. Change its scale first"
CAPTURE_UNREADABLE: Final = "The stored copy of your object cannot be read"
CAPTURE_INCOMPLETE: Final = "The stored copy of your object is incomplete"
ONLY_MESHES: Final = (
    "Only meshes can keep their shape and get a texture. Convert the object to a mesh first"
)
NO_CYCLES: Final = "Baking needs Cycles, and this Blender was built without it"
TOO_FAR: Final = "The surface of the result is nowhere near the object"
OTHER_TRIANGLES: Final = "the new model has as many triangles as the object, but not the same ones"

NOTHING_TO_SEND: Final = "The selected objects have no faces"
NOT_EXPORTED: Final = "Blender could not export the object as GLB"
WITHOUT_MATERIALS: Final = "Sent without its materials, which Blender could not export"

NOT_A_PICTURE: Final = "Blender cannot read it as a picture"
IS_A_MOVIE: Final = "it is a movie: save the frame that you want as a picture"

OTHER_BONES: Final = "moves bones that the model does not have"
OTHER_REST_POSE: Final = "was made for a skeleton with another rest pose"
OTHER_SHAPES: Final = "changes shape keys that the model does not have"


def unforeseen(error: str) -> str:
    """An exception that nobody expected."""
    return f"The second Blender met an internal error ({error})"


def importer_off(kind: str) -> str:
    """An importer that is an add-on of Blender's is not enabled."""
    return f"Blender's own {kind.upper()} importer is off. Enable it in Preferences › Add-ons"


def no_importer(kind: str) -> str:
    """This Blender cannot read the format at all."""
    return (
        f"This Blender has no importer for {kind.upper()} files. Have the service convert the "
        "model to GLB"
    )


def not_imported(kind: str) -> str:
    """The importer failed, and its own words explain nothing."""
    return f"Blender could not import this {kind.upper()} file"


def extension_unreadable(extension: str) -> str:
    """A glTF extension, or a kind of compression, that this Blender cannot read."""
    known = (text for name, text in _EXTENSIONS.items() if name in extension.lower())
    return next(known, f"The file needs {extension}, which this Blender cannot read. {_CONVERT}")


def textures_ktx2(count: int) -> str:
    """Textures that are left out."""
    what = "1 texture is a KTX2 image" if count == 1 else f"{count} textures are KTX2 images"
    return f"{what}, which Blender cannot read"


def textures_not_delivered(count: int) -> str:
    """Textures of a glTF without an image."""
    return "1 texture was not delivered" if count == 1 else f"{count} textures were not delivered"


def texture_missing(name: str) -> str:
    """An image that is neither in the file nor beside it."""
    return f"The texture {name} is missing"


def texture_damaged(name: str) -> str:
    """An image that Blender cannot decode."""
    return f"The texture {name} is damaged"


def some_hidden(hidden: int, parts: int) -> str:
    """Parts stay hidden, because the file says so."""
    return f"{hidden} of {parts} parts are hidden, as in the file"


def flat(height: float) -> str:
    """The height asked for became the length: a flat model has next to no height."""
    return f"The model is flat: its longest side, not its height, is now {height:g} m"


def outside_file(kind: str, name: str) -> str:
    """A data-block names a file that the model may not reach."""
    return f"The {kind} {name} was left out: its file is outside the model's own folder"


def animation_unmatched(name: str) -> str:
    """An action that nothing in the model can play."""
    return f"The animation {name} fits no part of the model and was left out"


def animation_unreadable(name: str, reason: str) -> str:
    """The file of an animation cannot be imported."""
    return f"The animation {name} was left out: {reason}"


def animation_differs(name: str, difference: str) -> str:
    """An animation was made for something other than the model."""
    return f"The animation {name} {difference}"


def moves_missing(part: str) -> str:
    """What an animation moves, and the model lacks."""
    return f"moves {part}, which the model does not have"


def library_refused(reason: str) -> str:
    """The model arrives, but is not stored in the asset library."""
    return f"The model could not be stored in the asset library ({reason}); it is in this file only"


def vertices_nowhere(name: str, count: int) -> str:
    """Coordinates that are no numbers, or too large to compute with."""
    many, them = ("a vertex", "it") if count == 1 else (f"{count:,} vertices", "them")
    return (
        f"“{name}” has {many} without a valid position (not a number, or infinitely far away). "
        f"Delete or move {them} first"
    )


def nothing_to_unwrap(name: str) -> str:
    """All faces come from modifiers."""
    return (
        f"“{name}” has no faces of its own to unwrap: its modifiers make them. Apply those first, "
        "or choose Replace"
    )


def no_uv_map(name: str) -> str:
    """There is no UV map, and the add-on may not add one."""
    return (
        f"“{name}” has no UV map, and none can be added here. Add one to its mesh first, or place "
        "the model as a new object"
    )


def uv_map_lost(name: str) -> str:
    """Modifiers remove the UV map."""
    return (
        f"The modifiers of “{name}” leave it no UV map to bake to. Apply them first, or place the "
        "model as a new object"
    )


def uv_map_without_area(name: str) -> str:
    """The UV map, after the modifiers, covers nothing."""
    return (
        f"The UV map of “{name}” has no area to bake to after its modifiers. Unwrap it again, or "
        "choose Replace"
    )


def baked(reasons: Sequence[str]) -> str:
    """The result's own UVs could not be used, and why."""
    return f"The textures were baked to the object's own UVs: {', and '.join(reasons)}"


def no_second_uv_map(name: str) -> str:
    """A reason to bake: the mesh has no room for another UV map, or may not change."""
    return f"the mesh of “{name}” cannot get another UV map"


def other_faces(name: str) -> str:
    """A reason to bake: the faces that are seen are not those of the mesh."""
    return f"the modifiers of “{name}” change the faces of its mesh"


def triangle_counts(new: int, own: int) -> str:
    """A reason to bake: the result is another mesh."""
    return f"the new model has {new:,} triangles, and the object {own:,}"


def uvs_outside(names: Sequence[str]) -> str:
    """UVs beyond the first tile: moved by whole tiles to bake."""
    return f"UVs of {_listed(names)} are outside the image, where it repeats"


def uvs_overlap(names: Sequence[str]) -> str:
    """Faces that show the same texels."""
    return f"UVs of {_listed(names)} overlap, so those faces share one place in the texture"


def smaller_textures(side: int, wanted: int) -> str:
    """A bake had to be made smaller to fit into memory."""
    return (
        f"The textures have {side:,} pixels a side instead of {wanted:,}, because there is not "
        "enough free memory for more"
    )


def without_textures(size: int) -> str:
    """An upload would be too large with its textures."""
    return f"Sent without its textures: with them it has {_megabytes(size)}"


def too_large_to_send(size: int, most: int, faces: int) -> str:
    """An upload is too large even without textures."""
    return (
        f"The object is too large to send: {_megabytes(size)}, and {_megabytes(most)} are allowed. "
        f"It has {faces:,} faces; reduce them with a Decimate modifier first"
    )


def too_few_pixels(width: int, height: int) -> str:
    """A picture is smaller than the service takes."""
    return f"it has only {width} × {height} pixels"


def _megabytes(size: int) -> str:
    return f"{size / _MEGABYTE:,.1f} MB"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:_MOST_NAMED])
    rest = len(names) - _MOST_NAMED
    return f"{shown} and {rest} more" if rest > 0 else shown
