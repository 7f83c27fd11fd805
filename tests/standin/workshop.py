"""The workshop: takes orders, paints, has the forge child build, draws the preview.

One thread and one long-lived child, started with the first order. It decides nothing about
tasks; a failure is the future's exception.
"""

import importlib.util
import json
import logging
import os
import shutil
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, Protocol, cast

from . import paint, preview
from .filler import FillerGlb
from .orders import NOTE, Order

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
MODULE = "tests.standin.forge"
INSIDE_BLENDER = (
    f"import sys, runpy; sys.path.insert(0, {str(ROOT)!r}); "
    f"runpy.run_module({MODULE!r}, run_name='__main__')"
)


class ForgeBroke(Exception):
    """The child could not make a model; the message ends with what it said last."""


@dataclass(frozen=True)
class Made:
    """A finished model on disk, or the recipe of a huge one, and its preview."""

    model: Path | FillerGlb
    preview: Path

    @property
    def extension(self) -> str:
        """`glb` or `fbx`."""
        return "glb" if isinstance(self.model, FillerGlb) else self.model.suffix.lstrip(".")


class Workshop(Protocol):
    """Where tasks have their models made."""

    def make(self, order: Order) -> "Future[Made]":
        """Start on an order; raises nothing now."""
        ...

    def close(self) -> None:
        """Stop, and leave no process behind."""
        ...


class ReadyMade:
    """Hands out the same model whatever is ordered, at once: for tests and benchmarks."""

    def __init__(self, model: Path | FillerGlb, folder: Path) -> None:
        card = folder / "ready-made.png"
        paint.note_card("stand-in, no AI").save(card)
        self._made = Made(model, card)

    def make(self, order: Order) -> "Future[Made]":
        """Already done."""
        del order
        done: Future[Made] = Future()
        done.set_result(self._made)
        return done

    def close(self) -> None:
        """Nothing runs."""


class ForgeWorkshop:
    """Builds each order with bpy in the child process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="workshop")
        self._child: subprocess.Popen[str] | None = None
        self._closing = False

    def make(self, order: Order) -> "Future[Made]":
        """Queue an order; orders are built one after the other."""
        if self._closing:
            refused: Future[Made] = Future()
            refused.set_exception(ForgeBroke("the workshop is closed"))
            return refused
        return self._thread.submit(self._make, order)

    def close(self) -> None:
        """Drop what is queued, end the child, and wait for both."""
        self._closing = True
        self._thread.shutdown(wait=False, cancel_futures=True)
        child = self._child
        if child is not None:
            child.kill()
        self._thread.shutdown(wait=True)
        self._dismiss()

    def _make(self, order: Order) -> Made:
        folder = Path(mkdtemp(prefix=f"{order.kind}-", dir=self._folder))
        paints = paint.paint(order, folder)
        answer = self._ask({**_plain(order), **_painted(paints), "folder": str(folder)})
        picture = preview.draw(
            Path(str(answer["soup"])), paints.maps.get("base"), folder / "preview.png"
        )
        return Made(Path(str(answer["model"])), picture)

    def _ask(self, message: dict[str, object]) -> dict[str, object]:
        child = self._running()
        if child.stdin is None or child.stdout is None:
            raise ForgeBroke("the forge has no pipes")
        try:
            child.stdin.write(json.dumps(message) + "\n")
            child.stdin.flush()
        except BrokenPipeError:
            raise self._broken() from None
        return self._heard(child.stdout)

    def _running(self) -> "subprocess.Popen[str]":
        if self._child is None:
            with self._log.open("ab") as errors:
                self._child = subprocess.Popen(
                    forge_command(),
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    text=True,
                    encoding="utf-8",
                )
            if self._child.stdout is not None:
                self._heard(self._child.stdout)
        return self._child

    def _heard(self, pipe: IO[str]) -> dict[str, object]:
        """The next answer; Blender's own chatter on the same pipe is passed over."""
        for line in pipe:
            if line.startswith("{"):
                return cast("dict[str, object]", json.loads(line))
        raise self._broken()

    def _dismiss(self) -> None:
        """End the child and let go of it; the next order starts another."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                # Closing flushes what a dead child will never read.
                with suppress(BrokenPipeError):
                    pipe.close()

    def _broken(self) -> ForgeBroke:
        self._dismiss()
        if self._closing:
            return ForgeBroke("the workshop was closed")
        last = self._log.read_text(encoding="utf-8", errors="replace").strip()[-600:]
        log.warning("the forge broke: %s", last)
        return ForgeBroke(f"the forge broke: {last}")

    @property
    def _log(self) -> Path:
        return self._folder / "forge.log"


def forge_command() -> tuple[str, ...]:
    """How to start the child here: this Python if it has bpy, else $BLENDER or `blender`."""
    if importlib.util.find_spec("bpy") is not None:
        return (sys.executable, "-m", MODULE)
    blender = os.environ.get("BLENDER") or shutil.which("blender")
    if blender is None:
        raise ForgeBroke(
            "no Blender to forge with: install bpy, set BLENDER, or serve a ready model (--model)"
        )
    quietly = ("-b", "--factory-startup", "--python-exit-code", "3")
    return (blender, *quietly, "--python-expr", INSIDE_BLENDER)


def _plain(order: Order) -> dict[str, object]:
    message: dict[str, object] = asdict(order)
    made_from = order.text or ", ".join(str(path and path.name) for path in order.pictures)
    return message | {
        "id": order.uuid,
        "lines": order.lines,
        "views": len(order.pictures),
        "pictures": None,
        "source": order.source and str(order.source),
        "note": {"stand_in": NOTE, "made_from": made_from},
    }


def _painted(paints: paint.Paints) -> dict[str, object]:
    return {
        "maps": {role: str(path) for role, path in paints.maps.items()},
        "heights": paints.heights and str(paints.heights),
        "aspects": paints.aspects,
        "strip": paint.STRIP,
    }
