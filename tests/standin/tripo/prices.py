"""Prices of Tripo's tasks, in credits, by the published price list; the same in v2 and v3.

Pure: a checked body in, a number out. Unpublished prices are invented, so that no code can rely on
a guess: depth, stylize.
"""

from collections.abc import Callable, Mapping

from ..fields import Checked
from ..messages import items

# family → (without texture, textured), for text and for pictures.
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
# Pictures of v3 by model, for 1K, 2K and 4K; the chat models by quality as well.
BY_SIZE: Mapping[str, tuple[float, float, float]] = {
    "seedream_v4": (5, 5, 5),
    "seedream_v5": (5, 5, 5),
    "banana": (5, 5, 5),
    "banana2": (10, 10, 15),
    "banana_pro": (15, 15, 20),
    "chat_image_1": (5, 5, 5),
    "chat_image_1.5": (10, 10, 10),
}
BY_QUALITY: Mapping[str, tuple[float, float, float]] = {
    "low": (10, 10, 15),
    "medium": (10, 10, 15),
    "high": (20, 25, 40),
    "xhigh": (25, 30, 45),
    "max": (30, 50, 50),
}
SIZES = ("1K", "2K", "4K")
LARGEST_1K, LARGEST_2K = 1024 * 1536, 2048 * 2048
# All pictures of v2 cost the same.
CHEAP_PICTURES = ("seedream", "flux", "alone", "gpt")
CHEAP_MODELS = ("gemini_2.5_flash_image_preview",)
UNPUBLISHED = 7.0


def credits(kind: str, family: str, body: Checked) -> float:
    """Return the price of one task."""
    price = PRICES.get(kind)
    if price is None:
        return UNPUBLISHED
    return price(family, body) if callable(price) else price


def is_textured(body: Checked) -> bool:
    """Return whether the result has a texture; `pbr=true` means yes, whatever `texture` says."""
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
    # The service was seen to charge double for the same result, so a client that sends it pays here
    # too.
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
    model = body.text("model")
    if family in ("chat2", "chat25"):
        return BY_QUALITY[body.text("quality") or "low"][_tier(body)]
    if model in BY_SIZE and "size" in body.defaults:
        return BY_SIZE[model][_tier(body)]
    return 5 if family in CHEAP_PICTURES or model in CHEAP_MODELS else 10


def _tier(body: Checked) -> int:
    """Return which of the three sizes is billed; the second if none is requested."""
    size = str(body.given.get("size", "2K"))
    if size in SIZES:
        return SIZES.index(size)
    wide, _, high = size.lower().partition("x")
    pixels = int(wide) * int(high) if high else LARGEST_2K
    return 0 if pixels <= LARGEST_1K else 1 if pixels <= LARGEST_2K else 2


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
