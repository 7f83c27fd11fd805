"""The download of a model: links that expire, hosts that fail, files that are no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.api.outcomes import LOCAL_BOUNDS
from tests.doubles import Clock, HeldWorkers, SlowHost
from tests.jobs.bench import (
    PLACE,
    MakeBench,
    MakeStandIn,
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


def test_expired_link_is_requested_again(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
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
def test_every_link_refusal_requests_a_fresh_link(
    stand_in: MakeStandIn, bench: MakeBench, status: int
) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(Fault(path="/results/", status=status, body="<Error/>"))
    here.until(here.submit(), State.READY)
    assert len(service.ledger.sent("POST", LOOK_UP)) == 2


def test_interrupted_download_resumes(stand_in: MakeStandIn, bench: MakeBench) -> None:
    service = stand_in(model=None, filler_bytes=1 << 20)
    here = bench(service)
    service.fault(Fault(path="/results/", truncate=700_000))
    job = here.until(here.submit(), State.READY)
    first, second = service.ledger.sent("GET", "/results/")
    assert "range" not in first.headers
    assert second.headers["range"] == f"bytes={700_000 // CHUNK_BYTES * CHUNK_BYTES}-"
    assert job.model is not None
    assert job.model.stat().st_size == 1 << 20


def test_host_that_is_down_gets_a_limited_number_of_tries_per_link(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(Fault(path="/results/", status=503, times=7))
    here.until(here.submit(), State.READY, leaping=True)
    links = len(service.ledger.sent("POST", LOOK_UP))
    assert (links, len(service.ledger.sent("GET", "/results/"))) == (4, 8)
    assert here.paid_for() == 1


def test_download_waits_for_a_host_that_is_down_for_an_hour(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock
) -> None:
    service = stand_in()
    here = bench(service)
    began = clock.seconds
    service.fault(*[Fault(path="/results/", status=503)] * 70)
    here.until(here.submit(), State.READY, leaping=True)
    assert clock.seconds > began + 3600
    assert here.paid_for() == 1


@pytest.mark.parametrize("bytes_served", [b"", PAGE.encode(), b"glTF", None], ids=repr)
def test_file_that_is_no_model_is_kept_and_downloaded_again_free(
    stand_in: MakeStandIn, bench: MakeBench, glb: Path, bytes_served: bytes | None
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


def test_unwritable_download_folder_is_shown_and_waited_for(
    stand_in: MakeStandIn, bench: MakeBench
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


class DeadLinksFirst(Wrapped):
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
def test_fresh_but_dead_best_link_falls_back_to_another(
    stand_in: MakeStandIn, bench: MakeBench, dead: str, looks: int
) -> None:
    service = stand_in()
    link = dead.format(port=service.artifacts_url.rpartition(":")[2])
    here = bench(service, speak=type("Two", (DeadLinksFirst,), {"dead": (link,)}))
    ready = here.until(here.submit(), State.READY, leaping=True)
    assert ready.model is not None
    assert len(service.ledger.sent("POST", LOOK_UP)) == looks
    assert here.paid_for() == 1


class UnopenableLink(Wrapped):
    """Returns finished tasks with a link that is never opened, until the service replaces it."""

    link = ""

    def look_up(self, task_ids: Sequence[str]) -> Mapping[str, Task]:
        tasks = self.inner.look_up(task_ids)
        if not self.link:
            return tasks
        output = Output(models=(self.link,))
        return {key: task.model_copy(update={"output": output}) for key, task in tasks.items()}


@pytest.mark.parametrize("link", UNOPENED)
def test_link_that_may_not_be_opened_fails_soon_with_free_retry(
    stand_in: MakeStandIn, bench: MakeBench, link: str
) -> None:
    service = stand_in()
    here = bench(service, speak=UnopenableLink)
    assert isinstance(here.dialect, UnopenableLink)
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


def test_redirect_to_a_link_that_may_not_be_opened_fails_with_reason(
    stand_in: MakeStandIn, bench: MakeBench
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


def test_links_refused_repeatedly_fail_with_a_free_retry(
    stand_in: MakeStandIn, bench: MakeBench
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


def test_unusable_file_is_downloaded_again_only_on_request(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    here = bench(service)
    service.fault(Fault(path="/results/", status=200, body=PAGE))
    failed = here.until(here.submit(), State.FAILED)
    seen = len(service.ledger.requests)
    assert here.engine.bring(failed.id, PLACE) is None
    here.steps(10)
    assert len(service.ledger.requests) == seen


def test_model_written_by_two_blenders_at_once_is_downloaded_again(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    glb = small_glb(tmp_path / "large.glb", 1 << 20)
    with SlowHost(glb) as host:
        target = tmp_path / "model"

        def meddle(done: int, _total: int | None) -> None:
            if done == CHUNK_BYTES:
                with target.with_name("model.part").open("ab") as other:
                    other.write(b"what another Blender wrote" * CHUNK_BYTES)

        with pytest.raises(Transient):
            download(host.link, target, stop=lambda: False, progress=meddle, bounds=LOCAL_BOUNDS)
        assert not target.exists()
        host.hurry.set()
        download(
            host.link,
            target,
            stop=lambda: False,
            progress=lambda _done, _total: None,
            bounds=LOCAL_BOUNDS,
        )
    assert target.read_bytes() == glb.read_bytes()


@pytest.mark.parametrize(
    "needed", [DiskSpace(downloads=1 << 62), DiskSpace(job_list=1 << 62)], ids=str
)
def test_nearly_full_disk_is_reported_before_sending(
    stand_in: MakeStandIn, bench: MakeBench, needed: DiskSpace
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


def test_download_folder_that_cannot_be_made_is_reported_before_sending(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
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


def test_too_long_download_path_is_reported_before_sending(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
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


def test_path_too_long_for_windows_is_detected(tmp_path: Path) -> None:
    limit = PathLimit(WINDOWS.length(tmp_path) + 1 + 31, "characters")
    refused = refuse_folder(tmp_path, "the folder", 1, below=32, limit=limit)
    assert refused is not None
    assert refused.kind is Kind.FOLDER
    assert refuse_folder(tmp_path, "the folder", 1, below=31, limit=limit) is None


def test_check_for_disk_space_leaves_no_files(tmp_path: Path) -> None:
    assert refuse_folder(tmp_path / "new", "downloads", 1) is None
    assert list((tmp_path / "new").iterdir()) == []
