"""The kinds of task that can be asked of a service, and what each makes."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Makes(Enum):
    """What a finished task leaves behind."""

    MODEL = "model"
    PICTURES = "pictures"
    FACTS = "facts"


class TaskKind(Enum):
    """What can be asked of a service; the value is for ever, because job lists hold it."""

    TEXT_TO_MODEL = ("text_to_model", "Model from Text", Makes.MODEL)
    IMAGE_TO_MODEL = ("image_to_model", "Model from Image", Makes.MODEL)
    MULTIVIEW_TO_MODEL = ("multiview_to_model", "Model from Views", Makes.MODEL)
    REFINE_MODEL = ("refine_model", "Refine", Makes.MODEL)
    TEXTURE_MODEL = ("texture_model", "Texture", Makes.MODEL)
    CONVERT_MODEL = ("convert_model", "Convert", Makes.MODEL)
    IMPORT_MODEL = ("import_model", "Upload", Makes.FACTS)
    SEGMENT_MESH = ("segment_mesh", "Segment", Makes.MODEL)
    SMART_SEGMENT = ("smart_segment", "Named Parts", Makes.MODEL)
    COMPLETE_MESH = ("complete_mesh", "Complete Parts", Makes.MODEL)
    DECIMATE_MESH = ("decimate_mesh", "Low Poly", Makes.MODEL)
    UNWRAP_MESH = ("unwrap_mesh", "Smart UV", Makes.MODEL)
    CHECK_RIG = ("check_rig", "Check Rig", Makes.FACTS)
    RIG = ("rig", "Rig", Makes.MODEL)
    RETARGET = ("retarget", "Animate", Makes.MODEL)
    TEXT_TO_IMAGE = ("text_to_image", "Image from Text", Makes.PICTURES)
    EDIT_IMAGE = ("edit_image", "Image from Images", Makes.PICTURES)
    IMAGE_TO_VIEWS = ("image_to_views", "Views from Image", Makes.PICTURES)
    EDIT_VIEWS = ("edit_views", "Edit Views", Makes.PICTURES)

    label: str
    makes: Makes

    def __new__(cls, name: str, label: str, makes: Makes) -> TaskKind:
        """The name alone is the value, and so what gets stored."""
        kind = object.__new__(cls)
        kind._value_ = name
        kind.label = label
        kind.makes = makes
        return kind


GENERATIONS: Final = frozenset(
    {TaskKind.TEXT_TO_MODEL, TaskKind.IMAGE_TO_MODEL, TaskKind.MULTIVIEW_TO_MODEL}
)
"""Kinds that make a shape anew; the others work on one that is there."""


RESULT_TASK: Final = "result_task"
"""The fact that names the task by which later steps know a result, where that is another one."""
