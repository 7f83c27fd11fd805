"""Runs every ring of tests that this machine can run, and says which it cannot run and why.

Makes the environment first, then runs the static checks, then pytest for each ring. Other Blenders
run only the rings about Blender. No test can spend credits: keys are removed from the environment,
and loopback never goes through a proxy.
"""

import start

if __name__ == "__main__":
    start.enter("test")

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import IO
from urllib.parse import urlsplit
from xml.etree import ElementTree

import blenders
import check
import corpus
import environment
import gui_blender
import installs
import vendor

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PROXIES = ("http_proxy", "https_proxy", "all_proxy")
OPTIONS_WITH_A_PATH = ("--deselect", "--ignore", "--rootdir", "-c", "-k", "-m", "-p")
CHECKS = ("architecture", "test_type_check.py")
BLENDER_RING = ("blender", "package")
# Tests of what differs between Blender versions; see pyproject.toml.
VERSION_MARK = "every_blender"
# What --fast runs: these folders without tests marked slow, in about a minute.
FAST_FOLDERS = ("api", "jobs")
FAST_MARK = "not slow"
# Into how many processes a ring's files are split, to keep all cores busy to the end.
WINDOW = "window"
SHARDS = {"plain": 2, "Blender": 3, WINDOW: 2}
# Far longer than all rings need. Stops a Blender that hangs at exit.
LIMIT = 75 * 60
LIMIT_OF_A_RING = 40 * 60
# For the second windowed Blender, if there is one: the whole way from a prompt to a model, and what
# is drawn for captures.
OTHER_WINDOW = (
    "--suite",
    "sid",
    "tests/gui/test_first_model.py",
    "tests/gui/test_captures.py",
)
PRINTING = Lock()
EPILOG = """Other arguments go to pytest; files or folders among them replace the rings. Without
--blender all rings run, in this environment's own Blender; with it those about Blender, in that
one. "all" is both: every ring in the own, and those about Blender in each other. With --brief, as
in CI, the others run only the tests marked every_blender. `corpus --folder DIR` compares model
files of other programs with Blender's own import of them instead."""


@dataclass(frozen=True)
class Outcome:
    """The result of a pytest run: an exit code, and a line for the closing summary."""

    code: int
    words: str


@dataclass(frozen=True)
class Ring:
    """Folders of tests with the same needs; `lacking` is what this machine lacks for them, if
    anything."""

    name: str
    folders: tuple[str, ...]
    lacking: str = ""


def rings() -> tuple[Ring, ...]:
    """Return all rings, with the reason if one cannot run here."""
    no_module = "Blender's Python module is not here; it exists for Python 3.11 and 3.13."
    no_blender = "" if environment.has_bpy() else no_module
    no_window = (
        ""
        if gui_blender.find() is not None
        else "No windowed Blender here; `python3 scripts/gui_blender.py` prepares one."
    )
    return (
        Ring("plain", (*CHECKS, "api", "jobs", "standin_checks")),
        Ring("Blender", (*BLENDER_RING, "soak"), no_blender),
        Ring(WINDOW, ("gui",), no_blender or no_window),
    )


