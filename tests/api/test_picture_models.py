"""The models that make pictures: which options each takes, what they cost, and when they end."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.standin.ledger import Ledger
from tests.standin.service import DEFAULT_KEY
from tests.standin.tripo.creation import plan
from tests.standin.tripo.refusals import Refused
from tests.standin.tripo.sources import Finder
from tests.standin.tripo_v3.table import ENDPOINTS, MANNER
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.corrections import apply_corrections
from tripo_addon.api.prices import estimate
from tripo_addon.api.rules import refuse
from tripo_addon.api.services.tripo_v3 import PATHS

DRAW, EDIT = TaskKind.TEXT_TO_IMAGE, TaskKind.EDIT_IMAGE
NEXT_YEAR = datetime(2027, 1, 1, tzinfo=UTC).timestamp()
FLARE, SUNBURST, CHAT_2 = "chat_image_2.5_flare", "chat_image_2.5_sunburst", "chat_image_2"
CHATS = (CHAT_2, FLARE, SUNBURST)
BANANAS = ("banana", "banana2", "banana_pro")
ALL = ("seedream_v5", "seedream_v4", *BANANAS, *CHATS)

# An option with a value, and the models that accept it.
TAKEN: list[tuple[str, str, tuple[str, ...]]] = [
    ("aspect_ratio", "16:9", BANANAS),
    ("aspect_ratio", "8:1", ("banana2",)),
    ("quality", "medium", CHATS),
    ("quality", "high", CHATS),
    ("quality", "xhigh", (FLARE, SUNBURST)),
    ("quality", "max", (FLARE, SUNBURST)),
    ("background", "opaque", (FLARE, SUNBURST)),
    ("background", "transparent", (FLARE, SUNBURST)),
    ("output_format", "png", ALL),
    ("output_format", "jpeg", ALL),
    ("size", "1K", ("banana2", "banana_pro")),
    ("size", "2K", ("seedream_v5", "seedream_v4", "banana2", "banana_pro")),
    ("size", "4K", ("seedream_v4", "banana2", "banana_pro")),
    ("size", "1024x1536", CHATS),
    ("template", "asset_extraction", ALL),
]

# Size, quality and model, and the price in Tripo's price list.
PRICES: list[tuple[str, str, str, int]] = [
    ("seedream_v4", "", "", 5),
    ("seedream_v4", "4K", "", 5),
    ("seedream_v5", "2K", "", 5),
    ("banana", "", "", 5),
    ("banana2", "", "", 10),
    ("banana2", "4K", "", 15),
    ("banana_pro", "1K", "", 15),
    ("banana_pro", "4K", "", 20),
    (CHAT_2, "", "", 10),
    (SUNBURST, "1024x1536", "medium", 10),
    (FLARE, "3840x2160", "low", 15),
    (FLARE, "1024x1024", "high", 20),
    (FLARE, "", "high", 25),
    (FLARE, "2048x1152", "xhigh", 30),
    (SUNBURST, "2160x3840", "max", 50),
]


@pytest.mark.parametrize(("name", "value", "models"), TAKEN)
def test_option_is_offered_only_by_models_that_take_it(
    name: str, value: str, models: tuple[str, ...]
) -> None:
    beside = {"output_format": "png"} if value == "transparent" else {}
    values = {"prompt": "a chest", name: value} | beside
    taking = [each for each in ALL if refuse(TRIPO_V3, DRAW, {**values, "model": each}) is None]
    assert sorted(taking) == sorted(models)


@pytest.mark.parametrize(("model", "size", "quality", "credits"), PRICES)
def test_picture_is_priced_by_model_size_and_quality(
    model: str, size: str, quality: str, credits: int
) -> None:
    values = {"model": model, "size": size, "quality": quality, "prompt": "a chest"}
    assert estimate(TRIPO_V3, DRAW, values) == credits


def test_transparent_background_selects_png() -> None:
    form = {"model": FLARE, "prompt": "a chest", "background": "transparent"}
    moved = {
        each.field: each.value
        for each in apply_corrections(TRIPO_V3, DRAW, form, changed={"background"})
    }
    assert moved == {"output_format": "png"}
    refused = refuse(TRIPO_V3, DRAW, {**form, "output_format": "jpeg"})
    assert refused is not None
    assert "JPEG has none" in refused.sentence


@pytest.mark.parametrize("kind", [DRAW, EDIT])
def test_no_picture_model_with_an_end_date_is_offered(kind: TaskKind) -> None:
    assert not {row.id for row in TRIPO_V3.offers[kind].models} & set(MANNER.ends)


@pytest.mark.parametrize(
    ("model", "last_day", "first_day_without"),
    [
        ("chat_image_1", (2026, 10, 22), (2026, 10, 23)),
        ("chat_image_1.5", (2026, 11, 30), (2026, 12, 1)),
    ],
)
def test_service_accepts_a_model_until_its_end_date(
    tmp_path: Path,
    model: str,
    last_day: tuple[int, int, int],
    first_day_without: tuple[int, int, int],
) -> None:
    def code(day: tuple[int, int, int]) -> int:
        moment = datetime(*day, tzinfo=UTC).timestamp()
        try:
            sent_model(model, tmp_path, moment)
        except Refused as refused:
            return refused.code
        return 0

    assert (code(last_day), code(first_day_without)) == (0, 2015)


def test_every_offered_picture_model_outlives_all_known_end_dates(
    tmp_path: Path,
) -> None:
    assert all(end < NEXT_YEAR for end in MANNER.ends.values())
    for row in TRIPO_V3.offers[DRAW].models:
        assert sent_model(row.id, tmp_path, NEXT_YEAR) == row.id


def sent_model(model: str, folder: Path, moment: float) -> str:
    """Request a picture as a customer at this moment. Returns the model used."""
    ledger = Ledger({DEFAULT_KEY: 100.0}, lambda: moment, per_minute=200)
    finder = Finder(ledger, folder, DEFAULT_KEY, MANNER)
    body = {"prompt": "a chest", "model": model}
    return plan(ENDPOINTS[PATHS[DRAW]], body, finder, now=moment).model
