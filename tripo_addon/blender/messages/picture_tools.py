"""What an artist reads in the picture tools."""

from __future__ import annotations

from typing import Final

PANEL: Final = "Images"
TOOLS: Final = (
    ("new_image", "From Text", "Make an image from a prompt"),
    ("edit_image", "Edit Image", "Change an image as a prompt says"),
    ("make_views", "Four Views", "Make four views from one image"),
    ("edit_views", "Edit Views", "Change some of four views as prompts say"),
)
LABELS: Final = {
    "new_image": "Make Image",
    "edit_image": "Edit Image",
    "make_views": "Make Views",
    "edit_views": "Edit Views",
}
OPTIONS: Final = "Options"
MADE: Final = "Made Images"
NONE_MADE: Final = "Images that you make here are listed below"
NO_VIEWS_CHOSEN: Final = "Choose four views below with Edit"
OTHER_ACCOUNT: Final = "These views were not made with this account. Make or choose others below"
KEEP_VIEW: Final = "Keep as it is"
USE_VIEWS: Final = "Use as Views"
GENERATE: Final = "Generate"
EDIT: Final = "Edit"
NO_ROOM: Final = "This version takes no further image"
GONE: Final = "This image is no longer on disk"
PLACES: Final = (
    ("image", "Generate from This", "Generate a model from this image"),
    ("front", "Use as Front View", "Use it as the front view of Multiview"),
    ("left", "Use as Left View", "Use it as the left view of Multiview"),
    ("back", "Use as Back View", "Use it as the back view of Multiview"),
    ("right", "Use as Right View", "Use it as the right view of Multiview"),
    ("edit_image", "Edit This", "Edit this image with a prompt"),
    ("reference", "Add to Edit", "Use it beside the image to edit"),
    ("make_views", "Make Views of This", "Make four views from this image"),
)


def image(number: int) -> str:
    """A slot of several images."""
    return f"Image {number}"


def image_of(number: int) -> str:
    """The tooltip of a slot of several images."""
    return f"A further image to work from; the prompt calls it image[{number}]"


def edit_of(view: str) -> str:
    """The tooltip of the words that change one view."""
    return f"What to change in the {view.lower()} view; empty keeps it"


def views_of(name: str) -> str:
    """Which views are edited."""
    return f"Views of “{name}”"


def then_model(price: str) -> str:
    """What a model from the views costs, before they are paid for."""
    return f"Then {price} for the model, once you have seen the views"
