"""Pixazo's Tripo v2.5 service (gateway.pixazo.ai), as rows.

Rows only. Facts: the user's document of the service. It does not list the fields' values, so those
of its example are used with Tripo's own.
"""

from __future__ import annotations

from typing import Final

from .service_types import Charge, Offer, Pace, PictureLimits, Region, Service
from .task_kinds import TaskKind

OFFERS: Final = {
    TaskKind.IMAGE_TO_MODEL: Offer(
        takes=("image", "texture_alignment", "orientation"),
        required=("image",),
        charges=(Charge(None),),
        spelled=("texture_alignment", "orientation"),
        slots="all",
        note="The picture must be on the public web, and so is the result while it is kept: "
        "anyone with its address can read it",
        seconds=120.0,
    ),
}
_ONLY_IMAGES = "Pixazo only makes models from one public image: choose another service for this"

PIXAZO: Final = Service(
    id="pixazo",
    number=3,
    label="Pixazo",
    description="Pixazo's Tripo v2.5 service: one public image becomes a model",
    module="pixazo",
    regions=(
        Region("global", "Global", "https://gateway.pixazo.ai", "https://api-console.pixazo.ai"),
    ),
    key_variable="PIXAZO_API_KEY",
    address_variable="PIXAZO_BASE_URL",
    help_url="https://api-console.pixazo.ai",
    offers=OFFERS,
    cannot={kind: _ONLY_IMAGES for kind in TaskKind if kind not in OFFERS},
    slots={"all": 3},
    pictures=PictureLimits(files=False),
    pace=Pace(first=5.0, waits=((60.0, 5.0),), slowest=10.0),
    has_balance=False,
    money="dollars",
)
