"""Fetches the wheels that the add-on ships, as locked in `vendor/wheels.lock`, into `vendor/`.

The wheels are unmodified from upstream and never committed. A wheel whose SHA-256 differs from the
lock is never used. pip's own settings decide which index is used; it is not named here.
"""

import start

if __name__ == "__main__":
    start.enter("tools")

import argparse
import hashlib
import importlib.util
import re
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import environment
import packages
from venvs import Venv

LOCK = environment.ROOT / "vendor" / "wheels.lock"
MANIFEST = environment.ROOT / "blender_manifest.toml"

COMPILED = ("pydantic-core",)
# Blender 4.2 to 5.0 include Python 3.11, later ones 3.13; Linux distributions build with 3.14.
PLATFORMS = (
    "win_amd64",
    "win_arm64",
    "macosx_11_0_arm64",
    "macosx_10_12_x86_64",
    "manylinux2014_x86_64",
)
TARGETS = (
    *(("cp311", platform) for platform in PLATFORMS),
    *(("cp313", platform) for platform in PLATFORMS),
    ("cp314", "manylinux2014_x86_64"),
)
PURE = ("py3", "any")


class WrongWheel(Exception):
    """A wheel that differs from the locked one, or cannot be fetched; the text names it."""


@dataclass(frozen=True)
class Wheel:
    """One line of the lock: a file name as in PEP 427, and the SHA-256 of its bytes."""

    file: str
    sha256: str

    @property
    def pin(self) -> str:
        """The requirement for exactly this release, such as `idna==3.20`."""
        name, version = self.file.split("-")[:2]
        return f"{name.replace('_', '-')}=={version}"

    @property
    def target(self) -> tuple[str, str]:
        """The Python tag and the first platform tag; PURE for a wheel that runs anywhere."""
        python, _, platforms = self.file.removesuffix(".whl").split("-")[-3:]
        return PURE if platforms == "any" else (python, platforms.split(".")[0])


def locked(lock: Path = LOCK) -> tuple[Wheel, ...]:
    """Return the wheels of a lock file, in its order."""
    rows = tomllib.loads(lock.read_text(encoding="utf-8"))["wheel"]
    return tuple(Wheel(row["file"], row["sha256"]) for row in rows)


def fetch(lock: Path = LOCK) -> tuple[Path, ...]:
    """Return every locked wheel as a verified file beside the lock; fetch those that are missing.

    Raises WrongWheel if a file differs from the lock or pip cannot fetch it. A wrong file that was
    there before stays, for a person to look at; a wrong download is deleted.
    """
    folder = lock.parent
    wheels = locked(lock)
    missing: dict[tuple[str, str], list[Wheel]] = defaultdict(list)
    for wheel in wheels:
        if (folder / wheel.file).exists():
            _verify(wheel, folder / wheel.file)
        else:
            missing[wheel.target].append(wheel)
    refusal = packages.refuse_index(pip(), [group[0].pin for group in missing.values()])
    if refusal is not None:
        raise WrongWheel(refusal)
    for target, group in missing.items():
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            _download(target, tuple(wheel.pin for wheel in group), Path(temporary))
            for wheel in group:
                _verify(wheel, Path(temporary, wheel.file))
                Path(temporary, wheel.file).replace(folder / wheel.file)
    return tuple(folder / wheel.file for wheel in wheels)


def pip() -> tuple[str, ...]:
    """Return the start of a pip command: this environment's pip, or that of `.venv` if this one has
    none, as those of other Blenders."""
    alone = importlib.util.find_spec("pip") is None
    return (str(Venv(environment.VENV).python) if alone else sys.executable, "-m", "pip")


def sha256_of(content: bytes) -> str:
    """Return the digest as the lock writes it."""
    return hashlib.sha256(content).hexdigest()


