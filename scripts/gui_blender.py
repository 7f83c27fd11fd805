"""Prepares and drives a Blender with a window: this machine's own, or one in a root folder.

Without a Blender on PATH, root on Debian gets Debian trixie's (4.3.2) in a folder in the user's
cache, and with `--suite sid` that of sid (5.2.2 on Python 3.14) beside it. Mounts are made in a
private namespace that ends with the command, so the host's never change. A folder that contains a
mount is never deleted. Standard library only.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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
SCREEN = "1600x900x24"
ADMIN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class NotPrepared(Exception):
    """There is no windowed Blender and none can be made here; the text says what would help."""


@dataclass(frozen=True)
class GuiBlender:
    """A Blender that can open a window. `root` is its root folder, or None on the host."""

    program: str
    version: tuple[int, ...]
    root: Path | None = None

    @contextmanager
    def open(
        self,
        script: Path,
        *arguments: str,
        log: Path,
        variables: Mapping[str, str] | None = None,
        shares: Sequence[Path] = (),
        size: tuple[int, int] = (1600, 900),
    ) -> Iterator[Window]:
        """Start Blender with factory settings, running `script`, in a window on its own screen.

        The script gets `arguments` after `--`, may call `window.event_simulate`, and quits Blender
        with `bpy.ops.wm.quit_blender()`; leaving the `with` block ends Blender too. `variables` are
        added to an environment without keys. The checkout, the temporary folder and `shares` have
        the same paths inside and outside. `log` gets Blender's output.
        """
        with tempfile.TemporaryDirectory(prefix="window-") as home, self._screen(shares) as display:
            place = _Place(self.root, display, Path(home), tuple(shares))
            geometry = ("--window-geometry", "0", "0", str(size[0]), str(size[1]))
            command = [self.program, "--factory-startup", "--enable-event-simulate", *geometry]
            command += ["--python-exit-code", "3", "--python", str(script), "--", *arguments]
            with log.open("w", encoding="utf-8") as output:
                process = place.start(command, output.fileno(), variables or {})
            try:
                yield Window(place, process, log)
            finally:
                _end(process)

    @contextmanager
    def _screen(self, shares: Sequence[Path]) -> Iterator[str]:
        if self.root is None and _which("Xvfb") is None:
            yield os.environ.get("DISPLAY", "")
            return
        reading, writing = os.pipe()
        place = _Place(self.root, "", Path(tempfile.gettempdir()), tuple(shares))
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", SCREEN, "+extension", "GLX"]
        server = place.start([*command, "-nolisten", "tcp"], subprocess.DEVNULL, {}, keep=writing)
        os.close(writing)
        try:
            with os.fdopen(reading, encoding="ascii") as answer:
                number = answer.readline().strip()
            if not number:
                raise NotPrepared("Xvfb ended before it had a screen.")
            yield f":{number}"
        finally:
            _end(server)


@dataclass(frozen=True)
class Window:
    """A running Blender and its screen."""

    place: _Place
    process: subprocess.Popen[bytes]
    log: Path

    def screenshot(self, path: Path) -> Path:
        """Save a picture of the whole screen with ImageMagick: Blender's own screenshot is black
        there."""
        self.command("import", "-window", "root", str(path))
        return path

    def command(self, *words: str) -> None:
        """Run a program such as xdotool on the same screen. Raises CalledProcessError if it
        fails."""
        process = self.place.start(list(words), subprocess.DEVNULL, {})
        if process.wait(timeout=60) != 0:
            raise subprocess.CalledProcessError(process.returncode, words)

    def wait(self, timeout: float) -> int:
        """Wait until Blender quits and return its exit code. Raises subprocess.TimeoutExpired."""
        return self.process.wait(timeout=timeout)

    def printed(self) -> str:
        """Return Blender's output so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")


