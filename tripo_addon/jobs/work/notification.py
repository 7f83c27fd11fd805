"""Shows a desktop notification when a job has ended, if the system has a command for that.

Blocks: for workers. Texts are passed as arguments, never as part of a command line.
"""

from __future__ import annotations

import html
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from .child_process import run_child

_SECONDS: Final = 10.0
_SCRIPT: Final = (
    *("-e", "on run argv"),
    *("-e", "display notification (item 2 of argv) with title (item 1 of argv)"),
    *("-e", "end run"),
)


def command(title: str, body: str, platform: str = sys.platform) -> tuple[str, ...]:
    """Return the command that shows two lines; () if there is none. `title` must not begin with a
    hyphen."""
    if platform == "darwin":
        return ("/usr/bin/osascript", *_SCRIPT, title, body)
    program = shutil.which("notify-send") if platform == "linux" else None
    if program is None:
        return ()
    # Desktops interpret tags in the second line as markup.
    return (program, "--app-name=Blender", "--icon=blender", "--", title, html.escape(body))


def notify(title: str, body: str, *, environment: Mapping[str, str], folder: Path) -> None:
    """Show two lines. Temporary files are written to `folder`; failures are ignored."""
    program = command(title, body)
    if program:
        run_child(
            program,
            environment=environment,
            result=folder / "notification.json",
            stop=lambda: False,
            timeout=_SECONDS,
            log=folder / "notification.log",
        )
