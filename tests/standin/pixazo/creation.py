"""Turns the body of a POST into a plan: fields, the picture, and the order for the forge.

Refuses or returns; records and starts nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..contents import PICTURES, look_at
from ..desk import Making
from ..fetch import Unreachable, fetch_into, is_web_address
from ..fields import Field, Unacceptable, check
from ..orders import Order, seed

# The allowed values are not published, so any text is accepted, as in the documents.
FIELDS = (
    Field(name="image_url", kind="word", required=True),
    Field(name="texture", kind="word"),
    Field(name="texture_alignment", kind="word"),
    Field(name="orientation", kind="word"),
)
PIXELS = 512


@dataclass(frozen=True)
class Plan:
    """What to record."""

    ignored: tuple[str, ...]
    making: Making


def plan(body: Mapping[str, object], folder: Path) -> Plan:
    """Check the body. Raises Unacceptable. If the picture cannot be fetched, the task fails."""
    checked = check(FIELDS, body, family="")
    url = checked.text("image_url")
    if not is_web_address(url):
        raise Unacceptable("image_url", "must be a publicly accessible http or https URL")
    return Plan(checked.ignored, _making(url, folder))


def _making(url: str, folder: Path) -> Making:
    try:
        path = fetch_into(folder, url)
    except Unreachable as error:
        return Making(hopeless=f"The picture could not be fetched from image_url: {error}")
    if look_at(path.read_bytes(), "").kind not in PICTURES:
        return Making(hopeless="The file behind image_url is no JPEG, PNG or WEBP picture")
    order = Order(
        kind="relief",
        pictures=(path,),
        pixels=PIXELS,
        geometry_seed=seed("relief", None),
        texture_seed=seed("relief", None),
    )
    return Making(order)
