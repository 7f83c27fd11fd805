"""Retrying a request at another service than it was made for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.jobs.bench import KEY, MODEL, MakeBench, MakeStandIn, entries, image, text
from tripo_addon.api.dialect import Dialect
from tripo_addon.api.errors import Kind
from tripo_addon.api.services import pixazo, studio, tripo_v2
from tripo_addon.api.tasks import TaskRequest, TextToModel
from tripo_addon.jobs.model.description import describe
from tripo_addon.jobs.model.job import Failure, State

OTHER_ACCOUNT = "another service"
UNSUPPORTED = TextToModel(model=MODEL, prompt="a chest", texture_version="v3.5-20260815")


@pytest.mark.parametrize(
    ("connect", "request_of", "sentence"),
    [
        (pixazo.connect, lambda _folder: text(), "only makes models from one public image"),
        (pixazo.connect, lambda folder: image(folder / "chest.png"), "cannot take a file"),
        (studio.connect, lambda _folder: text(), "does not offer this model version"),
        (tripo_v2.connect, lambda _folder: UNSUPPORTED, "does not support Texture Model"),
    ],
    ids=["kind", "picture", "version", "setting"],
)
def test_unsupported_request_is_refused_with_a_sentence_and_not_sent(
    stand_in: MakeStandIn,
    bench: MakeBench,
    tmp_path: Path,
    connect: Callable[[str, str], Dialect],
    request_of: Callable[[Path], TaskRequest],
    sentence: str,
) -> None:
    service = stand_in()
    here = bench(service)
    former = here.submit(request_of(tmp_path))
    here.engine.cancel(former.id)
    here.engine.connect(OTHER_ACCOUNT, connect(service.base_url, KEY))
    job = here.engine.retry(former.id, account=OTHER_ACCOUNT)
    assert job is not None
    failed = here.until(job, State.FAILED)
    assert (failed.failure, failed.retry_is_free) == (Failure.REJECTED, False)
    assert failed.trouble is not None
    assert failed.trouble.kind is Kind.OFFER
    assert sentence in describe(failed).detail
    assert all(each.method == "GET" for each in service.ledger.requests)
    assert "about to pay" not in entries(here.store, job.id)


def test_supported_request_is_completed(stand_in: MakeStandIn, bench: MakeBench) -> None:
    service = stand_in()
    here = bench(service)
    former = here.submit()
    here.engine.cancel(former.id)
    here.engine.connect(OTHER_ACCOUNT, tripo_v2.connect(service.base_url, KEY))
    job = here.engine.retry(former.id, account=OTHER_ACCOUNT)
    assert job is not None
    here.until(job, State.READY)
    assert [task.credits for task in service.ledger.tasks] == [job.price]