def safe(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables without keys, and without proxies for local addresses."""
    kept = {name: value for name, value in variables.items() if not name.endswith("_API_KEY")}
    for name, value in variables.items():
        if name.lower() in PROXIES and urlsplit(value).hostname not in LOOPBACK:
            del kept[name]
    loopback = ",".join(LOOPBACK)
    return {**kept, "NO_PROXY": loopback, "no_proxy": loopback}


def _arguments() -> tuple[argparse.Namespace, list[str]]:
    options = argparse.ArgumentParser(description=__doc__, allow_abbrev=False, epilog=EPILOG)
    versions = (*environment.BLENDERS, "all")
    options.add_argument("--blender", choices=versions, help="which Blender's module to test in")
    options.add_argument(
        "--brief", action="store_true", help="in other Blenders only tests of what differs there"
    )
    options.add_argument(
        "--fast", action="store_true", help="only api and jobs, without their slow tests: a minute"
    )
    options.add_argument(
        "--install",
        nargs="?",
        const="",
        metavar="FILE",
        help="install, update and remove in every Blender instead, and print the table, or keep it",
    )
    return options.parse_known_args()


def main() -> None:
    """Run the static checks and the rings. Unknown arguments go to pytest."""
    given, words = _arguments()
    if given.install is not None:
        raise SystemExit(installs.run(Path(given.install) if given.install else None))
    if given.fast:
        raise SystemExit(max(end.code for end in _outcomes(_fast_runs(words)).values()))
    _run_rings(given, words)


def _run_rings(given: argparse.Namespace, words: list[str]) -> None:
    names_tests = _names_tests(words)
    if not names_tests and not _wheels():
        raise SystemExit(1)
    if given.blender is None and names_tests:
        raise SystemExit(_pytest(Path(sys.executable), words, limit=LIMIT).code)
    own = blenders.own()
    names = {"all": tuple(environment.BLENDERS), None: (own,)}.get(given.blender, (given.blender,))
    whole = given.blender in {"all", None} and not names_tests
    outcomes: dict[str, Outcome] = {}
    if whole and not _house():
        outcomes["house"] = Outcome(1, "the house's checks FAILED; they stand at the top")
    runs: list[Run] = []
    for name in names:
        if whole and name == own:
            runs += _own_runs(name, words)
            continue
        try:
            python = blenders.prepare(name)
        except blenders.NotHere as reason:
            # If it was asked for by name, not running is a failure.
            outcomes[name] = Outcome(0 if given.blender == "all" else 1, f"SKIPPED: {reason}.")
            print(f"SKIPPED BLENDER {name}: {reason}.", flush=True)
            continue
        runs.append(_other_run(name, python, words, brief=given.brief))
    _close(outcomes | _outcomes(runs))


def _close(outcomes: Mapping[str, Outcome]) -> None:
    """Print how each Blender's tests ended, and exit."""
    print("— Blender by Blender —", flush=True)
    for name, outcome in outcomes.items():
        module = environment.BLENDERS.get(name)
        print(f"{module.release if module else name:7} {outcome.words}", flush=True)
    raise SystemExit(max((outcome.code for outcome in outcomes.values()), default=1))


@dataclass(frozen=True)
class Run:
    """One pytest process: which Blender, which tests, and its time limit."""

    blender: str
    name: str
    python: Path
    arguments: tuple[str, ...]
    limit: int


def _own_runs(name: str, words: list[str]) -> list[Run]:
    """Return the runs of every ring, each in its own processes: the bpy module should not share one
    with threads left by thousands of other tests."""
    python = Path(sys.executable)
    runs: list[Run] = []
    for ring in _able_rings():
        shards = SHARDS.get(ring.name, 1)
        for number, tests in enumerate(_shards(ring, shards), start=1):
            title = f"{ring.name} {number} of {shards}" if shards > 1 else ring.name
            runs.append(Run(name, title, python, (*words, *tests), LIMIT))
    if any(run.name.startswith(WINDOW) for run in runs) and gui_blender.find("sid") is not None:
        runs.append(Run(name, f"{WINDOW} of sid", python, (*words, *OTHER_WINDOW), LIMIT_OF_A_RING))
    return runs


def _fast_runs(words: list[str]) -> list[Run]:
    python, count = Path(sys.executable), os.cpu_count() or 1
    lots = _shards(Ring("fast", FAST_FOLDERS), count)
    return [
        Run("", f"fast {number} of {count}", python, ("-m", FAST_MARK, *words, *tests), LIMIT)
        for number, tests in enumerate(lots, start=1)
    ]


def _other_run(name: str, python: Path, words: list[str], *, brief: bool) -> Run:
    """Return the run of the rings about Blender, in another Blender than this environment's."""
    tests = [] if _names_tests(words) else [f"tests/{folder}" for folder in BLENDER_RING]
    marked = ("-m", VERSION_MARK) if brief else ()
    return Run(name, "Blender", python, ("-rs", *marked, *words, *tests), LIMIT_OF_A_RING)


def _shards(ring: Ring, count: int) -> list[list[str]]:
    """Split the ring's test files into `count` lots by size: bigger files contain more tests."""
    root = environment.ROOT
    files = [
        path for folder in _folders(ring) for path in sorted((root / folder).rglob("test_*.py"))
    ]
    files += [root / name for name in _folders(ring) if name.endswith(".py")]
    files.sort(key=lambda path: path.stat().st_size, reverse=True)
    return [[str(path.relative_to(root)) for path in files[lot::count]] for lot in range(count)]


def _outcomes(runs: list[Run]) -> dict[str, Outcome]:
    """Run one process per core at a time, the longest first."""
    ended: dict[str, dict[str, Outcome]] = {}
    brief = [run for run in runs if VERSION_MARK in run.arguments]
    order = [run for run in runs if run not in brief] + brief
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        ends = list(pool.map(lambda run: _held(run, alone=len(order) == 1), order))
    for run, end in zip(order, ends, strict=True):
        ended.setdefault(run.blender, {})[run.name] = end
    return {name: _together(parts) for name, parts in ended.items()}


def _held(run: Run, *, alone: bool) -> Outcome:
    """Run one process. Output of parallel runs is kept and printed as a whole."""
    module = environment.BLENDERS.get(run.blender)
    head = f"— Blender {module.release}: {run.name} —" if module else f"— {run.name} —"
    if alone:
        print(head, flush=True)
        return _pytest(run.python, list(run.arguments), limit=run.limit)
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as kept:
        outcome = _pytest(run.python, list(run.arguments), limit=run.limit, output=kept)
        kept.seek(0)
        with PRINTING:
            print(head, kept.read(), sep="\n", flush=True)
    return outcome


def _together(ends: Mapping[str, Outcome]) -> Outcome:
    code = max((end.code for end in ends.values()), default=0)
    return Outcome(code, "; ".join(f"{name}: {end.words}" for name, end in ends.items()))


def _names_tests(arguments: list[str]) -> bool:
    """Return whether any argument is a file or folder to test, not the value of an option."""
    before = ["", *arguments]
    return any(
        Path(word.split("::")[0]).exists() and option not in OPTIONS_WITH_A_PATH
        for option, word in zip(before, arguments, strict=False)
    )


def _house() -> bool:
    print("— house —", flush=True)
    return check.run_steps()


def _wheels() -> bool:
    """Fetch the shipped wheels once for all Blenders: their environments have no pip."""
    try:
        vendor.fetch()
    except vendor.WrongWheel as error:
        print(f"wheels   FAILED\n{error}", flush=True)
        return False
    return True


def _able_rings() -> list[Ring]:
    """Return the rings that can run here; print the others with the reason."""
    able = [ring for ring in rings() if not ring.lacking]
    print(f"— rings: {', '.join(ring.name for ring in able)} —", flush=True)
    for ring in rings():
        if ring.lacking:
            print(f"SKIPPED RING {ring.name}: {ring.lacking}", flush=True)
    return able


def _folders(ring: Ring) -> list[str]:
    tests = environment.ROOT / "tests"
    return [f"tests/{name}" for name in ring.folders if (tests / name).exists()]


def _pytest(
    python: Path, arguments: list[str], *, limit: int, output: IO[str] | None = None
) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [str(python), "-m", "pytest", f"--junitxml={report}", *arguments]
        started = time.monotonic()
        try:
            code = subprocess.run(
                command,
                cwd=environment.ROOT,
                env=safe(os.environ),
                stdout=output,
                stderr=subprocess.STDOUT if output is not None else None,
                timeout=limit,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            print(f"pytest did not end within {limit // 60} minutes.", file=sys.stderr)
            return Outcome(1, f"did not end within {limit // 60} minutes")
        minutes = (time.monotonic() - started) / 60
        return Outcome(abs(code), f"{_counted(report, code)} in {minutes:.1f} min")


def _counted(report: Path, code: int) -> str:
    """Return pytest's counts, such as "312 passed, 2 skipped". It writes no report if it
    crashes."""
    if not report.exists():
        return f"ended with {code} before its report"
    suite = ElementTree.parse(report).getroot()[0]  # noqa: S314 - pytest wrote it a moment ago
    names = {"failures": "FAILED", "errors": "ERRORS", "skipped": "skipped"}
    counts = {word: int(suite.get(name, "0")) for name, word in names.items()}
    passed = int(suite.get("tests", "0")) - sum(counts.values())
    others = (f"{count} {word}" for word, count in counts.items() if count)
    return ", ".join((f"{passed} passed", *others))


if __name__ == "__main__":
    if sys.argv[1:2] == ["corpus"]:
        raise SystemExit(corpus.main(sys.argv[2:]))
    main()
