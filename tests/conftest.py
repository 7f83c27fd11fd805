"""Turns warnings about our own code into errors, and ends a test run that used Blender as a
module."""

from __future__ import annotations

import atexit
import os
import sys
from pathlib import Path

import pytest

import debian_root

_STATUS = pytest.StashKey[int]()
_SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that chooses the window for window tests."""
    parser.addoption(
        "--suite",
        choices=tuple(debian_root.SUITES),
        default="",
        help="the windowed Blender of this suite of Debian; without it this machine's own, or "
        f"that of {debian_root.USUAL_SUITE}",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Turn warnings about our own code, unclosed resources and unhandled errors in threads into
    errors.

    Warnings of Blender's own scripts and of its packages are allowed: they are not ours to fix, and
    newer packages deprecate what an older Blender calls.
    """
    own = "|".join(("tripo_addon", "tests", *(path.stem for path in _SCRIPTS.glob("*.py"))))
    for line in (
        rf"error:::(bl_ext\.\w+\.)?({own})(\.|$)",
        "error::ResourceWarning",
        "error::pytest.PytestUnraisableExceptionWarning",
        "error::pytest.PytestUnhandledThreadExceptionWarning",
        # 4.2 uses functions that 5 warns about.
        "ignore:.*use_nodes' is expected to be removed:DeprecationWarning",
    ):
        config.addinivalue_line("filterwarnings", line)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Store the exit status for `pytest_unconfigure`."""
    session.config.stash[_STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Exit without the C++ teardown: in 4.5.15 it waits forever for one of Blender's own threads.

    All results are printed by then, and Python's exit work is done here. Whether Blender can quit
    with the add-on is tested in tests/package, whose Blenders quit normally.
    """
    if "bpy" not in sys.modules or _STATUS not in config.stash:
        return
    config.get_terminal_writer().flush()
    atexit._run_exitfuncs()
    os._exit(config.stash[_STATUS])
