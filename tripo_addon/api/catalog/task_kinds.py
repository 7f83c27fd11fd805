"""The task kinds of all services, and what each makes."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Makes(Enum):
    """What a finished task returns."""

    MODEL = "model"
    PICTURES = "pictures"
    FACTS = "facts"


class TaskKind(Enum):
    """A kind of task. The value never changes, because job lists store it."""

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

    # Each is the only one of its kind; Enum's own hash is Python code, and slow.
    __hash__ = object.__hash__

    def __new__(cls, name: str, label: str, makes: Makes) -> TaskKind:
        """Use the name alone as the value, which is stored."""
        kind = object.__new__(cls)
        kind._value_ = name
        kind.label = label
        kind.makes = makes
        return kind


GENERATIONS: Final = frozenset(
    {TaskKind.TEXT_TO_MODEL, TaskKind.IMAGE_TO_MODEL, TaskKind.MULTIVIEW_TO_MODEL}
)
"""Kinds that generate a new model."""

MAKES_VIEWS: Final = frozenset({TaskKind.IMAGE_TO_VIEWS, TaskKind.EDIT_VIEWS})
"""Kinds whose images are the four views, in the order of `field_types.VIEWS`."""

RESULT_TASK: Final = "result_task"
"""The fact with the task id that later steps use, if it differs from the task's own."""
