"""A child that is started before it is needed and takes order after order.

Instead of Blender, a program takes orders as Blender's child does and says which process has
served; processes, pipes and signals are real.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.doubles import Clock
from tests.jobs.bench import PLACE, MakeBench, MakeStandIn, job_in
from tests.jobs.test_child_process import gone_soon, is_running, posix
from tripo_addon.api.errors import Stopped as StopAsked
from tripo_addon.api.tasks import CheckRig
from tripo_addon.jobs.model.dispatch import needs_child_soon
from tripo_addon.jobs.model.job import Landing, State
from tripo_addon.jobs.work.child_process import Died, Finished
from tripo_addon.jobs.work.conversion import Ended, run_order
from tripo_addon.jobs.work.converter import Converter
from tripo_addon.jobs.work.warm_child import ORDERS, WarmChild

PROGRAM = """
import json, os, shutil, signal, sys, time
from pathlib import Path
waits = sys.argv[1] == "--orders"
if waits and os.environ.get("STARTS"):
    open(os.environ["STARTS"], "a").write(f"{os.getpid()}\\n")
def carry_out(order, served):
    exec(order.get("script", ""))
    answer = {"ok": True, "pid": os.getpid(), "waits": waits, "served": served, "argv": sys.argv}
    answer.update(order.get("answer", {}))
    if "blend" in order:
        shutil.copy(order["source"], order["blend"])
    Path(order["result"] + ".part").write_text(json.dumps(answer))
    os.replace(order["result"] + ".part", order["result"])
if waits:
    for served, line in enumerate(open(0, "rb", closefd=False)):
        notice = json.loads(line)
        open(notice["log"], "w").close()
        carry_out(json.load(open(notice["order"])), served)
    shutil.rmtree(sys.argv[2], ignore_errors=True)
else:
    carry_out(json.load(open(sys.argv[1])), 0)
