"""Comfy's router (api.comfy.org), which runs Tripo's generators with a Comfy account, as rows.

Rows only. Facts: the router's public contract (`router-openapi.yaml` of Comfy's SDKs), its
documentation and its pages on Tripo's models. What a page does not list is not offered. How long
files are kept: its page on data retention.
"""

from __future__ import annotations

from typing import Final

from ..record import replace
from . import tripo
from .conditions import AtLeast
from .service_types import Charge, Offer, Pace, Region, Retention, Service
from .task_kinds import TaskKind

_FINE: Final = {"texture_quality": ("standard", "detailed")}
_V31, _V30, _V25 = tripo.general_models(low_poly_from=500, v30_ultra=1_500_000)
_MODELS: Final = tuple(
    replace(row, choices=_FINE, slots="")
    for row in (_V31, _V30, tripo.LOW_POLY_1, tripo.LOW_POLY_2)
)
_GENERATION: Final = Offer(
    takes=(),
    models=_MODELS,
    default_model=tripo.V31,
    rules=tripo.PARTS_RULES,
    # The router quotes a price for each request.
    charges=(Charge(None),),
    qualities=tripo.qualities(tripo.V31, finest="detailed"),
    max_prompt_length=tripo.WORDS,
    slots="all",
    note="Comfy enables its router per workspace; without it, requests are refused, free",
)

OFFERS: Final = {
    TaskKind.TEXT_TO_MODEL: replace(
        _GENERATION,
        takes=("prompt", "negative_prompt", *tripo.GENERAL_SETTINGS, "image_seed"),
        required=("prompt",),
    ),
    TaskKind.IMAGE_TO_MODEL: replace(
        _GENERATION,
        takes=("image", *tripo.PICTURE_SETTINGS, "enable_image_autofix"),
        required=("image",),
    ),
    TaskKind.MULTIVIEW_TO_MODEL: replace(
        _GENERATION,
        takes=("front", "left", "back", "right", *tripo.PICTURE_SETTINGS),
        rules=(
            *tripo.PARTS_RULES,
            *(replace(rule, instead="") for rule in tripo.VIEWS_RULES if isinstance(rule, AtLeast)),
        ),
    ),
}

COMFY_ROUTER: Final = Service(
    id="comfy-router",
    number=4,
    label="Comfy Router",
    description="Tripo's generators through an account with Comfy, paid in Comfy's credits",
    module="comfy_router",
    regions=(
        Region(
            "global",
            "Global",
            "https://api.comfy.org",
            "https://platform.comfy.org/profile/api-keys",
        ),
    ),
    key_variable="COMFY_API_KEY",
    address_variable="COMFY_ROUTER_BASE_URL",
    help_url="https://docs.comfy.org/development/comfy-router/quickstart",
    key_prefix="comfyui-",
    offers=OFFERS,
    cannot={
        kind: "Comfy's router offers Tripo's generators only, no work on finished models"
        for kind in TaskKind
        if kind not in OFFERS
    },
    slots={"all": 4},
    pace=Pace(first=3.0, waits=((30.0, 3.0), (600.0, 5.0)), slowest=15.0),
    has_balance=False,
    can_cancel=True,
    keeps=Retention(1),
    repeat_seconds=23 * 3600.0,
    quotes=True,
    money="Comfy credits",
)
