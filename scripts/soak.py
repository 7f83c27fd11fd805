"""Checks that nothing is lost or paid twice while real Blenders are killed again and again and the
network fails.

Every schedule has a stand-in of the service, a job list and several Blenders in sequence, with the
add-on as a package or from a given zip. Each but the last is killed at a random moment, at a
boundary of its journal or during an operation, and meets faults of the network. In the last one
everything works, and all paid results must arrive. Exits 1 if anything is lost or paid twice.
Spends nothing.
"""

import start

if __name__ == "__main__":
    start.enter("demo")

import argparse
import compileall
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from PIL import Image

import environment

sys.path.insert(0, str(environment.ROOT))

import soak_results
from soak_results import Results
from soak_schedules import VIEWS, Life, Schedule, boundaries, schedule
from tests.standin.faults import Fault
from tests.standin.filler import FillerGlb
from tests.standin.service import StandIn

KEY = "tsk_soak"
LIFE_SECONDS = 180.0
_IN_BLENDER = Path(__file__).with_name("soak_in_blender.py")
_JOBS = Path("datafiles", "tripo_addon", "jobs.sqlite3")


class Service(StandIn):
    """The stand-in, with access to its unused faults."""

    def all_well(self) -> tuple[Fault, ...]:
        """Remove the faults that are still waiting."""
        waiting = self._desk.faults.waiting
        self._desk.faults.clear()
        return waiting


@dataclass(frozen=True)
class Setting:
    """What all schedules share: the Blender, the add-on as a folder or zip, and where to keep the
    files of a failed schedule."""

    blender: tuple[str, ...]
    addon: Path
    archive: str
    keep: Path


def main() -> None:
    """Run the schedules, a few at a time, and print the summary."""
    args = _arguments()
    # Only log failures.
    logging.getLogger("tests.standin").setLevel(logging.ERROR)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        setting = _setting(args, Path(folder))
        planned = _planned(args)
        print(f"{len(planned)} schedules, seed {args.seed}, {args.at_once} at once", flush=True)
        with ThreadPoolExecutor(args.at_once) as pool:
            done = pool.map(lambda each: _printed(each, _played(each, setting)), planned)
            results = list(_counted(done, len(planned), started))
    _close(results, setting, seconds=time.monotonic() - started)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--schedules", type=int, default=20, help="how many random ones (default 20)")
    add("--seed", type=int, default=1, help="what they are drawn from (default 1)")
    add("--only", type=int, help="the one of this number, to play it again")
    add("--boundaries", action="store_true", help="every kind at every journal entry before that")
    add("--blender", type=Path, help="a Blender program instead of the Python module; needs --zip")
    add("--zip", type=Path, help="the built extension instead of the package as it lies here")
    add("--at-once", type=int, default=os.cpu_count() or 1, help="schedules side by side")
    add("--keep", type=Path, default=environment.ROOT / "soak-output", help="for bad schedules")
    args = parser.parse_args()
    if args.blender and not args.zip:
        parser.error("--blender needs --zip: a program of its own has not our packages")
    return args


def _planned(args: argparse.Namespace) -> tuple[Schedule, ...]:
    if args.only is not None:
        return (schedule(args.seed, args.only),)
    drawn = tuple(schedule(args.seed, number) for number in range(args.schedules))
    return (boundaries() if args.boundaries else ()) + drawn


def _setting(args: argparse.Namespace, folder: Path) -> Setting:
    """Copy and compile the package once, so that it may be edited meanwhile."""
    addon = folder / "tripo_addon"
    shutil.copytree(
        environment.ROOT / "tripo_addon", addon, ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy2(environment.ROOT / "blender_manifest.toml", addon)
    compileall.compile_dir(addon, quiet=1)
    code = ("--python-exit-code", "1", "--python", str(_IN_BLENDER))
    blender = (sys.executable, str(_IN_BLENDER))
    if args.blender:
        blender = (str(args.blender), "--background", "--factory-startup", *code)
    archive = str(args.zip.resolve()) if args.zip else ""
    return Setting((*blender, "--"), addon, archive, args.keep.resolve())


def _played(plan: Schedule, setting: Setting) -> Results:
    """Run one schedule from its first Blender to its last, and return the result."""
    model = FillerGlb(plan.model_bytes)
    digest = soak_results.digest_of(model.read(0, model.size))
    temporary = tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True)
    begun = Service(keys=(KEY,), seconds=plan.task_seconds, filler_bytes=plan.model_bytes)
    with temporary as place, begun as service:
        folder = Path(place)
        _furnish(folder, setting)
        ends: list[str] = []
        unused: list[Fault] = []
        for number, life in enumerate(plan.lives):
            service.fault(*life.faults)
            ends.append(_lived(number, life, plan, service.base_url, folder, setting))
            unused += service.all_well()
        found = soak_results.check_results(
            plan, service.ledger, unused, folder / "user" / _JOBS, digest
        )
        found.lost += [end for end in ends if end.startswith("!")]
        for end in ends:
            found.count(end)
        if found.lost or found.twice:
            _keep(plan, folder, setting)
    return found


