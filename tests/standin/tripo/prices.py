"""What a Tripo task costs, in credits, by the published price list; the same on v2 and v3.

Pure: a checked body in, a number out. Where no price is published the number here is made up,
so that nobody can rely on having guessed it: depth, stylize.
"""

from collections.abc import Callable, Mapping

from ..fields import Checked
from ..messages import items

# family → (bare, textured), for a text and for pictures.
FROM_TEXT: Mapping[str, tuple[float, float]] = {
    "H": (10, 20),
    "P1": (30, 40),
    "P2": (100, 110),
}
FROM_PICTURES: Mapping[str, tuple[float, float]] = {
    "H": (20, 30),
    "P1": (40, 50),
    "P2": (100, 110),
}
TEXTURE: Mapping[str, float] = {"fast": 10, "standard": 10, "detailed": 20, "extreme": 30}
ADDED_FOR_QUALITY: Mapping[str, float] = {"detailed": 10, "extreme": 20}
# Published as 5 to 20 by model and size: the cheaper families, then all others; 4K costs double.
CHEAP_PICTURES = ("seedream", "flux", "alone", "gpt")
CHEAP_MODELS = ("banana", "gemini_2.5_flash_image_preview")
UNPUBLISHED = 7.0


def credits(kind: str, family: str, body: Checked) -> float:
    """The price of one task."""
    price = PRICES.get(kind)
    if price is None:
        return UNPUBLISHED
    return price(family, body) if callable(price) else price


def is_textured(body: Checked) -> bool:
    """Whether the result carries a texture; pbr=true says so whatever `texture` says."""
    return body.on("texture") or body.on("pbr")


def _from_text(family: str, body: Checked) -> float:
    return _generation(FROM_TEXT, family, body)


def _from_pictures(family: str, body: Checked) -> float:
    return _generation(FROM_PICTURES, family, body)


def _generation(table: Mapping[str, tuple[float, float]], family: str, body: Checked) -> float:
    bare, textured = table["H" if family.startswith("H") else family]
    return (textured if is_textured(body) else bare) + _additions(body)


def _additions(body: Checked) -> float:
    total = 0.0
    if is_textured(body):
        total += ADDED_FOR_QUALITY.get(body.text("texture_quality"), 0)
    if body.text("geometry_quality") == "detailed":
        total += 20
    total += 5 * body.on("quad")
    total += 10 * body.on("smart_low_poly")
    total += 20 * body.on("generate_parts")
    return total


def _texture(family: str, body: Checked) -> float:
    del family
    # Seen to be billed double for the same result, so a client that sends it pays here too.
    double = 1 if body.on("texture") else 2
    return double * TEXTURE[body.text("texture_quality")]


def _convert(family: str, body: Checked) -> float:
    del family
    plain = body.changed <= {"input", "file", "original_model_task_id", "format", "type"}
    return 5 if plain else 10


def _complete(family: str, body: Checked) -> float:
    del family
    return 30 if body.text("completion_mode") == "quick_cap" else 50


def _named_parts(family: str, body: Checked) -> float:
    del family
    return 85 if body.text("seg_type") == "image" else 55


def _decimate(family: str, body: Checked) -> float:
    del body
    return 10 if family == "D1" else 30


def _retarget(family: str, body: Checked) -> float:
    del family
    return 10.0 * (len(body.words("animations")) or 1)


def _picture(family: str, body: Checked) -> float:
    cheap = family in CHEAP_PICTURES or body.text("model") in CHEAP_MODELS
    return (5 if cheap else 10) * (2 if body.text("size") == "4K" else 1)


def _edited_views(family: str, body: Checked) -> float:
    del family
    return 5.0 * len(items(body.value("prompts")) or ())


Price = float | Callable[[str, Checked], float]
PRICES: Mapping[str, Price] = {
    "text_to_model": _from_text,
    "image_to_model": _from_pictures,
    "multiview_to_model": _from_pictures,
    "texture_model": _texture,
    "convert_model": _convert,
    "import_model": 0.0,
    "refine_model": 30.0,
    "animate_prerigcheck": 0.0,
    "animate_rig": 25.0,
    "animate_retarget": _retarget,
    "mesh_segmentation": 40.0,
    "mesh_smartsegment": _named_parts,
    "mesh_completion": _complete,
    "mesh_uv": 20.0,
    "highpoly_to_lowpoly": _decimate,
    "text_to_image": _picture,
    "generate_image": _picture,
    "generate_multiview_image": 10.0,
    "edit_multiview_image": _edited_views,
    "image_to_splat": 30.0,
}
