"""Turns a checked body into the order for pictures: from text, edited, seen from four sides.

Only parameters with a visible effect appear.
"""

import re

from ..fields import Checked, Unacceptable, check_text
from ..messages import items, mapping
from ..orders import VIEWS, Order, seed
from .endpoint import Endpoint
from .processing import MOST_REFERENCES
from .sources import Finder

SIDES = {"1K": 1024, "2K": 2048, "4K": 4096}
LARGEST_SIDE = 4096
# The custom sizes that the chat models accept.
STEP, LONGEST, FEWEST, MOST = 16, 3840, 655_360, 8_294_400
LONGEST_EDIT = 1024


def painted(endpoint: Endpoint, body: Checked, finder: Finder, family: str) -> Order:
    """Order text on a background, or the given pictures with the text on them."""
    sources = finder.references(body, endpoint, most=MOST_REFERENCES[family])
    if not body.text("prompt") and not body.text("template"):
        raise Unacceptable("prompt", "is required")
    if body.value("style_image") is not None:
        finder.picture(body.value("style_image"), "style_image")
    text = body.text("prompt").strip() or body.text("template")
    return Order(
        kind="picture",
        text=text,
        pictures=tuple(source.file for source in sources),
        size=_size(body, family),
        form=body.text("output_format") or "png",
        texture_seed=seed(text, None),
    )


def turned(endpoint: Endpoint, body: Checked, finder: Finder) -> Order:
    """Order four views of one picture."""
    return Order(kind="views", pictures=(finder.single(body, endpoint).file,))


def edited(endpoint: Endpoint, body: Checked, finder: Finder) -> Order:
    """Order the four views of a task, some of them with text on them."""
    words: dict[str, str] = {}
    listed = items(body.value("prompts")) or []
    for each in listed:
        given = mapping(each) or {}
        view, text = given.get("view"), given.get("prompt")
        if view not in VIEWS or view in words or not isinstance(text, str):
            raise Unacceptable("prompts", "must name each view once, with a prompt for it")
        check_text("prompts", text, longest=LONGEST_EDIT)
        words[str(view)] = text.strip()
    if not words:
        raise Unacceptable("prompts", "must have 1 to 4 items")
    source = finder.single(body, endpoint)
    return Order(
        kind="views",
        pictures=finder.four(source),
        captions=tuple(words.get(view, "") for view in VIEWS),
    )


def deep(endpoint: Endpoint, body: Checked, finder: Finder) -> Order:
    """Order a depth map; `pixels` is its longest side."""
    return Order(
        kind="depth",
        pictures=(finder.single(body, endpoint).file,),
        pixels=body.whole("process_res") or 504,
        look="color" if body.text("kind") == "color" else "bare",
    )


def splatted(endpoint: Endpoint, body: Checked, finder: Finder) -> Order:
    """Order a cloud of Gaussians."""
    return Order(
        kind="splat",
        pictures=(finder.single(body, endpoint).file,),
        geometry_seed=seed("splat", body.whole("model_seed")),
    )


def _size(body: Checked, family: str) -> tuple[int, int]:
    """Return width and height from `size` (1K, 2K, 4K or WxH) and `aspect_ratio`."""
    size = body.text("size") or "1K"
    exact = re.fullmatch(r"([1-9]\d{1,3})[xX]([1-9]\d{1,3})", size)
    if exact:
        wide, high = int(exact[1]), int(exact[2])
        if family in ("chat2", "chat25") and not _is_for_chat(wide, high):
            raise Unacceptable("size", "is not one that this model makes")
        return (min(wide, LARGEST_SIDE), min(high, LARGEST_SIDE))
    if size not in SIDES:
        raise Unacceptable("size", f"must be one of {', '.join(SIDES)} or like 1024x768")
    ratio = re.fullmatch(r"([1-9]\d?):([1-9]\d?)", body.text("aspect_ratio") or "1:1")
    if ratio is None:
        raise Unacceptable("aspect_ratio", "must be like 16:9")
    wide, high = int(ratio[1]), int(ratio[2])
    side = SIDES[size] / max(wide, high)
    return (max(20, round(wide * side)), max(20, round(high * side)))


def _is_for_chat(wide: int, high: int) -> bool:
    short, long = sorted((wide, high))
    whole = not wide % STEP and not high % STEP
    return whole and long <= LONGEST and long <= 3 * short and FEWEST <= wide * high <= MOST
