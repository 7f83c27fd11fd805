"""A child Blender makes a .blend of a model file: its order, its end, and what it may leave behind.

Runs in a worker. Whatever becomes of the child, beside the model only a whole .blend stays with its
parts, or the child's log.
"""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never, cast

from ..api.catalog.animations import label_of
from ..api.dialect import never
from ..api.errors import Kind, Stopped, Trouble
from . import child
from .job import Failure
from .machine import Broke, Converted, Event, NotConverted
from .modelfile import laid_open
from .unusable import UnusableFile

if TYPE_CHECKING:
    from .job import Job
    from .modelfile import ModelFormat

_log = logging.getLogger(__name__)
_Order = dict[str, object]
_ALONE_SECONDS: Final = 30.0
"""How much later than its parent's patience ends a child gives up that has lost its parent."""
_EXHAUSTED: Final = 4
"""The exit code of a child that came to its limit of memory."""
_KILLED: Final = frozenset({-9, 128 + 9})
"""Exit codes of a child that did not end by itself: SIGKILL, also as a shell around it tells it."""
_NEEDS_CHILD: Final = "putting it onto an object takes a second Blender, and none could be used"
_NO_CHILD: Final = "Blender cannot be started a second time here; it pauses while it imports"


@dataclass(frozen=True, slots=True)
class Converter:
    """How to start the child Blender; composed on the main thread. The order's path is put
    behind `command`. `timeout` is in seconds; `memory` in bytes, or None for the child's own
    measure."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    timeout: float = 900.0
    memory: int | None = None


def convert(
    job: Job, converter: Converter | None, *, folder: Path, stop: Callable[[], bool]
) -> Event:
    """Make the .blend of the job's model in `folder`. **Blocks.**

    Raises UnusableFile, OSError, Stopped.
    """
    if job.model is None or not all(path.is_file() for path in (job.model, *job.clips)):
        raise UnusableFile("it is not on disk any more")
    folder.mkdir(parents=True, exist_ok=True)
    done = False
    try:
        with files_of(job, folder, stop=stop) as files:
            if converter is None:
                return _by_hand(job, NotConverted(_NO_CHILD))
            event = _run(_order(job, files, converter, folder), converter, folder, stop)
            done = isinstance(event, Converted)
            return _by_hand(job, event)
    finally:
        _tidy(folder, done=done)


def _by_hand(job: Job, event: Event) -> Event:
    """Where no child can run, a model is imported directly; what belongs onto something in the
    scene cannot be."""
    if isinstance(event, NotConverted) and job.placement.target is not None:
        _log.warning("%s", event.why)
        return Broke(Failure.IMPORT, Trouble(kind=Kind.IMPORT, detail=_NEEDS_CHILD))
    return event


def described(job: Job) -> dict[str, object]:
    """What the Asset Browser says of the model: the words it was made from, and by whom."""
    values = job.request.model_dump(mode="json")
    return {
        "author": job.account.partition(" ")[0],
        "description": str(values.get("prompt") or job.title),
        "tags": ["Tripo", job.request.kind.replace("_", " ")],
        "preview": str(job.preview or ""),
    }


@contextlib.contextmanager
def files_of(
    job: Job, folder: Path, *, stop: Callable[[], bool] = never
) -> Generator[list[tuple[Path, ModelFormat]]]:
    """The job's model and what belongs to it, as Blender is to import them; archives lie open below
    `folder` for the time of the block. Raises what `laid_open` does."""
    paths = (job.model, *job.clips) if job.model is not None else ()
    with contextlib.ExitStack() as opened:
        yield [
            opened.enter_context(laid_open(path, folder / f"unpacked-{number}", stop=stop))
            for number, path in enumerate(paths)
        ]


def clip_names(job: Job) -> list[str]:
    """The names of the animations in the job's files, that of the model first."""
    asked = job.request.model_dump(mode="json").get("animations")
    return [label_of(str(each)) for each in cast("list[object]", asked or [])]


def discard(folder: Path) -> None:
    """Remove what a child has made in `folder`; the model and the child's log stay."""
    _tidy(folder, done=False)


