"""What holds for every row of the catalogue, so that the next service gets its tests for free."""

import importlib
from pathlib import Path

import pytest

from tripo_addon.api.catalog import PARAMETERS, SERVICES, Service, TaskKind
from tripo_addon.api.dialect import Dialect
from tripo_addon.api.rules import refuse_address, refuse_key
from tripo_addon.api.tasks import (
    ImageToModel,
    MultiviewToModel,
    TaskRequest,
    TextToModel,
    TextureModel,
    kind_of,
)

ROWS = pytest.mark.parametrize("row", SERVICES.values(), ids=SERVICES)


@ROWS
def test_a_row_names_a_module_that_speaks_for_it_and_sends_nothing_by_itself(row: Service) -> None:
    module = importlib.import_module(f"tripo_addon.api.services.{row.module}")
    dialect: Dialect = module.connect(row.regions[0].base_url, f"{row.key_prefix}0")
    assert dialect.service is row
    dialect.close()


@ROWS
def test_the_addresses_and_keys_of_a_row_pass_the_rules(row: Service) -> None:
    assert SERVICES[row.id] is row
    assert refuse_key(row, f"{row.key_prefix}0123") is None
    for region in row.regions:
        assert refuse_address(region.base_url) is None
        assert refuse_address(region.console_url) is None
        assert not region.base_url.endswith("/")
    for prefix in row.wrong_keys:
        assert refuse_key(row, f"{prefix}0123") is not None


@ROWS
def test_the_versions_of_a_row_fit_its_tables(row: Service) -> None:
    for versions in row.models.values():
        assert row.default_model in {version.id for version in versions}
        for version in versions:
            assert version.slots in row.slots
            assert version.family in row.prices.bases
            assert version.takes <= set(PARAMETERS)
            choices = {choice.id for choice in PARAMETERS["texture_quality"].choices}
            assert set(version.texture_qualities) <= choices


def test_words_on_the_screen_have_no_final_period() -> None:
    rows = [*PARAMETERS.values()]
    choices = [choice for row in rows for choice in row.choices]
    versions = [v for row in SERVICES.values() for vs in row.models.values() for v in vs]
    for each in (*rows, *choices, *versions):
        assert each.label
        assert each.description
        assert not each.description.endswith(".")


def test_a_request_knows_its_kind_and_its_pictures() -> None:
    front, left, right = Path("f"), Path("l"), Path("r")
    requests: list[tuple[TaskRequest, TaskKind, tuple[Path, ...]]] = [
        (TextToModel(model="m", prompt="p"), TaskKind.TEXT_TO_MODEL, ()),
        (ImageToModel(model="m", image=front), TaskKind.IMAGE_TO_MODEL, (front,)),
        (
            MultiviewToModel(model="m", right=right, front=front, left=left),
            TaskKind.MULTIVIEW_TO_MODEL,
            (front, left, right),
        ),
        (TextureModel(model="m", source_task="t"), TaskKind.TEXTURE_MODEL, ()),
        (TextureModel(model="m", source_task="t", image=left), TaskKind.TEXTURE_MODEL, (left,)),
    ]
    for request, kind, pictures in requests:
        assert kind_of(request) is kind
        assert request.pictures == pictures
