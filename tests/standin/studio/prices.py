"""Prices of 3D AI Studio's tasks, in its own credits, by its published tables.

Pure: a checked body in, a number out. None of these numbers is Tripo's.
"""

from collections.abc import Mapping

from ..fields import Checked
from .table import P1

BASE: Mapping[str, float] = {"text-to-3d": 20, "image-to-3d": 40, "multiview-to-3d": 40}
BASE_P1: Mapping[str, float] = {"text-to-3d": 60, "image-to-3d": 80, "multiview-to-3d": 80}
TEXTURE: Mapping[str, float] = {"standard": 20, "detailed": 40}
SEGMENTATION = 80
CONVERT_BASIC, CONVERT_ADVANCED = 10, 20
QUAD, STYLE = 10, 10


def generation(kind: str, version: str, body: Checked) -> float:
    """Return the price of a model from text or pictures. Geometry alone costs the base, whatever
    `pbr` says."""
    total = (BASE_P1 if version == P1 else BASE)[kind]
    if body.on("texture"):
        total += TEXTURE[body.text("texture_quality")]
    # P1 refuses these four fields, so they never add anything there.
    total += 40 * (body.text("geometry_quality") == "detailed")
    total += 20 * body.on("smart_low_poly")
    total += 40 * body.on("generate_parts")
    total += QUAD * body.on("quad")
    return total


def texturing(body: Checked, *, styled: bool) -> float:
    """Return the price of a new texture for a file."""
    return TEXTURE[body.text("texture_quality")] + STYLE * styled


def conversion(body: Checked) -> float:
    """Return the price of a conversion. What makes one "advanced" is not documented. Here it is any
    option with another value than its default, except quad, which has its own surcharge."""
    advanced = body.changed - {"format", "quad", "model_url"}
    return (CONVERT_ADVANCED if advanced else CONVERT_BASIC) + QUAD * body.on("quad")
