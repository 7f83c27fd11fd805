"""What the window's tests share: the built zip, a windowed Blender, a service, and a play in it.

Builds the zip once, as it is released; skips where there is no window to be had.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import build
import gui_blender
from tests.standin.orders import Order
from tests.standin.service import DEFAULT_KEY, StandIn
from tests.standin.workshop import ForgeBroke, ForgeWorkshop, forge_command

STAGE = Path(__file__).with_name("stage.py")
SIZE = (1280, 720)
PATIENCE = 400.0
BAD_WORDS = ("Traceback", "Error: Python", "EXCEPTION_ACCESS", "Segmentation fault")
PROMPT = "a small wooden chest"


@dataclass(frozen=True)
class Report:
    """What a play left behind: facts by name, pictures by name, and Blender's log."""

    facts: Mapping[str, Any]
    folder: Path
    log: str

    def __getitem__(self, name: str) -> Any:
        return self.facts[name]

    def picture(self, name: str) -> Image.Image:
        """A picture of the window; AssertionError where it is black or of one colour."""
        with Image.open(self.folder / f"{name}.png") as whole:
            picture = whole.convert("RGB")
        low, high = zip(*picture.getextrema(), strict=True)
        assert max(high) - min(low) > 64, f"{name}.png shows nothing"
        return picture


Perform = Callable[..., Report]


@pytest.fixture(scope="session")
def blender(pytestconfig: pytest.Config) -> gui_blender.GuiBlender:
    suite: str = pytestconfig.getoption("suite") or ""
    found = gui_blender.find(suite)
    if found is None and suite:
        # It was asked for by name: not having run would be no success.
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
    """A textured GLB as the stand-in forges it from the prompt."""
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
    """How long the service takes for a task; a module of tests may say otherwise."""
    return 2.0


@pytest.fixture
def service(model: Path, task_seconds: float, tmp_path: Path) -> Iterator[StandIn]:
    """Every task ends in the same model."""
    with StandIn(seconds=task_seconds, model=model, folder=tmp_path / "service") as running:
        yield running


@pytest.fixture
def perform(
    blender: gui_blender.GuiBlender, archive: Path, tmp_path: Path, service: StandIn
) -> Perform:
    """Play a scenario in a window of its own, and give the report of a Blender that ended well."""

    def play(scenario: str, **options: object) -> Report:
        folder = tmp_path / scenario
        folder.mkdir()
        order = {
            "scenario": scenario,
            "folder": str(folder),
            "archive": str(archive),
            "address": service.base_url,
            "key": DEFAULT_KEY,
            "options": options,
        }
        log = folder / "blender.log"
        own = {"BLENDER_USER_RESOURCES": str(folder / "blender")}
        opened = blender.open(
            STAGE, json.dumps(order), log=log, variables=own, shares=(tmp_path,), size=SIZE
        )
        with opened as window:
            code = _attend(window, folder)
        return _report(folder, code)

    return play


def _attend(window: gui_blender.Window, folder: Path) -> int | None:
    """Take the pictures that are asked for until Blender ends; its exit code, None if it stays."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for wanted in folder.glob("*.wanted"):
            _cropped(window.screenshot(wanted.with_suffix(".png")))
            wanted.unlink()
        if (code := window.process.poll()) is not None:
            return code
        time.sleep(0.05)
    return None


def _cropped(path: Path) -> None:
    """The window lies in the lower left of its screen; the rest of the screen is black."""
    with Image.open(path) as screen:
        below = max(0, screen.height - SIZE[1])
        picture = screen.convert("RGB").crop((0, below, SIZE[0], screen.height))
    picture.save(path)


def _report(folder: Path, code: int | None) -> Report:
    log = (folder / "blender.log").read_text(encoding="utf-8", errors="replace")
    written = folder / "report.json"
    assert written.exists(), f"Blender ended with {code} and left no report:\n{log[-3000:]}"
    report = json.loads(written.read_text(encoding="utf-8"))
    assert not report["error"], f"{report['error']}\nin {folder}\n{log[-3000:]}"
    assert code == 0, f"Blender ended with {code}:\n{log[-3000:]}"
    found = [word for word in BAD_WORDS if word in log]
    assert not found, f"{found} in Blender's log:\n{log[-3000:]}"
    print(f"\nPictures are in {folder}")
    if report["gaps"]:
        print(f"The longest gap of a 60 Hz heartbeat was {1000 * max(report['gaps']):.0f} ms")
    return Report(report["facts"], folder, log)
