"""The download of a model: links that expire, hosts that fail, files that are no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.api.outcomes import HERE
from tests.doubles import Clock, HeldWorkers, SlowHost
from tests.jobs.bench import (
    PLACE,
    Benches,
    Stands,
    Wrapped,
    entries,
    image,
    small_glb,
    text,
)
from tests.standin.faults import Fault
from tripo_addon.api.errors import Kind, Transient
from tripo_addon.api.file_names import WINDOWS, PathLimit
from tripo_addon.api.http.downloads import CHUNK_BYTES, download
from tripo_addon.api.replies import Output, Task
from tripo_addon.jobs.model.description import describe
from tripo_addon.jobs.model.job import Failure, State
from tripo_addon.jobs.model.timing import REFUSED_LINKS
from tripo_addon.jobs.work.disk_space import DiskSpace, refuse_folder

LOOK_UP = "/v3/tasks/list"
PAGE = "<!doctype html><title>Sign in to the guest network</title>"


def test_an_expired_link_is_asked_for_again(stand_in: Stands, bench: Benches, clock: Clock) -> None:
    service = stand_in(link_life=20)
    workers = HeldWorkers(held={"download"})
    here = bench(service, workers=workers)
    job = here.submit()
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
    here.until(here.submit(), State.READY)
    assert len(service.ledger.sent("POST", LOOK_UP)) == 2


def test_a_download_that_breaks_off_goes_on_where_it_was(stand_in: Stands, bench: Benches) -> None:
    service = stand_in(model=None, filler_bytes=1 << 20)
    here = bench(service)
    service.fault(Fault(path="/results/", truncate=700_000))
    job = here.until(here.submit(), State.READY)
    first, second = service.ledger.sent("GET", "/results/")
    assert "range" not in first.headers
    assert second.headers["range"] == f"bytes={700_000 // CHUNK_BYTES * CHUNK_BYTES}-"
    assert job.model is not None
    assert job.model.stat().st_size == 1 << 20


def test_a_host_that_is_down_is_not_asked_for_the_same_link_for_ever(
    stand_in: Stands, bench: Benches
) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(Fault(path="/results/", status=503, times=7))
    here.until(here.submit(), State.READY, leaping=True)
    links = len(service.ledger.sent("POST", LOOK_UP))
    assert (links, len(service.ledger.sent("GET", "/results/"))) == (4, 8)
    assert here.paid_for() == 1


def test_a_host_that_is_down_for_an_hour_is_waited_for(
    stand_in: Stands, bench: Benches, clock: Clock
) -> None:
    service = stand_in()
    here = bench(service)
    began = clock.seconds
    service.fault(*[Fault(path="/results/", status=503)] * 70)
    here.until(here.submit(), State.READY, leaping=True)
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
    failed = here.until(here.submit(), State.FAILED)
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
    job = here.submit()
    here.until(job, State.RUNNING)
    downloads.rmdir()
    downloads.write_text("a file where the folder should be")
    here.until(job, State.DOWNLOADING)
    here.steps(30)
    waiting = here.now(job)
    assert waiting.state is State.DOWNLOADING
    assert waiting.trouble is not None
    assert waiting.trouble.kind is Kind.FOLDER
    assert "is a file" in waiting.trouble.sentence
    downloads.unlink()
    here.until(job, State.READY)
    assert here.paid_for() == 1


class Relinking(Wrapped):
    """Returns finished tasks with several links, of which the first ones are dead."""

    dead: tuple[str, ...] = ()

    def look_up(self, task_ids: Sequence[str]) -> Mapping[str, Task]:
        return {
            task_id: task.model_copy(
                update={"output": Output(models=(*self.dead, *task.output.models))}
            )
            for task_id, task in self.inner.look_up(task_ids).items()
        }


DEAD = "http://127.0.0.1:{port}/results/nothing/model.glb"


UNOPENED = ["http://files.example/model.glb", "ftp://files.example/model.glb", "no link at all"]


@pytest.mark.parametrize(("dead", "looks"), [(DEAD, 3), *((link, 1) for link in UNOPENED)])
def test_where_the_best_link_leads_nowhere_although_it_is_fresh_another_is_taken(
    stand_in: Stands, bench: Benches, dead: str, looks: int
) -> None:
    service = stand_in()
    link = dead.format(port=service.artifacts_url.rpartition(":")[2])
    here = bench(service, speak=type("Two", (Relinking,), {"dead": (link,)}))
    ready = here.until(here.submit(), State.READY, leaping=True)
    assert ready.model is not None
    assert len(service.ledger.sent("POST", LOOK_UP)) == looks
    assert here.paid_for() == 1


class OnlyUnopened(Wrapped):
    """Returns finished tasks with a link that is never opened, until the service replaces it."""

    link = ""

    def look_up(self, task_ids: Sequence[str]) -> Mapping[str, Task]:
        tasks = self.inner.look_up(task_ids)
        if not self.link:
            return tasks
        output = Output(models=(self.link,))
        return {key: task.model_copy(update={"output": output}) for key, task in tasks.items()}


@pytest.mark.parametrize("link", UNOPENED)
def test_a_link_that_is_never_opened_is_told_as_such_soon_and_stays_free_to_retry(
    stand_in: Stands, bench: Benches, link: str
) -> None:
    service = stand_in()
    here = bench(service, speak=OnlyUnopened)
    assert isinstance(here.dialect, OnlyUnopened)
    here.dialect.link = link
    failed = here.until(here.submit(), State.FAILED)
    assert (failed.failure, failed.retry_is_free) == (Failure.GAVE_UP, True)
    assert failed.trouble is not None
    assert failed.trouble.kind is Kind.LINK
    assert "The service returned a link" in describe(failed).detail
    assert link not in failed.trouble.report()
    assert len(service.ledger.sent("POST", LOOK_UP)) == 2
    here.dialect.link = ""
    second = here.engine.retry(failed.id)
    assert second is not None
    here.until(second, State.READY)
    assert here.paid_for() == 1


def test_a_file_server_that_leads_on_to_a_link_that_is_never_opened_is_told_as_such(
    stand_in: Stands, bench: Benches
) -> None:
    service = stand_in()
    here = bench(service)
    away = {"Location": "http://files.example/model.glb"}
    service.fault(Fault(path="/results/", status=302, headers=away, times=2))
    failed = here.until(here.submit(), State.FAILED)
    assert (failed.failure, failed.retry_is_free) == (Failure.GAVE_UP, True)
    assert "where it leads" in describe(failed).detail
    second = here.engine.retry(failed.id)
    assert second is not None
    here.until(second, State.READY)
    assert here.paid_for() == 1


def test_links_that_are_refused_for_ever_end_with_a_free_retry(
    stand_in: Stands, bench: Benches
) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(Fault(path="/results/", status=404, body="<Error/>", times=REFUSED_LINKS))
    failed = here.until(here.submit(), State.FAILED, leaping=True)
    assert (failed.failure, failed.retry_is_free) == (Failure.GAVE_UP, True)
    assert failed.trouble is not None
    assert "refuses every link" in failed.trouble.sentence
    second = here.engine.retry(failed.id)
    assert second is not None
    here.until(second, State.READY)
    assert here.paid_for() == 1


def test_a_file_that_cannot_be_used_is_never_fetched_anew_without_being_asked_for(
    stand_in: Stands, bench: Benches
) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(Fault(path="/results/", status=200, body=PAGE))
    failed = here.until(here.submit(), State.FAILED)
    seen = len(service.ledger.requests)
    assert here.engine.bring(failed.id, PLACE) is None
    here.steps(10)
    assert len(service.ledger.requests) == seen


def test_a_model_of_which_two_blenders_wrote_at_once_is_fetched_again(
    stand_in: Stands, bench: Benches, tmp_path: Path
) -> None:
    glb = small_glb(tmp_path / "large.glb", 1 << 20)
    with SlowHost(glb) as host:
        target = tmp_path / "model"

        def meddle(done: int, _total: int | None) -> None:
            if done == CHUNK_BYTES:
                with target.with_name("model.part").open("ab") as other:
                    other.write(b"what another Blender wrote" * CHUNK_BYTES)

        with pytest.raises(Transient):
            download(host.link, target, stop=lambda: False, progress=meddle, bounds=HERE)
        assert not target.exists()
        host.hurry.set()
        download(
            host.link, target, stop=lambda: False, progress=lambda _done, _total: None, bounds=HERE
        )
    assert target.read_bytes() == glb.read_bytes()


@pytest.mark.parametrize(
    "needed", [DiskSpace(downloads=1 << 62), DiskSpace(job_list=1 << 62)], ids=str
)
def test_a_disk_that_is_nearly_full_is_told_before_anything_is_sent(
    stand_in: Stands, bench: Benches, needed: DiskSpace
) -> None:
    service = stand_in()
    here = bench(service, room=needed)
    failed = here.until(here.submit(), State.FAILED)
    assert failed.failure is Failure.REJECTED
    assert failed.trouble is not None
    assert failed.trouble.kind is Kind.DISK
    assert "MB are free" in failed.trouble.detail
    assert "nothing was sent" in failed.trouble.detail
    assert service.ledger.sent("POST", "/") == ()
    assert "about to pay" not in entries(here.store, failed.id)


def test_a_download_folder_that_cannot_be_made_is_told_before_anything_is_sent(
    stand_in: Stands, bench: Benches, tmp_path: Path
) -> None:
    service = stand_in()
    here = bench(service)
    (here.folder / "downloads").write_text("a file where the folder should be")
    for request in (text(), image(tmp_path / "a.png")):
        failed = here.until(here.submit(request), State.FAILED)
        assert failed.trouble is not None
        assert failed.trouble.kind is Kind.FOLDER
        assert str(here.folder)[:60] in failed.trouble.detail
    assert service.ledger.sent("POST", "/") == ()


def test_a_download_folder_whose_path_would_become_too_long_is_told_before_anything_is_sent(
    stand_in: Stands, bench: Benches, tmp_path: Path
) -> None:
    deep = tmp_path.joinpath(*["x" * 90] * 10)
    deep.mkdir(parents=True)
    here = bench(stand_in())
    here.engine.folder = deep
    failed = here.until(here.submit(), State.FAILED)
    assert failed.trouble is not None
    assert failed.trouble.kind is Kind.FOLDER
    assert "the path of the download folder is too long" in failed.trouble.detail
    assert here.paid_for() == 0


def test_a_path_that_windows_would_not_open_is_known_by_its_length(tmp_path: Path) -> None:
    limit = PathLimit(WINDOWS.length(tmp_path) + 1 + 31, "characters")
    refused = refuse_folder(tmp_path, "the folder", 1, below=32, limit=limit)
    assert refused is not None
    assert refused.kind is Kind.FOLDER
    assert refuse_folder(tmp_path, "the folder", 1, below=31, limit=limit) is None


def test_looking_for_room_leaves_nothing_behind(tmp_path: Path) -> None:
    assert refuse_folder(tmp_path / "new", "downloads", 1) is None
    assert list((tmp_path / "new").iterdir()) == []
