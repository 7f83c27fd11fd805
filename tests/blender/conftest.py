"""Fixtures for tests with the bpy module: nothing personal, an empty file per test, a stand-in."""

from __future__ import annotations

import atexit
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.blender.command_child import KEY, CommandLine

if TYPE_CHECKING:
    from tests.standin.service import StandIn

# Blender reads this when bpy is imported, as soon as a test module is collected.
_USER_FOLDER = tempfile.TemporaryDirectory(prefix="blender-user-")
os.environ["BLENDER_USER_RESOURCES"] = _USER_FOLDER.name
_exit_status = [0]


@pytest.fixture(autouse=True)
def empty_file() -> None:
    """Begin every test with an empty file; skip it without bpy."""
    bpy = pytest.importorskip("bpy", reason="Blender as a Python module is not installed here")
    bpy.ops.wm.read_homefile(use_empty=True)


@pytest.fixture(scope="session", autouse=True)
def looks_soon() -> None:
    """Look at tasks more often than a service asks for."""
    from tests.blender import quick_looks

    quick_looks.look_soon()


@pytest.fixture(scope="session")
def served_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model of every task of `service`: nothing is forged, but a child has to prepare it."""
    from tests.blender import addon

    return addon.model_file(tmp_path_factory.mktemp("served"))


@pytest.fixture
def task_seconds() -> float:
    """How many seconds a task of the service takes; a test module may override it."""
    return 0.0


@pytest.fixture
def service(served_model: Path, task_seconds: float) -> Iterator[StandIn]:
    """A service whose every task ends in the same model; a test module may override it."""
    from tests.standin.service import StandIn

    with StandIn(seconds=task_seconds, keys=(KEY,), model=served_model) as running:
        yield running


@pytest.fixture
def forms(service: StandIn) -> Iterator[Any]:
    """The scene's forms, with the add-on enabled and pointed at the service; a test module may
    override it."""
    from tests.blender import addon

    with addon.enabled(service) as context:
        scene: Any = context.scene
        yield scene.tripo_addon


@pytest.fixture
def tripo(tmp_path: Path, service: StandIn) -> CommandLine:
    """Blender's command line with a user folder of its own, pointed at the service."""
    home = tmp_path / "home"
    home.mkdir()
    return CommandLine(home, service.base_url)


@pytest.fixture
def one_step_per_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Append one piece of a model per turn, so that there is a moment between two pieces on any
    machine."""
    from tripo_addon.blender.arrival import importer

    monkeypatch.setattr(importer, "TURN_SECONDS", 0.0)


def pytest_sessionfinish(exitstatus: int) -> None:
    """End the tests' warm child, and store the exit status for `_leave`."""
    if "tests.blender.arriving" in sys.modules:
        sys.modules["tests.blender.arriving"].WARM.end()
    _exit_status[0] = int(exitstatus)


@atexit.register
def _leave() -> None:
    """Exit here: after Hypothesis has run, bpy 4.5 waits forever in its own exit."""
    _USER_FOLDER.cleanup()
    if "bpy" in sys.modules:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_exit_status[0])
