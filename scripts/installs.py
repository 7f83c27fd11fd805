"""Installs, updates, downgrades, disables and removes the add-on from a repository, in real
Blenders.

The repository is served on loopback with two releases. Next to the add-on another extension brings
its own pydantic and requests: older, newer, or broken. Every step does what a button in Blender's
preferences does, and each session after the first starts from what the one before left.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import tomllib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import blenders
import build
import environment
import repository
import vendor

CHILD = Path(__file__).with_name("installs_in_blender.py")
LIMIT = 300
MODULE = "bl_ext.atelier_for_tripo.tripo_addon"
OTHER = "bl_ext.user_default.another"
RELEASES = ("7.0.0", "7.1.0")
MANIFEST = """\
schema_version = "1.0.0"
id = "another"
version = "1.0.0"
name = "Another"
tagline = "Brings packages of its own"
maintainer = "Someone"
type = "add-on"
license = ["SPDX:GPL-3.0-or-later"]
blender_version_min = "4.2.0"
wheels = {wheels}
"""
CODE = """\
def register():
    for name in ("pydantic", "requests"):
        try:
            __import__(name)
        except ImportError:
            pass
def unregister(): pass
"""

ABOUT = """\
Each row is a Blender with its own user folder and a repository on loopback. The first session adds
the repository and installs release N; a later one updates to N + 1; the next one, with N offered
again, goes back; the last one disables and removes it. After each step these are checked: what is
enabled, which release is on disk, which one runs, and what is left behind.

*Beside* is another extension with its own pydantic and requests. *Later* is the add-on's message
about its packages from the second session on. A broken package of another extension stops every
extension that uses it: the add-on names its source, and works again once that is gone.
"""
HEADINGS = ("| Blender | beside | all steps | later |", "|---|---|---|---|")

Seen = Mapping[str, object]


@dataclass(frozen=True)
class Neighbor:
    """Another extension: its packages, and whether they may keep the add-on from working."""

    name: str
    wheels: tuple[Callable[[Path], Path], ...] = ()
    harms: bool = False


@dataclass(frozen=True)
class Releases:
    """Two releases, each in a repository folder; the port serves the last one in `offered`."""

    folders: tuple[Path, ...]
    port: int
    offered: list[Path]

    @property
    def url(self) -> str:
        """The address that serves either release."""
        return f"http://127.0.0.1:{self.port}/index.json"


class Differs(Exception):
    """A step had the wrong result; the text names the step and what was seen."""


def made(package: str, version: str, code: str = "") -> Callable[[Path], Path]:
    """Build a wheel of a package with this version and only this code."""

    def write(folder: Path) -> Path:
        return _write_wheel(
            folder,
            package,
            version,
            {f"{package}/__init__.py": f'__version__ = "{version}"\n{code}'},
        )

    return write


def newer(package: str, version: str) -> Callable[[Path], Path]:
    """Repack the shipped wheel of a package under a later version, as a future release."""

    def write(folder: Path) -> Path:
        (wheel,) = [each for each in vendor.locked() if each.file.startswith(f"{package}-")]
        former = wheel.pin.split("==")[1]
        with zipfile.ZipFile(vendor.LOCK.parent / wheel.file) as opened:
            files = {
                name: opened.read(name).decode("utf-8").replace(former, version)
                for name in opened.namelist()
                if ".dist-info/" not in name
            }
        return _write_wheel(folder, package, version, files)

    return write


BROKEN = 'raise ImportError("broken on purpose")\n'
NEIGHBORS = (
    Neighbor("alone"),
    Neighbor("older", (made("pydantic", "1.10.21"), made("requests", "2.0.0"))),
    Neighbor("newer", (newer("pydantic", "2.99.0"), newer("requests", "2.99.0"))),
    Neighbor("broken pydantic", (made("pydantic", "99.0.0", BROKEN),), harms=True),
    Neighbor("broken requests", (made("requests", "99.0.0", BROKEN),), harms=True),
)


def built(folder: Path) -> tuple[Path, ...]:
    """Build two releases of this tree for this machine, each in a repository folder."""
    return tuple(_release(version, folder / version) for version in RELEASES)


@contextmanager
def served(folders: tuple[Path, ...]) -> Iterator[Releases]:
    """Serve them on a free port until the end of the block."""
    offered = [folders[0]]

    class Handler(SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            self.directory = str(offered[-1])
            return super().translate_path(path)

        def log_message(self, format: str, *args: object) -> None:
            """Do nothing: nobody reads these lines."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Releases(folders, server.server_port, offered)
        server.shutdown()


def try_out(python: Path, neighbor: Neighbor, releases: Releases, folder: Path) -> str:
    """Run all steps in one Blender beside one neighbor, in four sessions. Raises Differs.

    Returns what the add-on says about the neighbor's packages in a later session; "" if it works.
    """
    first = [f"neighbor={_extension(neighbor, folder)}"] if neighbor.wheels else []
    old, new = RELEASES
    others = [OTHER] if neighbor.wheels else []

    def later(offered: int, *steps: str) -> dict[str, Seen]:
        releases.offered.append(releases.folders[offered])
        return session(python, folder, releases.url, steps)

    def demand(step: str, seen: Seen, version: str, *, on: bool) -> None:
        enabled = sorted([*others, *([MODULE] if on else [])])
        runs = seen["runs"] if on else None
        found = (seen["enabled"], seen["on_disk"], runs, seen["left"])
        wanted = (enabled, version, _address(version) if on else None, [])
        if found != wanted:
            raise Differs(f"{step}: {found} instead of {wanted}")

    demand("install", later(0, *first, "install")["install"], old, on=True)
    second = later(1, "look", "update")
    demand("install, later", second["look"], old, on=True)
    demand("update", second["update"], new, on=True)
    third = later(0, "look", "install")
    demand("update, later", third["look"], new, on=True)
    demand("downgrade", third["install"], old, on=True)
    last = later(0, "look", "disable", "remove")
    demand("downgrade, later", last["look"], old, on=True)
    demand("disable", last["disable"], old, on=False)
    demand("remove", last["remove"], "", on=False)
    words = [str(each["look"]["wrong"] or "") for each in (second, third, last)]
    if any(sentence and not (neighbor.harms and "Another" in sentence) for sentence in words):
        raise Differs(f"of packages it says: {words}")
    return max(words)


