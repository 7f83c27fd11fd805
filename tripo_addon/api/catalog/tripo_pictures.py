"""The picture models of Tripo's API v3, as rows: options and prices.

Rows only. Facts: the options of each model and their values from Tripo's own SDKs (JavaScript, Go
and Rust, September 2026), which omit the models that end in 2026. Sizes and prices: Tripo's price
list as copied on 2026-09-22. Its prices of Seedream, Nano Banana, Nano Banana 2 up to 2K, Nano
Banana Pro at 4K and the usual quality of the Chat models are confirmed by Tripo's command line, its
price list of API v2 or paid runs; the rest is from that copy alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from .conditions import Demand, Equals
from .field_types import Limit, Window
from .service_types import Charge, ModelVersion

SEEDREAM_4: Final = "seedream_v4"
SEEDREAM_5: Final = "seedream_v5"
_BANANA: Final = "banana"
_BANANA_2: Final = "banana2"
_BANANA_PRO: Final = "banana_pro"
_CHAT_2: Final = "chat_image_2"
_FLARE: Final = "chat_image_2.5_flare"
_SUNBURST: Final = "chat_image_2.5_sunburst"

OPTIONS: Final = ("size", "aspect_ratio", "quality", "background", "output_format")

_TEMPLATES: Final = ("", "t_pose", "character_completion", "variants", "figure")
TEMPLATES_FROM_TEXT: Final = (*_TEMPLATES, "asset_extraction")
TEMPLATES_FOR_EDITS: Final = (*_TEMPLATES, "3d_enhance")
RULES: Final = (
    Demand(
        Equals("background", ("transparent",)),
        Equals("output_format", ("png",)),
        "A transparent background needs PNG: JPEG has none",
    ),
)

_RATIOS: Final = (
    *("", "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4"),
    *("9:16", "16:9", "21:9"),
)
_LONG_RATIOS: Final = ("1:8", "1:4", "4:1", "8:1")
_SMALL: Final = ("1024x1024", "1536x1024", "1024x1536")
_MIDDLE: Final = ("2048x2048", "2048x1152")
_LARGE: Final = ("3840x2160", "2160x3840")
_CHAT_SIZES: Final = ("", *_SMALL, *_MIDDLE, *_LARGE)


def _version(
    number: int,
    model_id: str,
    label: str,
    references: int,
    *,
    lacks: Iterable[str],
    **choices: tuple[str, ...],
) -> ModelVersion:
    """Build one picture model; `references` is its maximum number of reference pictures."""
    return ModelVersion(
        id=model_id,
        number=60 + number,
        label=label,
        description=f"Pictures by {label}",
        lacks=frozenset(lacks),
        choices=choices,
        limits=(Limit("references", Window(1, references)),),
    )


_OF_CHAT: Final = ("quality", "background")
MODELS: Final = (
    _version(0, SEEDREAM_5, "Seedream 5", 4, lacks=(*_OF_CHAT, "aspect_ratio"), size=("", "2K")),
    _version(
        1, SEEDREAM_4, "Seedream 4", 0, lacks=(*_OF_CHAT, "aspect_ratio"), size=("", "2K", "4K")
    ),
    _version(2, _BANANA, "Nano Banana", 10, lacks=(*_OF_CHAT, "size"), aspect_ratio=_RATIOS),
    _version(
        3,
        _BANANA_PRO,
        "Nano Banana Pro",
        10,
        lacks=_OF_CHAT,
        size=("", "1K", "2K", "4K"),
        aspect_ratio=_RATIOS,
    ),
    _version(
        4,
        _BANANA_2,
        "Nano Banana 2",
        10,
        lacks=_OF_CHAT,
        size=("", "1K", "2K", "4K"),
        aspect_ratio=(*_RATIOS, *_LONG_RATIOS),
    ),
    _version(
        5,
        _CHAT_2,
        "Chat Image 2",
        16,
        lacks=("aspect_ratio", "background"),
        size=_CHAT_SIZES,
        quality=("low", "medium", "high"),
    ),
    _version(6, _FLARE, "Chat Image 2.5 Flare", 16, lacks=("aspect_ratio",), size=_CHAT_SIZES),
    _version(
        7, _SUNBURST, "Chat Image 2.5 Sunburst", 16, lacks=("aspect_ratio",), size=_CHAT_SIZES
    ),
)

_CHATS: Final = Equals("model", (_CHAT_2, _FLARE, _SUNBURST))
# If no size is chosen, the service makes and bills 2K.
_TIERS: Final = (
    Equals("size", ("1K", *_SMALL)),
    Equals("size", ("", "2K", *_MIDDLE)),
    Equals("size", ("4K", *_LARGE)),
)


def _by_tier(credits: tuple[int, int, int], *when: Equals) -> tuple[Charge, ...]:
    """The price at 1K, 2K and 4K."""
    return tuple(
        Charge(amount, (*when, tier)) for amount, tier in zip(credits, _TIERS, strict=True)
    )


CHARGES: Final = (
    Charge(5, (Equals("model", (SEEDREAM_4, SEEDREAM_5, _BANANA)),)),
    *_by_tier((10, 10, 15), Equals("model", (_BANANA_2,))),
    *_by_tier((15, 15, 20), Equals("model", (_BANANA_PRO,))),
    *_by_tier((10, 10, 15), _CHATS, Equals("quality", ("low", "medium"))),
    *_by_tier((20, 25, 40), _CHATS, Equals("quality", ("high",))),
    *_by_tier((25, 30, 45), _CHATS, Equals("quality", ("xhigh",))),
    *_by_tier((30, 50, 50), _CHATS, Equals("quality", ("max",))),
)
