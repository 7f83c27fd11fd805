"""Plays a scenario in its own windowed Blender, and takes the pictures that it requests.

For the window tests, and for `scripts/pictures.py`, which makes the pictures of the documents.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

import gui_blender

STAGE = Path(__file__).with_name("stage.py")
SIZE = (1280, 720)
PATIENCE = 400.0
BAD_WORDS = ("Traceback", "Error: Python", "EXCEPTION_ACCESS", "Segmentation fault")


@dataclass(frozen=True)
class Report:
    """The result of a play: facts by name, pictures by name, and Blender's log."""

    facts: Mapping[str, Any]
    folder: Path
    log: str

    def __getitem__(self, name: str) -> Any:
        return self.facts[name]

    def picture(self, name: str) -> Image.Image:
        """Open a picture of the window. Raises AssertionError if it is black or of one color."""
        with Image.open(self.folder / f"{name}.png") as whole:
            picture = whole.convert("RGB")
        low, high = zip(*picture.getextrema(), strict=True)
        assert max(high) - min(low) > 64, f"{name}.png shows nothing"
        return picture


@dataclass(frozen=True)
class Theater:
    """What every play needs: a windowed Blender, the built zip, and a service's address and key.
    `size` is the window's, in pixels."""

    blender: gui_blender.GuiBlender
    archive: Path
    address: str
    key: str
    size: tuple[int, int] = SIZE

    def play(self, scenario: str, folder: Path, options: Mapping[str, object]) -> Report:
        """Play a scenario and return the report. Raises AssertionError with the log's end unless
        Blender quit normally. Leaves pictures in the folder, which must not exist before."""
        folder.mkdir()
        order = {
            "scenario": scenario,
            "folder": str(folder),
            "archive": str(self.archive),
            "address": self.address,
            "key": self.key,
            "options": dict(options),
        }
        log = folder / "blender.log"
        own = {"BLENDER_USER_RESOURCES": str(folder / "blender")}
        opened = self.blender.open(
            STAGE,
            json.dumps(order),
            log=log,
            variables=own,
            shares=(folder.parent,),
            size=self.size,
        )
        with opened as window:
            code = self._attend(window, folder)
        return _report(folder, code)

    def _attend(self, window: gui_blender.Window, folder: Path) -> int | None:
        """Take the requested pictures until Blender quits, and return its exit code; None if it
        does not quit."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for wanted in folder.glob("*.wanted"):
                self._crop(
                    window.screenshot(wanted.with_suffix(".ppm")), wanted.with_suffix(".png")
                )
                wanted.unlink()
            if (code := window.process.poll()) is not None:
                return code
            time.sleep(0.05)
        return None

    def _crop(self, shot: Path, picture: Path) -> None:
        """Save the window, in the lower left of its screen; the rest of the screen is black."""
        with Image.open(shot) as screen:
            below = max(0, screen.height - self.size[1])
            screen.convert("RGB").crop((0, below, self.size[0], screen.height)).save(picture)
        # Not compressed, as the whole screen is not kept.
        shot.unlink()


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
