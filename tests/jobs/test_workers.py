"""Real threads: lanes, order, and how they end."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from tripo_addon.jobs.engine.workers import LANES, Pending, ThreadWorkers

TIMEOUT = 10.0


@pytest.fixture
def workers() -> Iterator[ThreadWorkers]:
    made = ThreadWorkers({"service": 3, "store": 1, "idle": 2})
    yield made
    assert made.shutdown(patience=TIMEOUT)


def ours() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("tripo_addon ")]


CLOSED_PIPE = """
import os, signal
from tripo_addon.jobs.engine.workers import ThreadWorkers
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
reading, writing = os.pipe()
os.close(reading)
def write():
    try:
        os.write(writing, b"too late")
    except BrokenPipeError:
        return "an error"
workers = ThreadWorkers({"service": 1})
print(workers.ask("service", write).value(patience=10.0))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGPIPE")
def test_closed_pipe_raises_an_error_and_does_not_end_blender() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CLOSED_PIPE],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "an error\n"), done.stderr


def test_work_runs_outside_the_calling_thread(workers: ThreadWorkers) -> None:
    ran_on = workers.ask("service", threading.current_thread).value(patience=TIMEOUT)
    assert ran_on is not None
    assert ran_on is not threading.current_thread()
    assert ran_on.name == "tripo_addon service 1"


def test_threads_are_daemons_so_a_hung_connection_cannot_block_exit(
    workers: ThreadWorkers,
) -> None:
    ran_on = workers.ask("store", threading.current_thread).value(patience=TIMEOUT)
    assert ran_on is not None
    assert ran_on.daemon


def test_no_thread_starts_without_work(workers: ThreadWorkers) -> None:
    before = len(ours())
    workers.ask("store", lambda: None).value(patience=TIMEOUT)
    assert len(ours()) == before + 1


def test_lane_of_one_keeps_the_order(workers: ThreadWorkers) -> None:
    seen: list[int] = []
    for number in range(500):
        workers.start("store", lambda number=number: seen.append(number))
    workers.ask("store", lambda: True).value(patience=TIMEOUT)
    assert seen == list(range(500))


def test_lane_respects_its_thread_limit(workers: ThreadWorkers) -> None:
    names = [workers.ask("service", threading.current_thread) for _ in range(60)]
    threads = {pending.value(patience=TIMEOUT) for pending in names}
    assert 1 <= len(threads) <= 3


def test_lane_runs_several_items_at_once(workers: ThreadWorkers) -> None:
    together = threading.Barrier(3, timeout=TIMEOUT)
    met = [workers.ask("service", lambda: together.wait() >= 0) for _ in range(3)]
    assert all(pending.value(patience=TIMEOUT) for pending in met)


def test_busy_lane_does_not_block_another(workers: ThreadWorkers) -> None:
    gate = threading.Event()
    for _ in range(3):
        workers.start("service", lambda: _opened(gate))
    assert workers.ask("store", lambda: "written").value(patience=TIMEOUT) == "written"
    gate.set()


def test_unknown_lane_is_a_programming_error(workers: ThreadWorkers) -> None:
    with pytest.raises(KeyError):
        workers.start("laundry", lambda: None)


def test_shutdown_comes_after_all_submitted_work() -> None:
    workers, gate = ThreadWorkers({"store": 1}), threading.Event()
    seen: list[int] = []
    workers.start("store", lambda: _opened(gate))
    for number in range(20):
        workers.start("store", lambda number=number: seen.append(number))
    gate.set()
    assert workers.shutdown(patience=TIMEOUT)
    assert seen == list(range(20))


def test_every_thread_has_ended_after_shutdown() -> None:
    before = set(ours())
    workers = ThreadWorkers()
    together = threading.Barrier(LANES["service"], timeout=TIMEOUT)
    for _ in range(LANES["service"]):
        workers.start("service", lambda: _met(together))
    workers.start("store", lambda: None)
    assert workers.shutdown(patience=TIMEOUT)
    for thread in set(ours()) - before:
        thread.join(TIMEOUT)
    assert set(ours()) <= before


def test_hung_worker_is_abandoned_and_reported() -> None:
    workers, gate = ThreadWorkers({"service": 1}), threading.Event()
    workers.start("service", lambda: _opened(gate))
    assert workers.shutdown(patience=0.05) is False
    gate.set()
    assert workers.shutdown(patience=TIMEOUT) is True


def test_unused_workers_shut_down_at_once() -> None:
    assert ThreadWorkers().shutdown(patience=0.0)


def test_result_is_absent_until_set() -> None:
    pending: Pending[str] = Pending()
    assert pending.value() is None
    assert pending.value(patience=0.01) is None
    pending.set_result("the value")
    assert pending.value() == "the value"
    assert pending.value(patience=TIMEOUT) == "the value"


def test_waiting_thread_gets_the_result_as_soon_as_it_is_set(workers: ThreadWorkers) -> None:
    gate = threading.Event()
    pending = workers.ask("service", lambda: (_opened(gate), "the value")[1])
    assert pending.value() is None
    gate.set()
    assert pending.value(patience=TIMEOUT) == "the value"


def _opened(gate: threading.Event) -> None:
    assert gate.wait(TIMEOUT)


def _met(together: threading.Barrier) -> None:
    together.wait()


def test_shutdown_waits_longer_for_writes_to_the_list() -> None:
    workers, written, hung = ThreadWorkers(), threading.Event(), threading.Event()

    def write() -> None:
        time.sleep(0.3)  # Longer than the shutdown waits for everything else
        written.set()

    def hang() -> None:
        hung.wait(30)

    workers.start("service", hang)
    workers.start("store", write)
    assert not workers.shutdown(patience=0.05)
    assert written.is_set()
    hung.set()
