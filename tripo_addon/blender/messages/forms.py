"""Labels of form fields that no catalog row has, and what is missing in a form."""

from __future__ import annotations

from typing import Final

from ...api.messages.prices import price

SWITCHES: Final = (
    (
        "use_face_limit",
        "Limit Faces",
        "Set the maximum number of faces; otherwise the service decides",
    ),
    ("use_seeds", "Fixed Seeds", "Use fixed seeds to get the same result again"),
)
"""Checkboxes that enable a number: property, name, description."""
IMAGE_ADDRESS: Final = "Public web address of the image"
MODEL: Final = "Model"
MODEL_DESCRIPTION: Final = "Version of the generator"
ONLY_MODEL: Final = "Default"
ONLY_MODEL_DESCRIPTION: Final = "This service has no choice of versions"
QUALITY: Final = "Quality"
QUALITY_DESCRIPTION: Final = "Model version, texture and shape in one choice"
CUSTOM_QUALITY: Final = "Custom"
CUSTOM_QUALITY_DESCRIPTION: Final = "The settings below match none of the qualities"
TEXTURE_IMAGE_MISSING: Final = "Choose an image for the texture to follow"
TEXTURE_VIEWS_MISSING: Final = "Choose the four views for the texture to follow"
ADD_ANIMATION: Final = "Add Animation"
ADD_ANIMATION_DESCRIPTION: Final = (
    "Type to find an animation, e.g. wave. Enter an unlisted one in full, e.g. preset:biped:wave"
)


def address_of(label: str) -> str:
    """The field for an image's web address."""
    return f"{label} URL"


def model_version(label: str) -> str:
    """A model version, as the subject of a sentence."""
    return f"Model {label}"


def choice_missing(owner: str, setting: str, choice: str) -> str:
    """A version or service lacks what was chosen for another one."""
    return f"{owner} does not support {setting} “{choice}”"


def quality(description: str, cost: float | None, unit: str) -> str:
    """What a quality is, with its price where that is known."""
    return description if cost is None else f"{description} ({price(cost, unit)})"
