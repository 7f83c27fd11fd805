"""The paths in the picture slots of the open file.

Main thread only; reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy


def slot_paths(folder: str) -> tuple[str, ...]:
    """Those among all texts of all scenes' forms that are paths in `folder`."""
    return tuple(text for text in _texts() if text.startswith(folder))


def _texts() -> Iterator[str]:
    for scene in bpy.data.scenes:
        forms: Any = scene.tripo_addon
        for row in forms.bl_rna.properties:
            form = getattr(forms, row.identifier) if row.type == "POINTER" else None
            if form is None or not isinstance(form, bpy.types.PropertyGroup):
                continue
            for field in form.bl_rna.properties:
                if field.type == "STRING" and not field.is_readonly:
                    yield getattr(form, field.identifier)
