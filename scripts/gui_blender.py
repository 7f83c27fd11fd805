"""Prepares and drives a Blender with a window: this machine's own, or one in a root folder.

Without a Blender on PATH, root on Debian gets Debian trixie's (4.3.2) in a folder in the user's
cache, and with `--suite sid` that of sid (5.2.2 on Python 3.14) beside it. Standard library only.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import debian_root
import environment

SCREEN = "1600x900x24"


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
        if self.root is None and debian_root.which("Xvfb") is None:
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
                raise debian_root.NotPrepared("Xvfb ended before it had a screen.")
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
        self.command("import", "-depth", "8", "-window", "root", str(path))
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
            command = debian_root.inside(self.root, command, self.shares)
            # Keep compiled shaders, or each window would need ten seconds before it draws.
            base = {"MESA_SHADER_CACHE_DIR": "/var/cache/mesa", "HOME": str(self.home)}
            base |= {"PATH": debian_root.ADMIN_PATH, "LANG": "C.UTF-8"}
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

    With a suite of `debian_root` it is the one in that root folder. Without one it is this
    machine's own Blender, else the one in the root folder of the usual suite.
    """
    if not suite and (host := _host_blender()) is not None and _has_screen():
        return host
    wanted = debian_root.SUITES[suite or debian_root.USUAL_SUITE]
    root = debian_root.root_folder(wanted.name)
    if debian_root.is_ready(root, wanted):
        return GuiBlender("blender", _version_inside(root), root)
    return None


def prepare(suite: str = "") -> GuiBlender:
    """Return the same, made or completed if possible. Raises `debian_root.NotPrepared`, saying what
    would help."""
    if (found := find(suite)) is not None:
        return found
    if not debian_root.can_enter():
        raise debian_root.NotPrepared(
            f"Only root on Debian can make a root folder of {suite}."
            if suite
            else "No windowed Blender: put Blender 4.2.13 or later on PATH or name it by the "
            "variable BLENDER, with a screen or Xvfb. Root on Debian gets one made here."
        )
    if not suite and _host_blender() is not None:
        debian_root.apt_get("install", *debian_root.HOST_TOOLS)
    else:
        wanted = debian_root.SUITES[suite or debian_root.USUAL_SUITE]
        debian_root.make(debian_root.root_folder(wanted.name), wanted)
    if (made := find(suite)) is None:
        raise debian_root.NotPrepared("The windowed Blender was made but does not answer.")
    return made


def _host_blender() -> GuiBlender | None:
    program = environment.find_blender()
    if program is None:
        return None
    version = environment.version_in(debian_root.printed([str(program), "--version"]))
    return GuiBlender(str(program), version) if version >= environment.OLDEST_BLENDER else None


def _has_screen() -> bool:
    windows_without_x = sys.platform in ("win32", "darwin")
    return (
        windows_without_x
        or debian_root.which("Xvfb") is not None
        or bool(os.environ.get("DISPLAY"))
    )


def _version_inside(root: Path) -> tuple[int, ...]:
    return environment.version_in(
        debian_root.printed(debian_root.inside(root, ["blender", "--version"]))
    )


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
    suites = ("", *debian_root.SUITES)
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
    except debian_root.NotPrepared as error:
        raise SystemExit(f"gui_blender: {error}") from error
    place = blender.root or "this machine"
    print(f"Blender {'.'.join(map(str, blender.version))} with a window, in {place}")


if __name__ == "__main__":
    main()
