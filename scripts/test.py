"""Runs every ring of tests that this machine can run, and says which it cannot run and why.

Makes the environment first, then runs the static checks and pytest for each ring, side by side.
Other Blenders run only the rings about Blender. No test can spend credits: keys are removed from
the environment, and loopback never goes through a proxy.
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
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit
from xml.etree import ElementTree

import blenders
import check
import corpus
import environment
import gui_blender
import installs
from side_by_side import Outcome, Part, Preparation, carry_out

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PROXIES = ("http_proxy", "https_proxy", "all_proxy")
OPTIONS_WITH_A_PATH = ("--deselect", "--ignore", "--rootdir", "-c", "-k", "-m", "-p")
CHECKS = ("architecture", "test_type_check.py", "test_side_by_side.py")
BLENDER_RING = ("blender", "package")
# Tests of what differs between Blender versions; see pyproject.toml.
VERSION_MARK = "every_blender"
# What --fast runs: these folders without tests marked slow, in about a minute.
FAST_FOLDERS = ("api", "jobs")
FAST_MARK = "not slow"
PLAIN, WINDOW = "plain", "window"
# Into how many processes a ring's files are split, to keep all cores busy to the end.
SHARDS = {PLAIN: 2, "Blender": 4, WINDOW: 3}
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
EPILOG = """Other arguments go to pytest; files or folders among them replace the rings. Without
--blender all rings run, in this environment's own Blender; with it those about Blender, in that
one. "all" is both: every ring in the own, and those about Blender in each other. With --brief, as
in CI, the others run only the tests marked every_blender. `corpus --folder DIR` compares model
files of other programs with Blender's own import of them instead."""


@dataclass(frozen=True)
class Ring:
    """Folders of tests with the same needs; `lacking` is what this machine lacks for them, if
    anything."""

    name: str
    folders: tuple[str, ...]
    lacking: str = ""


