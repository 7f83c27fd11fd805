"""Real threads: lanes, order, and how they end."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from tripo_addon.jobs.engine.workers import LANES, Pending, ThreadWorkers

PATIENCE = 10.0


@pytest.fixture
def workers() -> Iterator[ThreadWorkers]:
    made = ThreadWorkers({"service": 3, "store": 1, "idle": 2})
    yield made
    assert made.shutdown(patience=PATIENCE)


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
def test_a_closed_pipe_does_not_end_a_blender_that_does_not_ignore_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CLOSED_PIPE],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "an error\n"), done.stderr


def test_work_runs_beside_the_thread_that_hands_it_over(workers: ThreadWorkers) -> None:
    ran_on = workers.ask("service", threading.current_thread).value(patience=PATIENCE)
    assert ran_on is not None
    assert ran_on is not threading.current_thread()
    assert ran_on.name == "tripo_addon service 1"


def test_threads_are_daemons_so_that_a_hanging_connection_cannot_keep_blender_open(
    workers: ThreadWorkers,
) -> None:
    ran_on = workers.ask("store", threading.current_thread).value(patience=PATIENCE)
    assert ran_on is not None
    assert ran_on.daemon


def test_no_thread_starts_before_there_is_work(workers: ThreadWorkers) -> None:
    before = len(ours())
    workers.ask("store", lambda: None).value(patience=PATIENCE)
    assert len(ours()) == before + 1


def test_a_lane_of_one_keeps_the_order(workers: ThreadWorkers) -> None:
    seen: list[int] = []
    for number in range(500):
        workers.start("store", lambda number=number: seen.append(number))
    workers.ask("store", lambda: True).value(patience=PATIENCE)
    assert seen == list(range(500))


def test_a_lane_has_no_more_threads_than_it_may(workers: ThreadWorkers) -> None:
    names = [workers.ask("service", threading.current_thread) for _ in range(60)]
    threads = {pending.value(patience=PATIENCE) for pending in names}
    assert 1 <= len(threads) <= 3


def test_a_lane_works_on_several_things_at_once(workers: ThreadWorkers) -> None:
    together = threading.Barrier(3, timeout=PATIENCE)
    met = [workers.ask("service", lambda: together.wait() >= 0) for _ in range(3)]
    assert all(pending.value(patience=PATIENCE) for pending in met)


def test_a_busy_lane_does_not_hold_up_another(workers: ThreadWorkers) -> None:
    gate = threading.Event()
    for _ in range(3):
        workers.start("service", lambda: _opened(gate))
    assert workers.ask("store", lambda: "written").value(patience=PATIENCE) == "written"
    gate.set()


def test_an_unknown_lane_is_an_error_of_ours(workers: ThreadWorkers) -> None:
    with pytest.raises(KeyError):
        workers.start("laundry", lambda: None)


def test_the_end_comes_after_all_that_was_handed_over() -> None:
    workers, gate = ThreadWorkers({"store": 1}), threading.Event()
    seen: list[int] = []
    workers.start("store", lambda: _opened(gate))
    for number in range(20):
        workers.start("store", lambda number=number: seen.append(number))
    gate.set()
    assert workers.shutdown(patience=PATIENCE)
    assert seen == list(range(20))


def test_every_thread_has_ended_when_the_shutdown_says_so() -> None:
    before = set(ours())
    workers = ThreadWorkers()
    together = threading.Barrier(LANES["service"], timeout=PATIENCE)
    for _ in range(LANES["service"]):
        workers.start("service", lambda: _met(together))
    workers.start("store", lambda: None)
    assert workers.shutdown(patience=PATIENCE)
    for thread in set(ours()) - before:
        thread.join(PATIENCE)
    assert set(ours()) <= before


def test_a_hanging_worker_is_left_behind_and_said() -> None:
    workers, gate = ThreadWorkers({"service": 1}), threading.Event()
    workers.start("service", lambda: _opened(gate))
    assert workers.shutdown(patience=0.05) is False
    gate.set()
    assert workers.shutdown(patience=PATIENCE) is True


def test_workers_that_never_worked_end_at_once() -> None:
    assert ThreadWorkers().shutdown(patience=0.0)


def test_nothing_is_there_until_it_is_settled() -> None:
    pending: Pending[str] = Pending()
    assert pending.value() is None
    assert pending.value(patience=0.01) is None
    pending.set_result("the value")
    assert pending.value() == "the value"
    assert pending.value(patience=PATIENCE) == "the value"


def test_whoever_waits_gets_the_value_as_soon_as_it_is_there(workers: ThreadWorkers) -> None:
    gate = threading.Event()
    pending = workers.ask("service", lambda: (_opened(gate), "the value")[1])
    assert pending.value() is None
    gate.set()
    assert pending.value(patience=PATIENCE) == "the value"


def _opened(gate: threading.Event) -> None:
    assert gate.wait(PATIENCE)


def _met(together: threading.Barrier) -> None:
    together.wait()


def test_a_shutdown_waits_longer_for_what_the_list_must_know() -> None:
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
