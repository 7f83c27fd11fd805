"""Fixtures for tests with the bpy module: nothing personal, and an empty file per test."""

import atexit
import os
import sys
import tempfile

import pytest

# Blender reads this when bpy is imported, as soon as a test module is collected.
_NOBODY = tempfile.TemporaryDirectory(prefix="blender-user-")
os.environ["BLENDER_USER_RESOURCES"] = _NOBODY.name
_ended_with = [0]


@pytest.fixture(autouse=True)
def empty_file() -> None:
    """Begin every test with an empty file; skip it without bpy."""
    bpy = pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")
    bpy.ops.wm.read_homefile(use_empty=True)


@pytest.fixture
def one_piece_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Append one piece of a model per turn, so that there is a moment between two pieces on any
    machine."""
    from tripo_addon.blender.arrival import importer

    monkeypatch.setattr(importer, "TURN_SECONDS", 0.0)


def pytest_sessionfinish(exitstatus: int) -> None:
    """End the tests' warm child, and store the exit status for `_leave`."""
    if "tests.blender.arriving" in sys.modules:
        sys.modules["tests.blender.arriving"].WARM.end()
    _ended_with[0] = int(exitstatus)


@atexit.register
def _leave() -> None:
    """Exit here: after Hypothesis has run, bpy 4.5 waits forever in its own exit."""
    _NOBODY.cleanup()
    if "bpy" in sys.modules:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_ended_with[0])
