"""Fixtures for tests with a window: the built zip, a windowed Blender, a service, and a scenario
played in it.

Builds the zip once, as for a release. Skips if no window is available.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import build
import gui_blender
from tests.gui.theater import Report, Theater
from tests.standin.orders import Order
from tests.standin.service import DEFAULT_KEY, StandIn
from tests.standin.workshop import ForgeBroke, ForgeWorkshop, forge_command

PROMPT = "a small wooden chest"


Perform = Callable[..., Report]


@pytest.fixture(scope="session")
def blender(pytestconfig: pytest.Config) -> gui_blender.GuiBlender:
    suite: str = pytestconfig.getoption("suite") or ""
    found = gui_blender.find(suite)
    if found is None and suite:
        # If the window was asked for by name, not running is a failure.
        pytest.fail(f"`python3 scripts/gui_blender.py --suite {suite}` prepares this window")
    if found is None:
        pytest.skip("no windowed Blender here; `python3 scripts/gui_blender.py` prepares one")
    if found.root is None and shutil.which("import") is None:
        pytest.skip("ImageMagick's `import`, which takes the pictures, is not installed here")
    return found


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    (path,) = build.build(
        platforms=[build.current_platform()], output=tmp_path_factory.mktemp("zip")
    )
    return path


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A textured GLB as the stand-in makes it from the prompt."""
    try:
        forge_command()
    except ForgeBroke as missing:
        pytest.skip(str(missing))
    workshop = ForgeWorkshop(tmp_path_factory.mktemp("forge"))
    try:
        made = workshop.make(Order(kind="letters", text=PROMPT, geometry_seed=PROMPT)).result()
    finally:
        workshop.close()
    assert isinstance(made.model, Path)
    return made.model


@pytest.fixture
def task_seconds() -> float:
    """How many seconds a task of the service takes; a test module may override it."""
    return 2.0


@pytest.fixture
def service(model: Path, task_seconds: float, tmp_path: Path) -> Iterator[StandIn]:
    """A service whose every task ends in the same model."""
    with StandIn(seconds=task_seconds, model=model, folder=tmp_path / "service") as running:
        yield running


@pytest.fixture
def perform(
    blender: gui_blender.GuiBlender, archive: Path, tmp_path: Path, service: StandIn
) -> Perform:
    """Play a scenario in its own window. Returns the report; Blender must have quit normally."""
    theater = Theater(blender, archive, service.base_url, DEFAULT_KEY)

    def play(scenario: str, **options: object) -> Report:
        return theater.play(scenario, tmp_path / scenario, options)

    return play
