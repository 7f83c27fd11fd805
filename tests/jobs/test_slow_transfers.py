"""Services and file hosts that never finish: they delay nothing else, and stop when told."""

from __future__ import annotations

import socket
from pathlib import Path
from threading import Event

from tests.api.hosts import RawHost, RawRequest, reply
from tests.doubles import Clock
from tests.jobs.bench import PLACE, Bench, MakeBench, MakeStandIn, text
from tests.jobs.test_cancel import TIMEOUT, LinkedElsewhere, cancelled, relink
from tripo_addon.api.errors import Kind
from tripo_addon.api.services.tripo_v3 import connect
from tripo_addon.jobs.engine.workers import LANES, ThreadWorkers
from tripo_addon.jobs.model.description import describe
from tripo_addon.jobs.model.job import Failure, Job, State
from tripo_addon.jobs.model.recipes import Step
from tripo_addon.jobs.work.disk_space import DiskSpace

SLOW_ACCOUNT = "a slow service"


class SlowSender:
    """Answers with a byte now and then; counts its connections."""

    def __init__(self) -> None:
        self.enough = Event()

    def __call__(self, connection: socket.socket, _request: RawRequest) -> None:
        connection.sendall(reply(200, Content_Length="1000000"))
        while not self.enough.wait(0.01):
            connection.sendall(b"x")


def wait_for(here: Bench, host: RawHost, count: int) -> None:
    while len(host.requests) < count:
        here.step()


def test_service_with_slow_answers_blocks_no_other(stand_in: MakeStandIn, bench: MakeBench) -> None:
    drip = SlowSender()
    with RawHost(drip) as host:
        here = bench(stand_in(), workers=ThreadWorkers(), pause=0.002)
        here.engine.connect(SLOW_ACCOUNT, connect(host.url, "tsk_standin"))
        step = Step(request=text(), title="a chest", placement=PLACE)
        stuck = [here.engine.submit(SLOW_ACCOUNT, (step,))[0] for _ in range(2 * LANES["service"])]
        wait_for(here, host, LANES["service"])
        here.until(here.submit(), State.READY, most=100_000)
        assert here.now(stuck[0]).state is State.SUBMITTING
        drip.enough.set()


def test_canceled_slow_downloads_free_their_workers(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    drip = SlowSender()
    with RawHost(drip) as host:
        here = bench(stand_in(), workers=ThreadWorkers(), pause=0.002, speak=LinkedElsewhere)
        relink(here, host.url)
        jobs = [here.submit() for _ in range(LANES["download"])]
        wait_for(here, host, len(jobs))
        for job in jobs:
            cancelled(here, job)
        # They end although the host continues.
        assert here.workers.shutdown(patience=TIMEOUT)
        drip.enough.set()


def fetched_from(
    host: RawHost, stand_in: MakeStandIn, bench: MakeBench, room: DiskSpace
) -> tuple[Bench, Job]:
    here = bench(stand_in(), speak=LinkedElsewhere, room=room)
    relink(here, host.url)
    return here, here.submit()


def test_too_large_file_is_requested_again_once_then_fails(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    def huge(connection: socket.socket, _request: RawRequest) -> None:
        connection.sendall(reply(200, b"glTF", Content_Length="90000000000"))

    with RawHost(huge) as host:
        here, job = fetched_from(host, stand_in, bench, DiskSpace(downloads=1, job_list=1))
        job = here.until(job, State.FAILED)
        assert len(host.requests) == 2
    assert (job.failure, job.retry_is_free) == (Failure.GAVE_UP, True)
    assert "90000 MB" in describe(job).detail
    assert not list((here.folder / "downloads").rglob("*.part"))


def test_download_leaves_free_disk_space_and_says_so(
    stand_in: MakeStandIn, bench: MakeBench, clock: Clock, tmp_path: Path
) -> None:
    with RawHost(lambda line, _request: line.sendall(reply(200, bytes(1000)))) as host:
        room = DiskSpace(downloads=1, job_list=1, spare=1 << 62)
        here, job = fetched_from(host, stand_in, bench, room)
        while not here.now(job).attempt:
            here.step()
        waiting = here.now(job)
    assert waiting.state is State.DOWNLOADING
    assert waiting.trouble is not None
    assert waiting.trouble.kind is Kind.DISK
    assert "stay free" in describe(waiting).detail
    assert not [each for each in (here.folder / "downloads").rglob("*.part") if each.stat().st_size]


def test_download_of_unknown_length_shows_received_bytes(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    gate = Event()

    def some(connection: socket.socket, _request: RawRequest) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(3_500_000))
        gate.wait(TIMEOUT)

    with RawHost(some) as host:
        here = bench(stand_in(), workers=ThreadWorkers(), pause=0.002, speak=LinkedElsewhere)
        relink(here, host.url)
        job = here.submit()
        while "3 MB so far" not in describe(here.now(job)).detail:
            here.step()
        assert here.now(job).state is State.DOWNLOADING
        cancelled(here, job)
        gate.set()
