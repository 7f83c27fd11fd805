"""How a test run ends once Blender as a module has been in it."""

from __future__ import annotations

import atexit
import os
import sys

import pytest

_STATUS = pytest.StashKey[int]()


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
