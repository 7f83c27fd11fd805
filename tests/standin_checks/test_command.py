"""The stand-in as a separate process: one line on stdout, admin over HTTP, a clean exit."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from .conftest import Caller

TEXT = "/v3/generation/text-to-model"
ROOT = Path(__file__).parents[2]


@contextmanager
def running(*options: str) -> Generator[tuple[str, "subprocess.Popen[str]"], None, None]:
    command = (sys.executable, "-m", "tests.standin", *options)
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().rstrip("\n"), process
        finally:
            process.terminate()


def test_first_output_line_is_the_address_and_notes_go_to_stderr(tmp_path: Path) -> None:
    with running("--artifacts", str(tmp_path / "kept")) as (url, process):
        assert url.startswith("http://127.0.0.1:")
        assert requests.get(f"{url}/v3/account/balance", timeout=30).status_code == 401
        process.terminate()
        rest, errors = process.communicate(timeout=30)
        assert (process.returncode, rest) == (0, "")
        assert "no AI" in errors


def test_command_line_options_take_effect(tiny_model: Path) -> None:
    options = ("--key", "tsk_mine", "--balance", "25", "--seconds", "0", "--model")
    with running(*options, str(tiny_model)) as (url, _):
        caller = Caller(url, "tsk_mine")
        link = caller.link(caller.create(TEXT, prompt="a chair"))
        assert requests.get(link, timeout=30).content == tiny_model.read_bytes()
        assert caller.data("/v3/account/balance") == {"balance": 5.0, "frozen": 0.0}


def test_faults_and_ledger_are_reached_over_http() -> None:
    with running("--seconds", "0", "--bytes", "4000") as (url, _):
        caller = Caller(url)
        admin = f"{url}/admin/faults"
        fault = {"path": TEXT, "status": 503, "body": "later"}
        assert requests.post(admin, json=fault, timeout=30).json() == {"waiting": 1}
        assert requests.post(admin, json={"color": 1}, timeout=30).status_code == 400
        assert caller.post(TEXT, {}).status_code == 503
        caller.create(TEXT, prompt="a chair")
        books = requests.get(f"{url}/admin/ledger", timeout=30).json()
        assert [each["path"] for each in books["requests"]] == [TEXT, TEXT]
        assert books["tasks"][0]["body"]["prompt"] == "a chair"
        assert books["accounts"]["tsk_standin"] == {"balance": 980.0, "frozen": 0.0}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads a peak from /proc")
def test_huge_result_is_never_held_in_memory() -> None:
    size = 300_000_000
    with running("--seconds", "0", "--bytes", str(size)) as (url, process):
        caller = Caller(url)
        link = caller.link(caller.create(TEXT, prompt="a chair"))
        before = peak_bytes(process.pid)
        total = 0
        with requests.get(link, stream=True, timeout=30) as answer:
            for piece in answer.iter_content(1 << 20):
                total += len(piece)
        assert total == size
        assert peak_bytes(process.pid) - before < size / 10


def peak_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no peak in /proc")
