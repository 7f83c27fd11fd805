"""Whether a result can be applied to objects of the scene. Main thread only; changes nothing."""

from __future__ import annotations

from typing import Any

from ...jobs.model.landings import Landing
from ..messages import objects as messages
from . import capture, parts
from .object_group import ObjectGroup, is_replaceable
from .scene_walks import WALKS


def refuse_landing(group: ObjectGroup, landing: Landing, *, single_user: bool) -> str:
    """Why a result cannot be placed this way for a group of objects, as a sentence, or ""."""
    if landing in {Landing.NEW, Landing.DOWNLOAD}:
        return ""
    name = (refuse_landing, group.roots, group.shaped, landing, single_user)
    return WALKS.of(name, lambda: _refused(group, landing, single_user=single_user))


def _refused(group: ObjectGroup, landing: Landing, *, single_user: bool) -> str:
    objects = (group.anchor, *group.owned)
    fixed = next((obj for obj in objects if not is_replaceable(obj)), None)
    if fixed is not None:
        return messages.linked(fixed.name)
    if landing is Landing.KEEP:
        return _refused_keeping(group, single_user=single_user)
    return ""


def _refused_keeping(group: ObjectGroup, *, single_user: bool) -> str:
    shaped = group.shaped
    shared = parts.sharing_a_mesh(shaped)
    for obj in shaped:
        if obj.type != "MESH":
            return messages.not_a_mesh(obj.name)
        data: Any = obj.data
        if obj.modifiers and not data.polygons:
            return messages.only_modifier_faces(obj.name)
        bare = not data.uv_layers
        if bare and not capture.may_get_layers(obj, shared, single_user=single_user):
            return messages.shares_mesh(obj.name)
        if not data.is_editable and not obj.material_slots:
            return messages.mesh_linked(obj.name)
    return ""
