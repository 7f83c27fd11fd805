"""The way of the file itself: links that expire, hosts that fail, bytes that are no model."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doubles import Clock, HeldWorkers
from tests.jobs.bench import Benches, Stands
from tests.standin.faults import Fault
from tripo_addon.api.errors import Kind
from tripo_addon.api.files import CHUNK_BYTES
from tripo_addon.jobs.job import Failure, State

LOOK_UP = "/v3/tasks/list"
PAGE = "<!doctype html><title>Sign in to the guest network</title>"


def test_an_expired_link_is_asked_for_again(stand_in: Stands, bench: Benches, clock: Clock) -> None:
    service = stand_in(link_life=20)
    workers = HeldWorkers(held={"download"})
    here = bench(service, workers=workers)
    job = here.wish()
    here.until(job, State.DOWNLOADING)
    clock.seconds += 60
    workers.let_go()
    ready = here.until(job, State.READY)
    assert ready.model is not None
    assert len(service.ledger.sent("GET", "/results/")) == 2
    assert len(service.ledger.sent("POST", LOOK_UP)) == 2
    assert here.paid_for() == 1


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_every_way_of_refusing_a_link_leads_to_a_fresh_one(
    stand_in: Stands, bench: Benches, status: int
) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(Fault(path="/results/", status=status, body="<Error/>"))
    here.until(here.wish(), State.READY)
    assert len(service.ledger.sent("POST", LOOK_UP)) == 2


def test_a_download_that_breaks_off_goes_on_where_it_was(stand_in: Stands, bench: Benches) -> None:
    service = stand_in(model=None, filler_bytes=1 << 20)
    here = bench(service)
    service.fault(Fault(path="/results/", truncate=700_000))
    job = here.until(here.wish(), State.READY)
    first, second = service.ledger.sent("GET", "/results/")
    assert "range" not in first.headers
    assert second.headers["range"] == f"bytes={700_000 // CHUNK_BYTES * CHUNK_BYTES}-"
    assert job.model is not None
    assert job.model.stat().st_size == 1 << 20


def test_a_host_that_is_down_for_an_hour_is_waited_for(
    stand_in: Stands, bench: Benches, clock: Clock
) -> None:
    service = stand_in()
    here = bench(service)
    began = clock.seconds
    service.fault(*[Fault(path="/results/", status=503)] * 70)
    here.until(here.wish(), State.READY, leaping=True)
    assert clock.seconds > began + 3600
    assert here.paid_for() == 1


@pytest.mark.parametrize("bytes_served", [b"", PAGE.encode(), b"glTF", None], ids=repr)
def test_what_is_no_model_is_kept_and_fetched_again_free_of_charge(
    stand_in: Stands, bench: Benches, glb: Path, bytes_served: bytes | None
) -> None:
    served = glb.read_bytes()[:1500] if bytes_served is None else bytes_served
    service = stand_in()
    here = bench(service)
    headers = {"Content-Type": "text/html"}
    service.fault(Fault(path="/results/", status=200, body=served, headers=headers))
    failed = here.until(here.wish(), State.FAILED)
    assert (failed.failure, failed.retry_is_free) == (Failure.BAD_FILE, True)
    (kept,) = (here.folder / "downloads").glob("*/model.unusable")
    assert kept.read_bytes() == served
    second = here.engine.retry(failed.id)
    assert second is not None
    ready = here.until(second, State.READY)
    assert ready.model is not None
    assert ready.model.read_bytes() == glb.read_bytes()
    assert here.paid_for() == 1
    assert kept.read_bytes() == served


def test_a_download_folder_that_refuses_is_waited_for_and_said(
    stand_in: Stands, bench: Benches
) -> None:
    here = bench(stand_in())
    downloads = here.folder / "downloads"
    downloads.write_text("a file where the folder should be")
    job = here.wish()
    here.until(job, State.DOWNLOADING)
    here.steps(30)
    waiting = here.now(job)
    assert waiting.state is State.DOWNLOADING
    assert waiting.trouble is not None
    assert waiting.trouble.kind is Kind.DISK
    downloads.unlink()
    here.until(job, State.READY)
    assert here.paid_for() == 1