@dataclass(frozen=True)
class _Place:
    """Where commands run: on the host or in the root folder, and with which screen and home
    folder."""

    root: Path | None
    display: str
    home: Path
    shares: tuple[Path, ...]

    def start(
        self,
        command: list[str],
        output: int,
        variables: Mapping[str, str],
        *,
        keep: int | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a command in its own process group; `keep` is a file descriptor that it
        inherits."""
        own = {"LIBGL_ALWAYS_SOFTWARE": "1", "TMPDIR": str(self.home), **variables}
        if self.display:
            own["DISPLAY"] = self.display
        if self.root is None:
            base = {k: v for k, v in os.environ.items() if not k.endswith("_API_KEY")}
        else:
            command = _inside(self.root, command, self.shares)
            # Keep compiled shaders, or each window would need ten seconds before it draws.
            base = {"MESA_SHADER_CACHE_DIR": "/var/cache/mesa", "HOME": str(self.home)}
            base |= {"PATH": ADMIN_PATH, "LANG": "C.UTF-8"}
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output != subprocess.DEVNULL else subprocess.DEVNULL,
            env={**base, **own},
            pass_fds=() if keep is None else (keep,),
            start_new_session=True,
        )


def find(suite: str = "") -> GuiBlender | None:
    """Return the windowed Blender that is ready to use, or None. Installs and starts nothing.

    With a suite of SUITES it is the one in that root folder. Without one it is this machine's own
    Blender, else the one in the root folder of USUAL_SUITE.
    """
    if not suite and (host := _host_blender()) is not None and _has_screen():
        return host
    wanted = SUITES[suite or USUAL_SUITE]
    root = root_folder(wanted.name)
    if _can_enter_root() and _stamp(root, wanted).exists() and _is_whole(root, wanted):
        return GuiBlender("blender", _version_inside(root), root)
    return None


def prepare(suite: str = "") -> GuiBlender:
    """Return the same, made or completed if possible. Raises NotPrepared, saying what would
    help."""
    if (found := find(suite)) is not None:
        return found
    if not _can_enter_root():
        raise NotPrepared(
            f"Only root on Debian can make a root folder of {suite}."
            if suite
            else "No windowed Blender: put Blender 4.2.13 or later on PATH or name it by the "
            "variable BLENDER, with a screen or Xvfb. Root on Debian gets one made here."
        )
    if not suite and _host_blender() is not None:
        _apt_get("install", *HOST_TOOLS)
    else:
        wanted = SUITES[suite or USUAL_SUITE]
        _make_root(root_folder(wanted.name), wanted)
    if (made := find(suite)) is None:
        raise NotPrepared("The windowed Blender was made but does not answer.")
    return made


def root_folder(suite: str = USUAL_SUITE) -> Path:
    """Return the path of a suite's root folder: outside the checkout, in the user's cache."""
    return environment.cache() / f"blender-{suite}"


def _host_blender() -> GuiBlender | None:
    program = environment.find_blender()
    if program is None:
        return None
    version = environment.version_in(_printed([str(program), "--version"]))
    return GuiBlender(str(program), version) if version >= environment.OLDEST_BLENDER else None


def _has_screen() -> bool:
    windows_without_x = sys.platform in ("win32", "darwin")
    return windows_without_x or _which("Xvfb") is not None or bool(os.environ.get("DISPLAY"))


def _can_enter_root() -> bool:
    tools = ("unshare", "chroot", "apt-get")
    return sys.platform == "linux" and os.geteuid() == 0 and all(map(_which, tools))


def _which(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:{ADMIN_PATH}")


def _version_inside(root: Path) -> tuple[int, ...]:
    return environment.version_in(_printed(_inside(root, ["blender", "--version"])))


def _printed(command: Sequence[str]) -> str:
    settings = {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:{ADMIN_PATH}"}
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    return done.stdout


def _inside(root: Path, command: Sequence[str], shares: Sequence[Path] = ()) -> list[str]:
    """Return a command that runs in the root folder, with mounts in a namespace that ends with
    it."""
    lines = ["set -e", "root=$1; shift"]
    lines += ['mount -t proc proc "$root/proc"', 'mount --rbind /dev "$root/dev"']
    for share in dict.fromkeys((Path(tempfile.gettempdir()), environment.ROOT, *shares)):
        inner = shlex.quote(str(share.resolve()))
        lines += [f'mkdir -p "$root"{inner}', f'mount --rbind {inner} "$root"{inner}']
    lines += ['exec chroot "$root" "$@"']
    unshare = _which("unshare") or "unshare"
    script = ["sh", "-c", "\n".join(lines), "sh"]
    return [unshare, "--mount", "--propagation", "private", *script, str(root), *command]


def _make_root(root: Path, suite: Suite) -> None:
    """Bootstrap Debian into the root folder if needed, then add the missing packages."""
    root.parent.mkdir(parents=True, exist_ok=True)
    if not _is_bootstrapped(root):
        if _which("debootstrap") is None:
            _apt_get("update")
            _apt_get("install", "debootstrap")
        _delete(root)
        part = root.with_name(f"{root.name}.part")
        _delete(part)
        print(f"Making {root}, about four minutes …", file=sys.stderr, flush=True)
        command = [_which("debootstrap") or "debootstrap", "--variant=minbase"]
        unshare = [_which("unshare") or "unshare", "--mount", "--propagation", "private"]
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
            _run("the installation", _inside(root, [*noninteractive, *words]))
        _run("apt-get clean", _inside(root, [*noninteractive, "apt-get", "clean"]))
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
    found = _printed([*query, *suite.packages]).split()
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


def _apt_get(subcommand: str, *packages: str) -> None:
    settings = ["env", "DEBIAN_FRONTEND=noninteractive", f"PATH={ADMIN_PATH}"]
    options = ["-y", "--no-install-recommends"] if packages else []
    _run(f"apt-get {subcommand}", [*settings, "apt-get", subcommand, *options, *packages])


def _run(what: str, command: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        if venvs.run_long(command, log) != 0:
            raise NotPrepared(f"{what} failed:\n{venvs.end_of(log)}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children: first terminate, then kill."""
    for word in (signal.SIGTERM, signal.SIGKILL) if os.name == "posix" else ():
        try:
            os.killpg(process.pid, word)
            process.wait(timeout=10)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
    if process.poll() is None:
        process.kill()
    process.wait()


def _run_script(given: argparse.Namespace) -> int:
    blender = prepare(given.suite)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "blender.log")
        shares = (given.script.resolve().parent,)
        opened = blender.open(given.script.resolve(), *given.arguments, log=log, shares=shares)
        with opened as window:
            if given.screenshot is not None:
                time.sleep(given.after)
                window.screenshot(given.screenshot.resolve())
                print(given.screenshot)
            try:
                code = window.wait(given.timeout)
            except subprocess.TimeoutExpired:
                print(f"Blender was ended after {given.timeout:.0f} s.", file=sys.stderr)
                code = 1
        print(window.printed(), end="")
    return code


def main() -> None:
    """Prepare a windowed Blender and print which, or run a script in it."""
    options = argparse.ArgumentParser(description=__doc__)
    suites = ("", *SUITES)
    options.add_argument(
        "--suite", choices=suites, default="", help="the Blender of this suite of Debian"
    )
    commands = options.add_subparsers(dest="command")
    run = commands.add_parser("run", help="run a script in the window; it should quit Blender")
    run.add_argument("script", type=Path)
    run.add_argument("arguments", nargs="*", help="what the script gets after --")
    run.add_argument("--timeout", type=float, default=300.0, help="seconds until it is ended")
    run.add_argument("--screenshot", type=Path, help="a picture of the screen, as PNG")
    run.add_argument("--after", type=float, default=10.0, help="seconds until the picture")
    given = options.parse_args()
    try:
        if given.command == "run":
            raise SystemExit(_run_script(given))
        blender = prepare(given.suite)
    except NotPrepared as error:
        raise SystemExit(f"gui_blender: {error}") from error
    place = blender.root or "this machine"
    print(f"Blender {'.'.join(map(str, blender.version))} with a window, in {place}")


if __name__ == "__main__":
    main()
