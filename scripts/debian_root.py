"""Root folders with a Debian release in them, in the user's cache, and commands that run inside.

Only root on Debian can make one. Mounts are made in a private namespace that ends with the command,
so the host's never change. A folder that contains a mount is never deleted. Standard library only.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import environment
import venvs

_PACKAGES = (
    "blender",
    "xvfb",
    "xauth",
    "libgl1-mesa-dri",
    "libegl1",
    "xdotool",
    "imagemagick",
    "python3-numpy",
    "python3-requests",
)


@dataclass(frozen=True)
class Suite:
    """A Debian release that has a Blender: its packages, and lines for apt's settings."""

    name: str
    packages: tuple[str, ...]
    apt_settings: str = ""


SUITES = {
    "trixie": Suite("trixie", _PACKAGES),
    "sid": Suite(
        "sid",
        # Blender's own scripts there need cattrs, which the package only recommends.
        (*_PACKAGES, "python3-cattr"),
        # A mirror of sid may be older than its Release file allows.
        'Acquire::Check-Valid-Until "false";\n',
    ),
}
USUAL_SUITE = "trixie"
HOST_TOOLS = ("xvfb", "xauth", "libgl1-mesa-dri", "libegl1", "xdotool", "imagemagick")
ADMIN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class NotPrepared(Exception):
    """There is no windowed Blender and none can be made here; the text says what would help."""


def root_folder(suite: str = USUAL_SUITE) -> Path:
    """Return the path of a suite's root folder: outside the checkout, in the user's cache."""
    return environment.cache() / f"blender-{suite}"


def is_ready(root: Path, suite: Suite) -> bool:
    """Return whether the root folder has all packages of the suite and commands can run in it."""
    return can_enter() and _stamp(root, suite).exists() and _is_whole(root, suite)


def can_enter() -> bool:
    """Return whether this machine can make and enter a root folder."""
    tools = ("unshare", "chroot", "apt-get")
    return sys.platform == "linux" and os.geteuid() == 0 and all(map(which, tools))


def which(program: str) -> str | None:
    """Return the path of a program, also of one that only root has on PATH."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:{ADMIN_PATH}")


def printed(command: Sequence[str]) -> str:
    """Return a command's output, whether it succeeds or not."""
    settings = {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:{ADMIN_PATH}"}
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    return done.stdout


def inside(root: Path, command: Sequence[str], shares: Sequence[Path] = ()) -> list[str]:
    """Return a command that runs in the root folder, with mounts in a namespace that ends with
    it."""
    lines = ["set -e", "root=$1; shift"]
    lines += ['mount -t proc proc "$root/proc"', 'mount --rbind /dev "$root/dev"']
    for share in dict.fromkeys((Path(tempfile.gettempdir()), environment.ROOT, *shares)):
        inner = shlex.quote(str(share.resolve()))
        lines += [f'mkdir -p "$root"{inner}', f'mount --rbind {inner} "$root"{inner}']
    lines += ['exec chroot "$root" "$@"']
    unshare = which("unshare") or "unshare"
    script = ["sh", "-c", "\n".join(lines), "sh"]
    return [unshare, "--mount", "--propagation", "private", *script, str(root), *command]


def make(root: Path, suite: Suite) -> None:
    """Bootstrap Debian into the root folder if needed, then add the missing packages. Raises
    NotPrepared."""
    root.parent.mkdir(parents=True, exist_ok=True)
    if not _is_bootstrapped(root):
        if which("debootstrap") is None:
            apt_get("update")
            apt_get("install", "debootstrap")
        _delete(root)
        part = root.with_name(f"{root.name}.part")
        _delete(part)
        print(f"Making {root}, about four minutes …", file=sys.stderr, flush=True)
        command = [which("debootstrap") or "debootstrap", "--variant=minbase"]
        unshare = [which("unshare") or "unshare", "--mount", "--propagation", "private"]
        _run("debootstrap", [*unshare, *command, suite.name, str(part)])
        part.rename(root)
    if not _is_whole(root, suite):
        if suite.apt_settings:
            settings = root / "etc/apt/apt.conf.d/90-suite"
            settings.write_text(suite.apt_settings, encoding="utf-8")
        print(f"Adding Blender and Xvfb to {root} …", file=sys.stderr, flush=True)
        noninteractive = ["env", "DEBIAN_FRONTEND=noninteractive", f"PATH={ADMIN_PATH}"]
        install = ["apt-get", "install", "-y", "--no-install-recommends"]
        install += suite.packages
        for words in (["dpkg", "--configure", "-a"], ["apt-get", "update"], install):
            _run("the installation", inside(root, [*noninteractive, *words]))
        _run("apt-get clean", inside(root, [*noninteractive, "apt-get", "clean"]))
    if not _is_whole(root, suite):
        raise NotPrepared(f"{root} is not whole even now; delete it and try again.")
    _stamp(root, suite).touch()


def _stamp(root: Path, suite: Suite) -> Path:
    """Return the file that marks the root folder as complete for these packages."""
    wanted = hashlib.sha256(" ".join((suite.name, *suite.packages)).encode()).hexdigest()[:12]
    return root.with_name(f"{root.name}-{wanted}.stamp")


def _is_bootstrapped(root: Path) -> bool:
    return (root / "usr/bin/apt-get").exists() and not (root / "debootstrap").exists()


def _is_whole(root: Path, suite: Suite) -> bool:
    if not _is_bootstrapped(root):
        return False
    query = ["dpkg-query", "--root", str(root), "-W", "-f", "${db:Status-Status} "]
    found = printed([*query, *suite.packages]).split()
    return found == ["installed"] * len(suite.packages)


def _delete(folder: Path) -> None:
    """Delete an incomplete root folder, unless it contains a mount, whose files would be deleted
    too."""
    mounted = _mounts_in(folder)
    if mounted:
        raise NotPrepared(
            f"{folder} is half made and has mounts in it. Unmount them, then try again: "
            + ", ".join(map(str, mounted))
        )
    if folder.exists():
        shutil.rmtree(folder)


def _mounts_in(folder: Path) -> tuple[Path, ...]:
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    points = (Path(line.split()[4].encode().decode("unicode_escape")) for line in lines)
    return tuple(point for point in points if point.is_relative_to(folder.resolve()))


def apt_get(subcommand: str, *packages: str) -> None:
    """Run apt-get on this machine. Raises NotPrepared."""
    settings = ["env", "DEBIAN_FRONTEND=noninteractive", f"PATH={ADMIN_PATH}"]
    options = ["-y", "--no-install-recommends"] if packages else []
    _run(f"apt-get {subcommand}", [*settings, "apt-get", subcommand, *options, *packages])


def _run(what: str, command: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        if venvs.run_long(command, log) != 0:
            raise NotPrepared(f"{what} failed:\n{venvs.end_of(log)}")