"""
UNUSABLE = {"ok": False, "failure": "file", "sentence": "It is bent."}


@pytest.fixture
def converter(tmp_path: Path) -> Converter:
    program = tmp_path / "takes_orders.py"
    program.write_text(PROGRAM)
    command = (sys.executable, str(program))
    return Converter(command, dict(os.environ), timeout=60.0, takes_orders=True)


@pytest.fixture
def warm() -> Iterator[WarmChild]:
    child = WarmChild()
    yield child
    child.end()


def never() -> bool:
    return False


def served(
    folder: Path, converter: Converter, warm: WarmChild, **order: object
) -> dict[str, object]:
    ended = carried_out(folder, converter, warm, **order)
    assert isinstance(ended, Finished), ended
    return ended.result


def carried_out(folder: Path, converter: Converter, warm: WarmChild, **order: object) -> Ended:
    folder.mkdir(exist_ok=True)
    return run_order(order, converter, folder, never, warm=warm)


def waiting(warm: WarmChild, converter: Converter, folder: Path) -> int:
    """Start a waiting child that has served nothing. Returns its process id."""
    known = folder / "starts"
    given = Converter(converter.command, {**converter.environment, "STARTS": str(known)})
    warm.prepare(given)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if known.exists() and known.read_text().endswith("\n"):
            return int(known.read_text().split()[-1])
        time.sleep(0.01)
    raise AssertionError("no child was started")


def test_one_child_carries_out_two_orders_in_a_row(
    tmp_path: Path, converter: Converter, warm: WarmChild
) -> None:
    warm.prepare(converter)
    one, two = (served(tmp_path / name, converter, warm) for name in ("one", "two"))
    assert (one["waits"], one["served"], two["served"]) == (True, 0, 1)
    assert one["pid"] == two["pid"]
    assert {each.name for each in (tmp_path / "two").iterdir()} == {
        "order.json",
        "result.json",
        "convert.log",
    }


def test_without_a_warm_child_a_fresh_one_runs_and_ends(
    tmp_path: Path, converter: Converter, warm: WarmChild
) -> None:
    result = served(tmp_path / "one", converter, warm)
    assert result["waits"] is False
    assert gone_soon(int(str(result["pid"])))


@posix
def test_child_killed_between_two_orders_is_replaced(
    tmp_path: Path, converter: Converter, warm: WarmChild
) -> None:
    warm.prepare(converter)
    first = int(str(served(tmp_path / "one", converter, warm)["pid"]))
    os.kill(first, signal.SIGKILL)
    second = served(tmp_path / "two", converter, warm)
    assert (second["waits"], second["pid"] == first) == (False, False)
    warm.prepare(converter)
    assert served(tmp_path / "three", converter, warm)["waits"] is True


@posix
def test_crash_of_an_unused_warm_child_is_reported_like_any_other(
    tmp_path: Path, converter: Converter, warm: WarmChild
) -> None:
    warm.prepare(converter)
    ended = carried_out(tmp_path / "one", converter, warm, script="os.kill(os.getpid(), 9)")
    assert isinstance(ended, Died)
    assert ended.why == "SIGKILL"


@posix
def test_order_that_crashes_a_used_child_is_retried_in_a_fresh_one(
    tmp_path: Path, converter: Converter, warm: WarmChild
) -> None:
    warm.prepare(converter)
    served(tmp_path / "one", converter, warm)
    result = served(tmp_path / "two", converter, warm, script="waits and os.kill(os.getpid(), 9)")
    assert result["waits"] is False


def test_failure_of_a_used_child_counts_only_if_a_fresh_one_fails_too(
    tmp_path: Path, converter: Converter, warm: WarmChild
) -> None:
    warm.prepare(converter)
    first = served(tmp_path / "one", converter, warm)
    bent = served(tmp_path / "two", converter, warm, answer=UNUSABLE)
    assert (bent["ok"], bent["sentence"], bent["waits"]) == (False, "It is bent.", False)
    assert gone_soon(int(str(first["pid"])))
    warm.prepare(converter)
    third = served(tmp_path / "three", converter, warm)
    assert (third["ok"], third["waits"], third["served"]) == (True, True, 0)


@posix
def test_child_that_hangs_before_its_order_is_ended_and_replaced(
    tmp_path: Path, converter: Converter
) -> None:
    warm = WarmChild(patience=0.3)
    hung = waiting(warm, converter, tmp_path)
    os.kill(hung, signal.SIGSTOP)
    given = Converter(
        converter.command, {**converter.environment, "STARTS": str(tmp_path / "starts")}
    )
    assert served(tmp_path / "one", given, warm)["waits"] is False
    assert gone_soon(hung)


def test_stop_ends_the_child_with_its_order(
    tmp_path: Path, converter: Converter, warm: WarmChild
) -> None:
    warm.prepare(converter)
    child = int(str(served(tmp_path / "one", converter, warm)["pid"]))
    begun = tmp_path / "begun"
    order = {"script": f"Path({str(begun)!r}).touch(); time.sleep(60)"}
    (tmp_path / "two").mkdir()
    with pytest.raises(StopAsked):
        run_order(order, converter, tmp_path / "two", begun.exists, warm=warm)
    assert gone_soon(child)


def test_child_started_with_another_environment_is_not_used(
    tmp_path: Path, converter: Converter, warm: WarmChild
) -> None:
    warm.prepare(converter)
    former = int(str(served(tmp_path / "one", converter, warm)["pid"]))
    now = Converter(converter.command, {**converter.environment, "ANOTHER": "key was entered"})
    assert served(tmp_path / "two", now, warm)["waits"] is False
    assert gone_soon(former)


def test_child_is_replaced_after_long_use_or_with_much_memory(
    tmp_path: Path, converter: Converter, warm: WarmChild
) -> None:
    warm.prepare(converter)
    pids = {served(tmp_path / "one", converter, warm)["pid"] for _ in range(ORDERS)}
    assert len(pids) == 1
    warm.prepare(converter)
    assert served(tmp_path / "one", converter, warm)["pid"] not in pids
    small = WarmChild(most_held=1)
    small.prepare(converter)
    assert served(tmp_path / "two", converter, small)["waits"] is False


def test_unneeded_child_ends_and_leaves_no_files(
    tmp_path: Path, converter: Converter, warm: WarmChild
) -> None:
    warm.prepare(converter)
    result = served(tmp_path / "one", converter, warm)
    argv = result["argv"]
    assert isinstance(argv, list)
    scratch = Path(str(argv[2]))
    assert scratch.is_dir()
    warm.end()
    assert gone_soon(int(str(result["pid"])))
    assert not scratch.exists()


BLENDER = """
import sys, threading
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.jobs.test_warm_child import waiting
from tripo_addon.jobs.work.converter import Converter
from tripo_addon.jobs.work.warm_child import WarmChild
import os
converter = Converter({command!r}, dict(os.environ), takes_orders=True)
warm = WarmChild()
print(waiting(warm, converter, Path({folder!r})), flush=True)
threading.Event().wait()
"""


@posix
def test_killed_blender_leaves_no_child(tmp_path: Path, converter: Converter) -> None:
    root = str(Path(__file__).resolve().parents[2])
    code = BLENDER.format(root=root, command=converter.command, folder=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as blender:
        assert blender.stdout is not None
        child = int(blender.stdout.readline())
        assert is_running(child)
        blender.kill()
        blender.wait()
    assert gone_soon(child)


def starts(folder: Path) -> list[int]:
    path = folder / "starts"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def test_warm_child_lives_from_nearly_done_task_to_minute_after_last(
    stand_in: MakeStandIn,
    bench: MakeBench,
    tmp_path: Path,
    clock: Clock,
    converter: Converter,
) -> None:
    variables = {**converter.environment, "STARTS": str(tmp_path / "starts")}
    given = Converter(converter.command, variables, timeout=60.0, takes_orders=True)
    here = bench(stand_in(seconds=300), converter=given)
    jobs = [here.submit(), here.submit()]
    while here.now(jobs[0]).progress < 50:
        here.step()
    assert starts(tmp_path) == []
    blends = [here.until(job, State.READY).blend for job in jobs]
    results = [json.loads(Path(str(each)).with_name("result.json").read_text()) for each in blends]
    (child,) = starts(tmp_path)
    assert [(each["pid"], each["served"]) for each in results] == [(child, 0), (child, 1)]
    clock.seconds += 59
    here.step()
    assert is_running(child)
    clock.seconds += 2
    here.step()
    assert gone_soon(child)


def test_warm_child_ends_with_its_engine(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path, converter: Converter
) -> None:
    variables = {**converter.environment, "STARTS": str(tmp_path / "starts")}
    given = Converter(converter.command, variables, timeout=60.0, takes_orders=True)
    here = bench(stand_in(), converter=given)
    here.until(here.submit(), State.READY)
    (child,) = starts(tmp_path)
    assert is_running(child)
    here.engine.shutdown()
    assert gone_soon(child)


FILES_ONLY = replace(PLACE, landing=Landing.DOWNLOAD)
SOON = {
    "runs, and half is done in ten seconds": (True, State.RUNNING, {"progress": 50}),
    "runs, and a tenth is done in ten seconds": (False, State.RUNNING, {"progress": 10}),
    "runs, and nobody knows how long": (False, State.RUNNING, {"progress": 0}),
    "comes down": (True, State.DOWNLOADING, {}),
    "comes down as files alone": (False, State.DOWNLOADING, {"placement": FILES_ONLY}),
    "makes no model": (False, State.DOWNLOADING, {"request": CheckRig(source_task="task-0")}),
    "waits for its turn": (True, State.CONVERTING, {}),
    "is prepared": (False, State.READY, {}),
}


@pytest.mark.parametrize("case", SOON)
def test_nearly_done_jobs_need_a_child_soon(case: str) -> None:
    soon, state, fields = SOON[case]
    assert needs_child_soon(job_in(state, entered=100.0, **fields), 110.0) is soon