def _furnish(folder: Path, setting: Setting) -> None:
    for number, view in enumerate(VIEWS[:2]):
        Image.new("RGB", (64, 64 + number), "teal").save(folder / f"{view}.png")
    if not setting.archive:
        installed = folder / "user" / "extensions" / "user_default" / "tripo_addon"
        shutil.copytree(setting.addon, installed)


def _lived(
    number: int, life: Life, plan: Schedule, address: str, folder: Path, setting: Setting
) -> str:
    """Run one Blender to its end, and return how it ended."""
    last = number == len(plan.lives) - 1
    ready = folder / "ready"
    ready.unlink(missing_ok=True)
    order = {
        "folder": str(folder),
        "archive": setting.archive,
        "converts": plan.converts,
        "life": number,
        "last": last,
        "submissions": [asdict(submission) for submission in life.submissions],
        "end": asdict(life.end),
    }
    with _blender(order, address, folder, setting) as blender:
        if life.end.way == "moment":
            _wait_for(ready, blender)
            time.sleep(life.end.seconds)
            blender.kill()
        try:
            code = blender.wait(timeout=LIFE_SECONDS)
        except subprocess.TimeoutExpired:
            return f"! Blender {number} did not end"
    if code < 0 and not last:
        return "killed"
    return "ended" if code == 0 else f"! Blender {number} ended with {code}"


@contextmanager
def _blender(
    order: dict[str, object], address: str, folder: Path, setting: Setting
) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a Blender with its own folders and its output in a file; end it after the block."""
    variables = {
        "BLENDER_USER_RESOURCES": str(folder / "user"),
        "TRIPO_API_KEY": KEY,
        "TRIPO_BASE_URL": address,
    }
    with (folder / f"blender-{order['life']}.log").open("wb") as output:
        running = subprocess.Popen(
            [*setting.blender, json.dumps(order)],
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield running
        finally:
            running.kill()
            running.wait()


def _wait_for(ready: Path, blender: subprocess.Popen[bytes]) -> None:
    while not ready.exists() and blender.poll() is None:
        time.sleep(0.005)


def _keep(plan: Schedule, folder: Path, setting: Setting) -> None:
    """Keep the files of a failed schedule, except the add-on itself."""
    kept = setting.keep / plan.name.replace(" ", "-")
    addon = str(folder / "user" / "extensions" / "user_default")
    shutil.copytree(
        folder,
        kept,
        ignore=lambda place, names: names if place == addon else (),
        dirs_exist_ok=True,
    )


def _printed(plan: Schedule, found: Results) -> Results:
    for sentence in (*found.lost, *found.twice):
        print(f"schedule {plan.name}: {sentence}", flush=True)
    return found


def _counted(done: Iterator[Results], of: int, started: float) -> Iterator[Results]:
    for number, found in enumerate(done, start=1):
        if number % 20 == 0:
            print(f"  … {number} of {of}, {time.monotonic() - started:.0f} s", flush=True)
        yield found


def _close(results: Sequence[Results], setting: Setting, *, seconds: float) -> None:
    sums: Counter[str] = Counter()
    for found in results:
        sums.update(found.sums)
    lost = sum(len(found.lost) for found in results)
    twice = sum(len(found.twice) for found in results)
    print("; ".join(f"{name} {count}" for name, count in sorted(sums.items())))
    print(f"{seconds:.0f} s", flush=True)
    if lost or twice:
        print(f"What the bad schedules left is in {setting.keep}")
    print(f"schedules {len(results)}, lost {lost}, paid twice {twice}")
    raise SystemExit(1 if lost or twice else 0)


if __name__ == "__main__":
    main()
