"""Limits that differ between services: faces, lengths of texts, sizes of models and pictures."""

import pytest

from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.field_types import Window
from tripo_addon.api.catalog.parameters import PARAMETERS
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.catalog.studio import STUDIO
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.catalog.tripo_v2 import TRIPO_V2
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.pictures import advice
from tripo_addon.api.rules import offered, refuse, window_of
from tripo_addon.api.source_size import refuse_size

TEXT = TaskKind.TEXT_TO_MODEL
DECIMATE, UNWRAP = TaskKind.DECIMATE_MESH, TaskKind.UNWRAP_MESH


@pytest.mark.parametrize(
    ("row", "kind", "values", "window"),
    [
        (TRIPO_V2, TEXT, {"model": "v3.1-20260211", "smart_low_poly": True}, (1000, 20_000)),
        (TRIPO_V3, TEXT, {"model": "v3.1-20260211", "smart_low_poly": True}, (500, 20_000)),
        (STUDIO, TEXT, {"model": "3.1", "smart_low_poly": True}, (500, 500_000)),
        (STUDIO, TEXT, {"model": "3.0", "smart_low_poly": True, "quad": True}, (500, 500_000)),
        (TRIPO_V2, DECIMATE, {}, (1000, 20_000)),
        (TRIPO_V3, DECIMATE, {"model": "v2.0"}, (500, 20_000)),
        (TRIPO_V3, DECIMATE, {"model": "v2.0", "quad": True}, (500, 10_000)),
        (TRIPO_V3, DECIMATE, {"model": "v1.0"}, (1, 2_000_000)),
    ],
)
def test_each_service_has_its_documented_face_limit_window(
    row: Service, kind: TaskKind, values: dict[str, object], window: tuple[int, int]
) -> None:
    assert window_of(row.offers[kind], values, "face_limit") == Window(*window)


@pytest.mark.parametrize(
    ("row", "model", "most"),
    [(STUDIO, "3.1", 1024), (STUDIO, "p1", 255), (TRIPO_V3, "v3.1-20260211", 255)],
)
def test_negative_prompt_length_follows_service_and_version(
    row: Service, model: str, most: int
) -> None:
    values: dict[str, object] = {"model": model, "prompt": "a chest"}
    assert refuse(row, TEXT, {**values, "negative_prompt": "x" * most}) is None
    refused = refuse(row, TEXT, {**values, "negative_prompt": "x" * (most + 1)})
    assert refused is not None
    assert refused.field == "negative_prompt"
    assert f"the limit is {most:,}" in refused.sentence


def test_model_too_large_for_smart_uv_is_refused_with_count_and_remedy() -> None:
    assert refuse_size(TRIPO_V3, UNWRAP, 80_000) is None
    refused = refuse_size(TRIPO_V3, UNWRAP, 180_000)
    assert refused is not None
    assert refused.sentence == (
        "Smart UV takes up to 80,000 triangles, and this model has 180,000 (a quad counts as two): "
        "reduce it first, with Low Poly (30 credits) or with a Decimate modifier (free)"
    )
    assert refuse_size(TRIPO_V3, TaskKind.TEXTURE_MODEL, 5_000_000) is None


def test_enhancing_for_3d_is_offered_only_for_edits() -> None:
    template = PARAMETERS["template"]
    for kind, there in ((TaskKind.TEXT_TO_IMAGE, False), (TaskKind.EDIT_IMAGE, True)):
        choices = offered(TRIPO_V3.offers[kind], None, template)
        assert ("3d_enhance" in {each.id for each in choices}) is there


@pytest.mark.parametrize("row", [row for row in SERVICES.values() if row.pictures.files])
def test_every_service_that_takes_files_warns_about_small_pictures(row: Service) -> None:
    assert "the service suggests 256 or more" in advice("a.png", (255, 1024), row.pictures)
    assert advice("a.png", (256, 256), row.pictures) == ""


def test_service_numbers_are_stable_and_ended_services_come_last() -> None:
    numbers = {row.id: row.number for row in SERVICES.values()}
    assert len(set(numbers.values())) == len(numbers)
    assert {"tripo-v3": 0, "tripo-v2": 1, "3daistudio": 2, "pixazo": 3}.items() <= numbers.items()
    ended = [bool(row.ended) for row in SERVICES.values()]
    assert ended == sorted(ended)
    assert all(row.retired and row.successor in SERVICES for row in SERVICES.values() if row.ended)
