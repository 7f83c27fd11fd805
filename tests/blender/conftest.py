"""Blender for the tests of its room: the bpy module, without anything personal, empty per test."""

import atexit
import os
import tempfile

import pytest

# Blender reads it when bpy is imported, which happens as soon as a test module is collected.
_NOBODY = tempfile.TemporaryDirectory(prefix="blender-user-")
atexit.register(_NOBODY.cleanup)
os.environ["BLENDER_USER_RESOURCES"] = _NOBODY.name


@pytest.fixture(autouse=True)
def empty_file() -> None:
    """Begin every test in an empty file; skip it where there is no bpy."""
    bpy = pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")
    bpy.ops.wm.read_homefile(use_empty=True)
