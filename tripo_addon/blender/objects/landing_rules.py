"""Whether a result could land on objects of the scene. Main thread only; reads."""

from __future__ import annotations

from typing import Any, Final

from ...jobs.model.job import Landing
from . import capture
from .object_group import ObjectGroup, is_replaceable

_INSTEAD: Final = "apply them, or choose Replace"


def refuse_landing(family: ObjectGroup, landing: Landing, *, single_user: bool) -> str:
    """Why a result could not come home to the family so, as a sentence, or nothing."""
    if landing in {Landing.NEW, Landing.DOWNLOAD}:
        return ""
    objects = (family.anchor, *family.owned)
    held = next((obj for obj in objects if not is_replaceable(obj)), None)
    if held is not None:
        return f"{held.name} belongs to another file: choose New Object"
    if landing is Landing.KEEP:
        return _refused_keeping(family, single_user=single_user)
    return ""


def _refused_keeping(family: ObjectGroup, *, single_user: bool) -> str:
    shaped = family.shaped
    shared = capture.sharing_a_mesh(shaped)
    for obj in shaped:
        if obj.type != "MESH":
            return f"{obj.name} is no mesh, and has no UV map to keep: choose Replace"
        data: Any = obj.data
        if obj.modifiers and not data.polygons:
            return f"{obj.name} has no faces of its own to keep, only its modifiers': {_INSTEAD}"
        bare = not data.uv_layers
        if bare and not capture.may_get_layers(obj, shared, single_user=single_user):
            return f"{obj.name} shares its mesh and has no UV map: choose Make Single User"
        if not data.is_editable and not obj.material_slots:
            return f"The mesh of {obj.name} belongs to another file: choose New Object"
    return ""