def check_manifest(wheels: tuple[Wheel, ...], manifest: Path = MANIFEST) -> None:
    """Raise WrongWheel unless the manifest lists exactly the locked wheels."""
    listed = tomllib.loads(manifest.read_text(encoding="utf-8")).get("wheels", [])
    differing = sorted({f"./vendor/{wheel.file}" for wheel in wheels} ^ set(listed))
    if differing:
        raise WrongWheel(
            f"{manifest.name} and the lock disagree on: {', '.join(differing)}. "
            "Run scripts/vendor.py --relock."
        )


def relock() -> None:
    """Rewrite lock and manifest from the pins in environment.py, trusting what pip fetches."""
    pure = tuple(pin for pin in environment.RUNTIME if pin.split("==")[0] not in COMPILED)
    compiled = tuple(pin for pin in environment.RUNTIME if pin.split("==")[0] in COMPILED)
    with tempfile.TemporaryDirectory(dir=LOCK.parent) as temporary:
        folder = Path(temporary)
        _download(PURE, pure, folder)
        for target in TARGETS:
            _download(target, compiled, folder)
        wheels = tuple(
            Wheel(path.name, sha256_of(path.read_bytes()))
            for path in sorted(folder.glob("*.whl"), key=_by_name)
        )
        for wheel in wheels:
            (folder / wheel.file).replace(LOCK.parent / wheel.file)
    LOCK.write_text(HEADER + "".join(map(_row, wheels)), encoding="utf-8")
    listed = "".join(f'  "./vendor/{wheel.file}",\n' for wheel in wheels)
    text = MANIFEST.read_text(encoding="utf-8")
    text = re.sub(r"^wheels = \[.*?^\]", f"wheels = [\n{listed}]", text, flags=re.M | re.S)
    MANIFEST.write_text(text, encoding="utf-8")


HEADER = (
    "# The wheels shipped with the add-on: upstream's own, unmodified. Written by\n"
    "# scripts/vendor.py --relock from the versions pinned in scripts/environment.py.\n"
)


def _by_name(path: Path) -> str:
    return path.name.lower()


def _row(wheel: Wheel) -> str:
    name, version = wheel.pin.split("==")
    python, platform = wheel.target
    return (
        f'\n[[wheel]]\nname = "{name}"\nversion = "{version}"\npython = "{python}"\n'
        f'platform = "{platform}"\nfile = "{wheel.file}"\nsha256 = "{wheel.sha256}"\n'
    )


def _download(target: tuple[str, str], pins: tuple[str, ...], folder: Path) -> None:
    python, platform = target
    tags = (
        ("--python-version", "3.11", "--implementation", "py", "--abi", "none")
        if target == PURE
        else ("--python-version", python[2:], "--implementation", "cp", "--abi", python)
    )
    what = f"{len(pins)} wheel(s) for {python} on {platform}"
    print(f"Fetching {what} …", file=sys.stderr, flush=True)
    command = (*pip(), "download", "--quiet", "--no-deps", *packages.BOUNDS)
    only = ("--only-binary=:all:", "--platform", platform, *tags, "--dest", str(folder))
    done = subprocess.run([*command, *only, *pins], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise WrongWheel(f"pip could not fetch {', '.join(pins)}:\n{done.stderr.strip()}")


def _verify(wheel: Wheel, path: Path) -> None:
    if not path.exists():
        raise WrongWheel(f"pip gave another file than {wheel.file}, which the lock names.")
    found = sha256_of(path.read_bytes())
    if found != wheel.sha256:
        raise WrongWheel(
            f"{wheel.file} is not the locked wheel: its SHA-256 is {found}, the lock says "
            f"{wheel.sha256}. If it lies in vendor/, delete it and try again."
        )


def main() -> None:
    """Fetch and verify, or rewrite the lock."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--relock", action="store_true", help="write lock and manifest anew")
    options.add_argument("--lock", type=Path, default=LOCK, help="another lock file")
    given = options.parse_args()
    try:
        if given.relock:
            relock()
        paths = fetch(given.lock)
        check_manifest(locked(given.lock))
    except WrongWheel as error:
        raise SystemExit(f"vendor: {error}") from error
    print(f"vendor: {len(paths)} wheels are there and right.")


if __name__ == "__main__":
    main()
