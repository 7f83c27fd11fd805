"""The workshop: takes orders, paints textures, has the forge child build models, draws previews.

One thread and one long-lived child, started with the first order. Decides nothing about tasks; a
failure is the future's exception.
"""

import importlib.util
import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock
from typing import IO, Protocol, cast

import numpy as np

from . import paint, pictures, preview
from .filler import FillerGlb
from .messages import mapping
from .orders import NOTE, PAINTED, Order

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
MODULE = "tests.standin.forge"
INSIDE_BLENDER = (
    f"import sys, runpy; sys.path.insert(0, {str(ROOT)!r}); "
    f"runpy.run_module({MODULE!r}, run_name='__main__')"
)


class ForgeBroke(Exception):
    """The child could not make a model; the message ends with its last output."""


@dataclass(frozen=True)
class Made:
    """The finished files of a task: the model (for a picture task the picture, for a huge model its
    recipe), a preview, and other files by role: the four views, clips by number (`clip_0` …),
    `base_model`, `uv_render`."""

    model: Path | FillerGlb
    preview: Path
    more: Mapping[str, Path] = field(default_factory=dict[str, Path])

    @property
    def extension(self) -> str:
        """`glb`, `fbx`, or the suffix of any other main file."""
        return extension(self.model)

    @property
    def files(self) -> Mapping[str, Path | FillerGlb]:
        """Every file by role."""
        return {**self.more, "model": self.model, "preview": self.preview}


def extension(file: Path | FillerGlb) -> str:
    """The suffix without its dot."""
    return "glb" if isinstance(file, FillerGlb) else file.suffix.lstrip(".")


class Workshop(Protocol):
    """Where tasks have their models made."""

    def make(self, order: Order) -> "Future[Made]":
        """Start an order; raises nothing now."""
        ...

    def close(self) -> None:
        """Stop, and leave no process behind."""
        ...


class ReadyMade:
    """Returns the same model for every order, at once: for tests and benchmarks.

    Pictures are really painted, because that needs no forge.
    """

    def __init__(self, model: Path | FillerGlb, folder: Path) -> None:
        self._model = model
        self._folder = folder
        self._lock = Lock()

    def make(self, order: Order) -> "Future[Made]":
        """Return a finished future."""
        done: Future[Made] = Future()
        done.set_result(
            _drawn(order, self._folder) if order.kind in PAINTED else self._ready(order)
        )
        return done

    def close(self) -> None:
        """Do nothing."""

    def _ready(self, order: Order) -> Made:
        card = self._folder / "ready-made.png"
        with self._lock:
            if not card.exists():
                card.write_bytes(_card())
        named = {f"clip_{number}" for number in range(len(order.rigging.clips))}
        named |= {"base_model"} if order.plain_too else set()
        more = {role: self._model for role in named if isinstance(self._model, Path)}
        return Made(self._model, card, more | ({"uv_render": card} if order.kind == "uv" else {}))


@cache
def _card() -> bytes:
    target = BytesIO()
    paint.note_card("stand-in, no AI").save(target, "PNG")
    return target.getvalue()


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
        if order.kind in PAINTED:
            return _drawn(order, self._folder)
        folder = Path(mkdtemp(prefix=f"{order.kind}-", dir=self._folder))
        paints = paint.paint(order, folder)
        answer = self._ask({**_plain(order), **_painted(paints), "folder": str(folder)})
        soup, skin = Path(str(answer["soup"])), paints.maps.get("base") or _path(answer, "skin")
        picture = preview.draw(soup, skin, folder / "preview.png")
        more = {role: Path(str(path)) for role, path in (mapping(answer["more"]) or {}).items()}
        if order.kind == "uv":
            with np.load(soup) as stored:
                more["uv_render"] = pictures.uv_layout(stored["places"], folder / "uv.png")
        return Made(Path(str(answer["model"])), picture, more)

    def _ask(self, message: dict[str, object]) -> dict[str, object]:
        child = self._running()
        if child.stdin is None or child.stdout is None:
            raise ForgeBroke("the forge has no pipes")
        try:
            child.stdin.write(json.dumps(message) + "\n")
            child.stdin.flush()
        except BrokenPipeError:
            raise self._broken() from None
        return self._read_answer(child.stdout)

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
                self._read_answer(self._child.stdout)
        return self._child

    def _read_answer(self, pipe: IO[str]) -> dict[str, object]:
        """Return the next answer; skip Blender's own output on the same pipe."""
        for line in pipe:
            if line.startswith("{"):
                return cast("dict[str, object]", json.loads(line))
        raise self._broken()

    def _dismiss(self) -> None:
        """End the child; the next order starts another."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                # Closing flushes data that a dead child will never read.
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
    """Return the command that starts the child: this Python if it has bpy, else $BLENDER or
    `blender`."""
    if importlib.util.find_spec("bpy") is not None:
        return (sys.executable, "-m", MODULE)
    blender = os.environ.get("BLENDER") or shutil.which("blender")
    if blender is None:
        raise ForgeBroke(
            "no Blender to forge with: install bpy, set BLENDER, or serve a ready model (--model)"
        )
    quietly = ("-b", "--factory-startup", "--python-exit-code", "3")
    return (blender, *quietly, "--python-expr", INSIDE_BLENDER)


def _drawn(order: Order, place: Path) -> Made:
    files, card = pictures.draw(order, Path(mkdtemp(prefix=f"{order.kind}-", dir=place)))
    return Made(files.pop("model"), card, files)


def _path(answer: Mapping[str, object], name: str) -> Path | None:
    found = answer.get(name)
    return Path(found) if isinstance(found, str) else None


def _plain(order: Order) -> dict[str, object]:
    message: dict[str, object] = asdict(order)
    made_from = order.text or ", ".join(str(path and path.name) for path in order.pictures)
    return message | {
        "id": order.uuid,
        "lines": order.lines,
        "views": len(order.pictures),
        "pictures": None,
        "style": None,
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