def rings(*, prepared: bool = False) -> tuple[Ring, ...]:
    """Return all rings, with the reason if one cannot run here. `prepared`: a window will be."""
    no_module = "Blender's Python module is not here; it exists for Python 3.11 and 3.13."
    no_blender = "" if environment.has_bpy() else no_module
    no_window = (
        ""
        if prepared or gui_blender.find() is not None
        else "No windowed Blender here; `python3 scripts/gui_blender.py` prepares one."
    )
    return (
        Ring(PLAIN, (*CHECKS, "api", "jobs", "standin_checks")),
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
        "--windows",
        action="store_true",
        help="prepare the windowed Blenders as well, as only root on Debian may",
    )
    options.add_argument(
        "--corpus", type=Path, metavar="DIR", help="also compare these model files, as below"
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
    names_tests = _names_tests(words)
    if given.fast:
        parts = _fast_parts(words)
    elif given.blender is None and names_tests:
        raise SystemExit(_pytest(Path(sys.executable), words, LIMIT, None).code)
    else:
        parts = _parts(given, words, whole=given.blender in {"all", None} and not names_tests)
    # Each waits for a Blender, a task or a lock at times; then another one has the core.
    outcomes = carry_out(parts, (os.cpu_count() or 1) + 1)
    if not given.fast:
        print("— Blender by Blender —", flush=True)
        for name, outcome in outcomes.items():
            module = environment.BLENDERS.get(name)
            print(f"{module.release if module else name:7} {outcome.words}", flush=True)
    raise SystemExit(max((outcome.code for outcome in outcomes.values()), default=1))


def _parts(given: argparse.Namespace, words: list[str], *, whole: bool) -> list[Part]:
    """Return all parts of the run, the short ones last: they fill the cores to the end."""
    own = blenders.own()
    names = {"all": tuple(environment.BLENDERS), None: (own,)}.get(given.blender, (given.blender,))
    # The environments of other Blenders have no pip, so their tests find the wheels there.
    wheels = () if _names_tests(words) else (_script("the wheels", "vendor.py"),)
    windows = _windows() if given.windows else ()
    parts: list[Part] = []
    if whole:
        parts.append(Part("house", "checks", "— house —", _house))
    if given.corpus is not None:
        parts.append(Part("corpus", "files", "— corpus —", partial(_corpus, given.corpus)))
    if whole and own in names:
        parts += _own_parts(own, words, wheels, windows)
    # Two downloads at a time, beside the windows': one after the other, and from the windows'
    # root folder may come the Python for the last ones.
    before = windows[:1]
    for name in names:
        if whole and name == own:
            continue
        # If it was asked for by name, not running is a failure.
        skips = (blenders.NOT_HERE,) if given.blender == "all" else ()
        module = environment.BLENDERS[name]
        made = _script(f"Blender {module.release}", "blenders.py", name, after=before, skips=skips)
        before = (made,)
        parts.append(_other_part(name, words, (*wheels, made), brief=given.brief))
    return parts


def _script(
    name: str,
    script: str,
    *arguments: str,
    after: tuple[Preparation, ...] = (),
    skips: tuple[int, ...] = (),
) -> Preparation:
    path = str(environment.ROOT / "scripts" / script)
    return Preparation(name, (sys.executable, path, *arguments), after, skips)


def _windows() -> tuple[Preparation, Preparation]:
    usual = _script("the window", "gui_blender.py")
    # Debian's sid moves: a day on which it has no Blender to install is no fault of ours.
    sid = _script("sid's window", "gui_blender.py", "--suite", "sid", after=(usual,), skips=(1,))
    return usual, sid


def _own_parts(
    name: str,
    words: list[str],
    wheels: tuple[Preparation, ...],
    windows: tuple[Preparation, ...],
) -> list[Part]:
    """Return the parts of every ring, each in its own processes: the bpy module should not share
    one with threads left by thousands of other tests.

    The rings take turns: windows need a core all the time, other tests often wait.
    """
    lots: list[list[Part]] = []
    for ring in _able_rings(prepared=bool(windows)):
        needs = {PLAIN: (), WINDOW: (*wheels, *windows[:1])}.get(ring.name, wheels)
        shards = SHARDS.get(ring.name, 1)
        parts: list[Part] = []
        for number, tests in enumerate(_shards(ring, shards), start=1):
            title = f"{ring.name} {number} of {shards}" if shards > 1 else ring.name
            parts.append(_part(name, title, [*words, *tests], needs))
        if ring.name == WINDOW and (windows or gui_blender.find("sid") is not None):
            title, needs = f"{WINDOW} of sid", (*wheels, *windows[1:])
            arguments = [*words, *OTHER_WINDOW]
            parts.append(_part(name, title, arguments, needs, limit=LIMIT_OF_A_RING))
        lots.append(parts)
    return [part for turn in zip_longest(*lots) for part in turn if part is not None]


def _fast_parts(words: list[str]) -> list[Part]:
    count = os.cpu_count() or 1
    lots = _shards(Ring("fast", FAST_FOLDERS), count)
    return [
        _part("", f"fast {number} of {count}", ["-m", FAST_MARK, *words, *tests])
        for number, tests in enumerate(lots, start=1)
    ]


def _other_part(
    name: str, words: list[str], needs: tuple[Preparation, ...], *, brief: bool
) -> Part:
    """Return the part with the rings about Blender, in another Blender than this environment's."""
    tests = [] if _names_tests(words) else [f"tests/{folder}" for folder in BLENDER_RING]
    marked = ("-m", VERSION_MARK) if brief else ()
    python = blenders.interpreter(name)
    arguments = ["-rs", *marked, *words, *tests]
    return _part(name, "Blender", arguments, needs, python=python, limit=LIMIT_OF_A_RING)


def _part(
    blender: str,
    name: str,
    arguments: list[str],
    needs: tuple[Preparation, ...] = (),
    *,
    python: Path = Path(sys.executable),
    limit: int = LIMIT,
) -> Part:
    """Return a part that is one pytest process."""
    module = environment.BLENDERS.get(blender)
    head = f"— Blender {module.release}: {name} —" if module else f"— {name} —"
    return Part(blender, name, head, partial(_pytest, python, arguments, limit), needs)


def _shards(ring: Ring, count: int) -> list[list[str]]:
    """Split the ring's test files into `count` lots by size: bigger files contain more tests."""
    root = environment.ROOT
    files = [
        path for folder in _folders(ring) for path in sorted((root / folder).rglob("test_*.py"))
    ]
    files += [root / name for name in _folders(ring) if name.endswith(".py")]
    files.sort(key=lambda path: path.stat().st_size, reverse=True)
    return [[str(path.relative_to(root)) for path in files[lot::count]] for lot in range(count)]


def _names_tests(arguments: list[str]) -> bool:
    """Return whether any argument is a file or folder to test, not the value of an option."""
    before = ["", *arguments]
    return any(
        Path(word.split("::")[0]).exists() and option not in OPTIONS_WITH_A_PATH
        for option, word in zip(before, arguments, strict=False)
    )


def _house(output: IO[str] | None) -> Outcome:
    good = check.run_steps(output=output)
    return Outcome(0 if good else 1, "passed" if good else "FAILED")


def _corpus(folder: Path, output: IO[str] | None) -> Outcome:
    command = [sys.executable, str(Path(__file__)), "corpus", "--folder", str(folder)]
    done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False)
    return Outcome(done.returncode, "FAILED" if done.returncode else "alike")


def _able_rings(*, prepared: bool) -> list[Ring]:
    """Return the rings that can run here, also in a window that is being prepared; print the others
    with the reason."""
    found = rings(prepared=prepared)
    able = [ring for ring in found if not ring.lacking]
    print(f"— rings: {', '.join(ring.name for ring in able)} —", flush=True)
    for ring in found:
        if ring.lacking:
            print(f"SKIPPED RING {ring.name}: {ring.lacking}", flush=True)
    return able


def _folders(ring: Ring) -> list[str]:
    tests = environment.ROOT / "tests"
    return [f"tests/{name}" for name in ring.folders if (tests / name).exists()]


def _pytest(python: Path, arguments: list[str], limit: int, output: IO[str] | None) -> Outcome:
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
            print(f"pytest did not end within {limit // 60} minutes.", file=output or sys.stderr)
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
