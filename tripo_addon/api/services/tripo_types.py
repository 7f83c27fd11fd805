"""Tripo's name of each task kind: `type` in v2's requests, and in the tasks of both interfaces.

Names only. Facts: Tripo's API v2 and v3 documents.
"""

from __future__ import annotations

from typing import Final

from ..catalog.task_kinds import TaskKind

TYPES: Final = {
    TaskKind.TEXT_TO_MODEL: "text_to_model",
    TaskKind.IMAGE_TO_MODEL: "image_to_model",
    TaskKind.MULTIVIEW_TO_MODEL: "multiview_to_model",
    TaskKind.REFINE_MODEL: "refine_model",
    TaskKind.TEXTURE_MODEL: "texture_model",
    TaskKind.CONVERT_MODEL: "convert_model",
    TaskKind.IMPORT_MODEL: "import_model",
    TaskKind.SEGMENT_MESH: "mesh_segmentation",
    # Undocumented: derived from its route.
    TaskKind.SMART_SEGMENT: "mesh_smartsegment",
    TaskKind.COMPLETE_MESH: "mesh_completion",
    TaskKind.DECIMATE_MESH: "highpoly_to_lowpoly",
    TaskKind.CHECK_RIG: "animate_prerigcheck",
    TaskKind.RIG: "animate_rig",
    TaskKind.RETARGET: "animate_retarget",
    TaskKind.TEXT_TO_IMAGE: "text_to_image",
    TaskKind.EDIT_IMAGE: "generate_image",
    TaskKind.IMAGE_TO_VIEWS: "generate_multiview_image",
    TaskKind.EDIT_VIEWS: "edit_multiview_image",
    TaskKind.UNWRAP_MESH: "mesh_uv",
}
KINDS: Final = {name: kind for kind, name in TYPES.items()}
