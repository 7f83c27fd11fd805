import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tripo_addon.jobs.work import child_process, memory
from tripo_addon.jobs.work.child_process import (
    ChildResult,
    Died,
    Exhausted,
    Finished,
    NotStarted,
    Stopped,
    TimedOut,
)

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and sessions are POSIX")
RESULT = "import json, os, sys; from pathlib import Path; result = Path(sys.argv[1])\n"


def never() -> bool:
    return False


def run(
    folder: Path,
    code: str,
    *,
    stop: Callable[[], bool] = never,
    timeout: float = 60.0,
    environment: dict[str, str] | None = None,
    memory: int | None = None,
) -> ChildResult:
    result = folder / "result.json"
    return child_process.run_child(
        (sys.executable, "-c", RESULT + code, str(result)),
        environment=dict(os.environ) if environment is None else environment,
        result=result,
        stop=stop,
        timeout=timeout,
        log=folder / "log.txt",
        memory=memory,
    )


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def gone_soon(pid: int) -> bool:
    return any(not is_running(pid) or threading.Event().wait(0.1) for _ in range(300))


def test_result_file_is_returned(tmp_path: Path) -> None:
    ended = run(tmp_path, "result.write_text(json.dumps({'ok': True, 'faces': 3}))")
    assert ended == Finished({"ok": True, "faces": 3})


def test_result_of_an_earlier_run_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text('{"ok": true}', encoding="utf-8")
    ended = run(tmp_path, "print('nothing done')")
    assert ended == Died("exit code 0", 0, ("nothing done",))


GROWS = """
print(os.getpid(), flush=True)
held = []
while True:
    held.append(bytearray(b"x" * 2**24))
"""


def test_child_over_its_memory_limit_is_stopped(tmp_path: Path) -> None:
    ended = run(tmp_path, GROWS, memory=200 * 2**20)
    assert isinstance(ended, Exhausted)
    assert ended.limit == 200 * 2**20
    assert gone_soon(int(ended.last_lines[0]))


def test_process_memory_and_free_memory_are_measured() -> None:
    before = memory.held_by(os.getpid())
    ballast = bytearray(b"x" * 2**26)
    after = memory.held_by(os.getpid())
    free, spare = memory.available(), memory.spare()
    assert before is not None
    assert after is not None
    assert after - before >= len(ballast) * 0.9
    assert free is not None
    assert spare is not None
    assert 2**20 < free < 2**50
    assert spare >= 2**30


@pytest.mark.parametrize("content", ["", "[1]", '{"ok": tr'])
def test_result_that_is_no_json_object_is_rejected(content: str, tmp_path: Path) -> None:
    ended = run(tmp_path, f"result.write_text({content!r})")
    assert isinstance(ended, Died)


def test_exit_is_reported_with_code_and_last_output(tmp_path: Path) -> None:
    ended = run(tmp_path, "print('one', flush=True)\nraise KeyError('two')")
    assert isinstance(ended, Died)
    assert (ended.why, ended.code) == ("exit code 1", 1)
    assert ended.last_lines[0] == "one"
    assert ended.last_lines[-1] == "KeyError: 'two'"


@posix
def test_crash_is_reported_with_its_signal(tmp_path: Path) -> None:
    ended = run(tmp_path, "os.kill(os.getpid(), 11)")
    assert isinstance(ended, Died)
    assert (ended.why, ended.code) == ("SIGSEGV", -signal.SIGSEGV)


@posix
def test_crash_after_the_result_is_no_failure(tmp_path: Path) -> None:
    ended = run(tmp_path, "result.write_text('{}'); os.kill(os.getpid(), 11)")
    assert ended == Finished({})


@pytest.mark.slow
def test_hang_after_the_result_is_no_failure_and_ends_soon(tmp_path: Path) -> None:
    ended = run(tmp_path, "result.write_text('{}'); import threading; threading.Event().wait()")
    assert ended == Finished({})


def test_missing_program_is_reported_as_not_started(tmp_path: Path) -> None:
    ended = child_process.run_child(
        (str(tmp_path / "no-blender"),),
        environment={},
        result=tmp_path / "result.json",
        stop=never,
        timeout=60.0,
        log=tmp_path / "log.txt",
    )
    assert isinstance(ended, NotStarted)
    assert "no-blender" in ended.reason


def test_unwritable_log_is_reported_and_not_raised(tmp_path: Path) -> None:
    ended = child_process.run_child(
        (sys.executable, "-c", ""),
        environment=dict(os.environ),
        result=tmp_path / "result.json",
        stop=never,
        timeout=60.0,
        log=tmp_path / "no folder" / "log.txt",
    )
    assert isinstance(ended, NotStarted)


def test_large_output_does_not_block_the_child(tmp_path: Path) -> None:
    code = "sys.stdout.write('x' * 5_000_000); sys.stderr.write('y' * 5_000_000)\n"
    ended = run(tmp_path, code + "result.write_text('{}')")
    assert ended == Finished({})
    assert (tmp_path / "log.txt").stat().st_size == 10_000_000


def test_child_times_out(tmp_path: Path) -> None:
    ended = run(tmp_path, "import threading; threading.Event().wait()", timeout=1.0)
    assert ended == TimedOut(1.0, ())


def test_stop_ends_the_command_even_with_a_result(tmp_path: Path) -> None:
    began = tmp_path / "began"
    ended = run(
        tmp_path,
        f"Path({str(began)!r}).touch(); import threading; threading.Event().wait()",
        stop=began.exists,
    )
    assert ended == Stopped()


@posix
def test_stop_ends_grandchildren_too(tmp_path: Path) -> None:
    id_file = tmp_path / "grandchild"
    code = f"""
import signal, subprocess
signal.signal(signal.SIGTERM, signal.SIG_IGN)
deaf = "import signal, threading; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
deaf += "print(flush=True); threading.Event().wait()"
other = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
other.stdout.readline()
part = Path({str(id_file)!r} + ".part")
part.write_text(f"{{os.getpid()}} {{other.pid}}")
part.replace({str(id_file)!r})
other.wait()
"""
    ended = run(tmp_path, code, stop=id_file.exists)
    assert ended == Stopped()
    for pid in map(int, id_file.read_text().split()):
        # The kill is sent, not awaited, for all but the command itself.
        assert gone_soon(pid)


@posix
def test_command_runs_at_low_priority_in_its_own_session(
    tmp_path: Path,
) -> None:
    # The priority is set just after the start: the child waits until it is.
    code = """
import threading
while os.getpriority(os.PRIO_PROCESS, 0) < 10: threading.Event().wait(0.01)
result.write_text(json.dumps({"session": os.getsid(0) == os.getpid()}))
"""
    assert run(tmp_path, code) == Finished({"session": True})


def test_command_gets_only_the_given_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIPO_API_KEY", "marker-7f3a")
    kept = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    ended = run(
        tmp_path,
        "result.write_text(json.dumps(dict(os.environ)))",
        environment={**kept, "COLOR": "green"},
    )
    assert isinstance(ended, Finished)
    assert ended.result["COLOR"] == "green"
    assert "marker-7f3a" not in json.dumps(ended.result)


def test_two_threads_can_run_commands_at_once(tmp_path: Path) -> None:
    endings: list[ChildResult] = []

    def one(number: int) -> None:
        folder = tmp_path / str(number)
        folder.mkdir()
        endings.append(run(folder, "result.write_text('{}')"))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert endings == [Finished({}), Finished({})]