def run(table: Path | None = None) -> int:
    """Try all neighbors in all Blenders, print a table and optionally save it. Returns the exit
    code."""
    with tempfile.TemporaryDirectory() as temporary:
        rows = _rows(Path(temporary))
    lines = [*_head(), *(f"| {' | '.join(row)} |" for row in rows)]
    text = "\n".join(lines) + "\n"
    print(text)
    if table is not None:
        table.write_text(text, encoding="utf-8", newline="\n")
    return int(any("FAILED" in cell for row in rows for cell in row))


def _rows(folder: Path) -> list[tuple[str, ...]]:
    vendor.fetch()
    pythons: dict[str, Path] = {}
    rows: list[tuple[str, ...]] = []
    for name in environment.BLENDERS:
        try:
            pythons[name] = blenders.prepare(name)
        except blenders.NotHere as reason:
            rows.append((environment.BLENDERS[name].release, f"SKIPPED: {reason}", "", ""))

    cases = [(name, neighbor) for name in pythons for neighbor in NEIGHBORS]
    folders = built(folder)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        rows += pool.map(lambda case: _row(pythons[case[0]], case[0], case[1], folders), cases)
    return rows


def _row(python: Path, name: str, neighbor: Neighbor, folders: tuple[Path, ...]) -> tuple[str, ...]:
    head = (environment.BLENDERS[name].release, neighbor.name)
    with tempfile.TemporaryDirectory() as case, served(folders) as releases:
        try:
            words = try_out(python, neighbor, releases, Path(case))
        except Differs as difference:
            return (*head, "FAILED", str(difference))
    print(f"{' '.join(head)}: done", flush=True)
    return (*head, "✓", "names “Another”" if words else "works")


def session(python: Path, folder: Path, url: str, steps: tuple[str, ...]) -> dict[str, Seen]:
    """Run a session of Blender with this case's user folder. Returns what was seen after each
    step."""
    variables = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    own = {"BLENDER_USER_RESOURCES": str(folder / "blender"), "no_proxy": "*", "NO_PROXY": "*"}
    done = subprocess.run(
        [str(python), str(CHILD), url, *steps],
        env={**variables, **own},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    answers = [line for line in done.stdout.splitlines() if line.startswith("ANSWER ")]
    if done.returncode != 0 or not answers:
        raise Differs(f"{', '.join(steps)}: {(done.stdout + done.stderr)[-1500:]}")
    return json.loads(answers[-1].removeprefix("ANSWER "))


def _release(version: str, folder: Path) -> Path:
    source = folder.with_name(f"source of {version}")
    manifest = (environment.ROOT / build.MANIFEST_NAME).read_text(encoding="utf-8")
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(environment.ROOT / "tripo_addon", source / "tripo_addon", ignore=unwanted)
    text = re.sub(r'^version = ".*"$', f'version = "{version}"', manifest, count=1, flags=re.M)
    (source / build.MANIFEST_NAME).write_text(text, encoding="utf-8")
    here, url = (build.current_platform(),), f"https://{version}.example"
    zips = build.build(platforms=here, source=source, output=folder / "zips", url=url)
    return repository.publish(zips, folder / "served", url)


def _address(version: str) -> str:
    """Return the repository address that tells which release is running."""
    return repository.index_of(f"https://{version}.example")


def _extension(neighbor: Neighbor, folder: Path) -> Path:
    wheels = [write(folder) for write in neighbor.wheels]
    archive = folder / "another.zip"
    with zipfile.ZipFile(archive, "w") as file:
        listed = json.dumps([f"./wheels/{wheel.name}" for wheel in wheels])
        file.writestr("blender_manifest.toml", MANIFEST.format(wheels=listed))
        file.writestr("__init__.py", CODE)
        for wheel in wheels:
            file.write(wheel, f"wheels/{wheel.name}")
    return archive


def _write_wheel(folder: Path, package: str, version: str, files: Mapping[str, str]) -> Path:
    wheel = folder / f"{package}-{version}-py3-none-any.whl"
    information = f"{package}-{version}.dist-info"
    tags = "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    about = f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
    papers = {f"{information}/METADATA": about, f"{information}/WHEEL": tags}
    record = "".join(f"{name},,\n" for name in (*files, *papers, f"{information}/RECORD"))
    with zipfile.ZipFile(wheel, "w") as file:
        for name, text in {**files, **papers, f"{information}/RECORD": record}.items():
            file.writestr(name, text)
    return wheel


def _head() -> list[str]:
    version = tomllib.loads(vendor.MANIFEST.read_text(encoding="utf-8"))["version"]
    day = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"
    origin = (
        f"Printed by `python3 scripts/test.py --install` on {day}, of the code of {version}, on "
        f"{build.current_platform()}."
    )
    return ["# Installs and updates", "", origin, "", *ABOUT.splitlines(), "", *HEADINGS]