def _order(
    job: Job,
    files: Sequence[tuple[Path, ModelFormat]],
    converter: Converter,
    folder: Path,
) -> dict[str, object]:
    (source, form), *clips = files
    onto = job.placement.terms["onto"]
    landing = {} if onto is None else {"same_shape": job.keeps_shape, **cast("_Order", onto)}
    return {
        "do": "convert",
        "source": str(source),
        "format": form.value,
        "blend": str(folder / "model.blend"),
        "result": str(folder / "result.json"),
        "name": job.title,
        "clips": [{"source": str(path), "format": kind.value} for path, kind in clips],
        "clip_names": clip_names(job),
        **job.placement.terms,
        "onto": landing or None,
        **described(job),
        "seconds": converter.timeout + _ALONE_SECONDS,
        "memory": converter.memory,
    }


def _run(
    order: Mapping[str, object], converter: Converter, folder: Path, stop: Callable[[], bool]
) -> Event:
    order_path, scratch = folder / "order.json", folder / "scratch"
    order_path.write_text(json.dumps(order), encoding="utf-8")
    scratch.mkdir(exist_ok=True)
    # Blender and Python keep what they need for a while there, and a killed child leaves it.
    places = dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(scratch))
    ended = child.run_child(
        (*converter.command, str(order_path)),
        environment={**converter.environment, **places},
        result=folder / "result.json",
        stop=stop,
        timeout=converter.timeout,
        log=folder / "convert.log",
    )
    return _ended(ended, folder / "model.blend")


def _ended(ended: child.ChildResult, blend: Path) -> Event:
    match ended:
        case child.Finished(result):
            return _finished(result, blend)
        case child.NotStarted(why):
            return NotConverted(
                f"No second Blender could be started ({why}); it pauses while it imports"
            )
        case child.Died():
            return _died(ended)
        case child.TimedOut():
            return _not_survived(what_befell(ended), ended.last_lines)
        case child.Stopped():
            raise Stopped
        case _:
            assert_never(ended)


def _finished(result: Mapping[str, object], blend: Path) -> Event:
    if result.get("ok") is False:
        raise UnusableFile(str(result.get("sentence", "Blender could not read it")))
    if result.get("ok") is not True or not blend.is_file():
        return _not_survived("the second Blender left no model", ())
    return Converted(blend, _warnings(result))


def what_befell(ended: child.NotStarted | child.Died | child.TimedOut) -> str:
    """Why a second Blender left no result, in words that a sentence can go on with."""
    match ended:
        case child.NotStarted(why):
            return f"no second Blender could be started ({why})"
        case child.TimedOut(seconds):
            return f"the second Blender took over {seconds:g} seconds"
        case child.Died(why, code) if code in _KILLED:
            return (
                f"the second Blender that does this was ended from outside ({why}), "
                "mostly because memory ran out"
            )
        case child.Died(why) if ended.crashed:
            return f"the second Blender crashed ({why})"
        case child.Died(_, code) if code == _EXHAUSTED:
            return "the second Blender ran out of the memory that it may use"
        case child.Died(_, 0):
            return "the second Blender ended without a result"
        case child.Died(why):
            return f"the second Blender ended early ({why})"
        case _:
            assert_never(ended)


def _died(ended: child.Died) -> Event:
    if ended.crashed or ended.code in {0, _EXHAUSTED}:
        return _not_survived(what_befell(ended), ended.last_lines)
    why, lines = ended.why, " / ".join(ended.last_lines)
    _log.warning("The second Blender ended early (%s): %s", why, lines)
    return NotConverted(f"The second Blender ended early ({why}); this one pauses while it imports")


def _not_survived(what: str, lines: Sequence[str]) -> Event:
    """The file would do the same to the artist's Blender: never unasked."""
    _log.warning("While preparing a model %s: %s", what, " / ".join(lines))
    return Broke(Failure.IMPORT, Trouble(kind=Kind.IMPORT, detail=what))


def _warnings(result: Mapping[str, object]) -> str:
    """What the child had to warn of, for the row."""
    warnings = result.get("warnings")
    return " ".join(map(str, cast("list[object]", warnings))) if isinstance(warnings, list) else ""


def _tidy(folder: Path, *, done: bool) -> None:
    """Leave no half of anything: neither of this try nor of one that was broken off."""
    names = ["scratch", "model.blend.part", "result.json.part"]
    names += [] if done else ["model.blend", "model.parts", "result.json", "order.json"]
    for path in (folder / name for name in names):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
