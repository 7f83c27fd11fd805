"""Which warnings are errors, and how a test run ends once Blender as a module has been in it."""

from __future__ import annotations

import atexit
import os
import sys
from pathlib import Path

import pytest

import gui_blender

_STATUS = pytest.StashKey[int]()
_SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"


def pytest_addoption(parser: pytest.Parser) -> None:
    """In which window the tests of the window play."""
    parser.addoption(
        "--suite",
        choices=tuple(gui_blender.SUITES),
        default="",
        help="the windowed Blender of this suite of Debian; without it this machine's own, or "
        f"that of {gui_blender.USUAL_SUITE}",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make errors of the warnings about our own code, and of what is left open or raised unheard.

    Blender's own scripts and the packages that it brings may warn: what they do is not ours to
    mend, and newer packages deprecate what an older Blender calls.
    """
    own = "|".join(("tripo_addon", "tests", *(path.stem for path in _SCRIPTS.glob("*.py"))))
    for line in (
        rf"error:::(bl_ext\.\w+\.)?({own})(\.|$)",
        "error::ResourceWarning",
        "error::pytest.PytestUnraisableExceptionWarning",
        "error::pytest.PytestUnhandledThreadExceptionWarning",
        # 4.2 needs what 5 warns of.
        "ignore:.*use_nodes' is expected to be removed:DeprecationWarning",
    ):
        config.addinivalue_line("filterwarnings", line)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Keep the status for the way out."""
    session.config.stash[_STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave without the C++ teardown: in 4.5.15 it waits for ever on a thread of Blender's own.

    All results are printed by then, and what Python has to do at exit is done here. That the add-on
    itself lets Blender end is seen in tests/package, whose Blenders end as any program does.
    """
    if "bpy" not in sys.modules or _STATUS not in config.stash:
        return
    config.get_terminal_writer().flush()
    atexit._run_exitfuncs()
    os._exit(config.stash[_STATUS])
