"""Remakes the pictures of README and docs/ in a windowed Blender with the stand-in.

Needs the window that `python3 scripts/gui_blender.py` prepares. Each picture is cropped to its
subject, and saved with few enough colors to stay small.
"""

import start

if __name__ == "__main__":
    start.enter("test")

import argparse
import sys
import tempfile
from pathlib import Path

from PIL import Image

import build
import environment
import gui_blender

sys.path.insert(0, str(environment.ROOT))

from tests.gui.theater import Theater
from tests.standin.service import DEFAULT_KEY, StandIn

DOCS = environment.ROOT / "docs"
SIZE = (1280, 800)
SECONDS = 6.0
"""Seconds that a task takes, so that a picture can show it running."""
LARGEST = 200_000
"""Maximum bytes of a committed picture."""


def main() -> None:
    """Run the scenario and save its pictures. Raises SystemExit if one would be too large."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", default="", help="the window of this suite, such as sid")
    parser.add_argument("--out", type=Path, default=DOCS, help="folder for the pictures")
    args = parser.parse_args()
    blender = gui_blender.find(args.suite)
    if blender is None:
        raise SystemExit("No windowed Blender here: `python3 scripts/gui_blender.py` prepares one")
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        for path in _play(blender, Path(place)):
            saved = _save(path, args.out)
            print(f"{saved}: {saved.stat().st_size:,} bytes")


def _play(blender: gui_blender.GuiBlender, place: Path) -> list[Path]:
    """Run the scenario and return its pictures."""
    (archive,) = build.build(platforms=[build.current_platform()], output=place / "zip")
    with StandIn(seconds=SECONDS, folder=place / "service") as service:
        theater = Theater(blender, archive, service.base_url, DEFAULT_KEY, SIZE)
        report = theater.play("documents", place / "pictures", {"smooth": True})
    return sorted(report.folder.glob("*.png"))


def _save(path: Path, folder: Path) -> Path:
    """Save a picture with a palette, which halves its size and is hardly visible in an interface,
    with as many colors as fit. Raises SystemExit if even the fewest are too large."""
    target = folder / path.name
    for colors in (128, 64, 32):
        with Image.open(path) as picture:
            few = picture.convert("RGB").quantize(colors=colors, dither=Image.Dither.NONE)
        few.save(target, optimize=True)
        if target.stat().st_size <= LARGEST:
            return target
    raise SystemExit(f"{target.name} has {target.stat().st_size:,} bytes, {LARGEST:,} at most")


if __name__ == "__main__":
    main()
