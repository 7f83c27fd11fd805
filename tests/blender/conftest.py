"""Blender for the tests of its room: the bpy module, without anything personal, empty per test."""

import atexit
import os
import sys
import tempfile

import pytest

# Blender reads it when bpy is imported, which happens as soon as a test module is collected.
_NOBODY = tempfile.TemporaryDirectory(prefix="blender-user-")
os.environ["BLENDER_USER_RESOURCES"] = _NOBODY.name
_ended_with = [0]


@pytest.fixture(autouse=True)
def empty_file() -> None:
    """Begin every test in an empty file; skip it where there is no bpy."""
    bpy = pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")
    bpy.ops.wm.read_homefile(use_empty=True)


@pytest.fixture
def one_piece_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a turn bring one piece of a model, so that there is a moment between any two of them,
    however fast this machine is."""
    from tripo_addon.blender.arrival import importer

    monkeypatch.setattr(importer, "TURN_SECONDS", 0.0)


def pytest_sessionfinish(exitstatus: int) -> None:
    """End the child that took the tests' orders; remember how the run ended, for `_leave`."""
    if "tests.blender.arriving" in sys.modules:
        sys.modules["tests.blender.arriving"].WARM.end()
    _ended_with[0] = int(exitstatus)


@atexit.register
def _leave() -> None:
    """End here: bpy 4.5 waits for ever in its own exit where Hypothesis has run, too."""
    _NOBODY.cleanup()
    if "bpy" in sys.modules:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_ended_with[0])
