"""Prepares a .blend from a model file in a child Blender: the order, its result, and cleaning up.

Runs in a worker. However the child ends, only a whole .blend with its parts, or the child's log,
stays beside the model.
"""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never, cast

from ...api.catalog.animations import label_of
from ...api.dialect import never
from ...api.errors import Kind, Problem, Stopped
from ...api.file_names import file_stem
from ..messages import children as messages
from ..messages import steps
from ..model.bake_effort import LARGEST_SIDE, Bake
from ..model.events import Converted, Event, Failed, NotConverted
from ..model.job import Failure, Landing
from ..model_files.model_format import laid_open
from ..model_files.unusable_file import UnusableFile
from . import child_process
from .converter import Converter
from .memory import spare
from .warm_child import WarmChild, scratch_variables

if TYPE_CHECKING:
    from ..model.job import Job
    from ..model_files.model_format import ModelFormat

_log = logging.getLogger(__name__)
_Order = dict[str, object]
Unfinished = (
    child_process.NotStarted | child_process.Died | child_process.TimedOut | child_process.Exhausted
)
Ended = child_process.Finished | Unfinished
"""How a child ends unless it was stopped."""
_ALONE_SECONDS: Final = 30.0
"""Seconds after its parent's timeout at which an orphaned child ends itself."""
_EXHAUSTED: Final = 4
"""The exit code of a child that reached its memory limit."""
_KILLED: Final = frozenset({-9, 128 + 9})
"""Exit codes of a child that was killed: SIGKILL, directly or as reported by a shell."""
_NOT_THE_FILE: Final = frozenset({"landing", "mistake"})
"""Kinds of failure reported by a child that are not the model file's fault."""
_BYTES_A_FACE: Final = 50
"""Bytes of a face in a model file, at least."""


def convert(
    job: Job,
    converter: Converter | None,
    *,
    folder: Path,
    stop: Callable[[], bool],
    warm: WarmChild | None = None,
) -> Event:
    """Prepare the .blend of the job's model in `folder`, in the `warm` child if one is ready.
    **Blocks.**

    Raises UnusableFile, OSError, Stopped.
    """
    if not job.files_on_disk:
        raise UnusableFile(steps.NOT_ON_DISK)
    folder.mkdir(parents=True, exist_ok=True)
    done = False
    try:
        with files_of(job, folder, stop=stop) as files:
            if converter is not None:
                converter = replace(converter, timeout=time_limit(job, converter))
            ended = run_order(_order(job, files, folder), converter, folder, stop, warm=warm)
            event = _ended(job, ended, folder / "model.blend")
            done = isinstance(event, Converted)
            return event
    finally:
        _tidy(folder, done=done)


def time_limit(job: Job, converter: Converter) -> float:
    """Return the seconds that a child may take for the job's model: more for a bake, depending on
    objects, faces and texture size. Reads the capture from disk."""
    target = job.placement.target
    if target is None or job.placement.landing is not Landing.KEEP:
        return converter.timeout
    try:
        capture = json.loads(Path(target.capture).with_suffix(".json").read_text(encoding="utf-8"))
        objects, own = len(capture["objects"]), int(capture.get("faces", 0))
        size = job.model.stat().st_size if job.model is not None else 0
    except (OSError, ValueError, KeyError, TypeError):
        return converter.timeout  # the child says what is wrong with it
    work = Bake(objects, own + size // _BYTES_A_FACE, target.texture_size or LARGEST_SIDE)
    return converter.timeout + work.allowed_seconds


def run_order(
    order: Mapping[str, object],
    converter: Converter | None,
    folder: Path,
    stop: Callable[[], bool],
    *,
    warm: WarmChild | None = None,
) -> Ended:
    """Have a child carry out an order, with its log in `folder`: the `warm` one if possible, else a
    fresh one. **Blocks.** Raises OSError, Stopped."""
    if converter is None:
        return child_process.NotStarted(messages.NO_PROGRAM)
    scratch, result, path, log = (
        folder / name for name in ("scratch", "result.json", "order.json", "convert.log")
    )
    memory = spare() if converter.memory is None else converter.memory
    whole = {
        **order,
        "result": str(result),
        "seconds": converter.timeout + _ALONE_SECONDS,
        "spare": memory,
    }
    path.write_text(json.dumps(whole), encoding="utf-8")
    ended = None
    if warm is not None:
        ended = warm.carry_out(converter, path, result=result, log=log, stop=stop, memory=memory)
    if ended is None:
        scratch.mkdir(exist_ok=True)
        ended = child_process.run_child(
            (*converter.command, str(path)),
            # A killed child leaves its temporary files; here `_tidy` finds them.
            environment={**converter.environment, **scratch_variables(scratch)},
            result=result,
            stop=stop,
            timeout=converter.timeout,
            log=log,
            memory=memory,
        )
    if isinstance(ended, child_process.Stopped):
        raise Stopped
    return ended


def described(job: Job) -> dict[str, object]:
    """Return the model's asset metadata: prompt, author, tags, and preview."""
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
    """Yield the job's model and its clips as Blender should import them. Archives are unpacked
    below `folder` until the block ends. Raises as `laid_open` does."""
    paths = (job.model, *job.clips) if job.model is not None else ()
    with contextlib.ExitStack() as opened:
        yield [
            opened.enter_context(laid_open(path, folder / f"unpacked-{number}", stop=stop))
            for number, path in enumerate(paths)
        ]


def clip_names(job: Job) -> list[str]:
    """Return the names of the animations in the job's files, the model's first."""
    animations = job.request.model_dump(mode="json").get("animations")
    return [label_of(str(each)) for each in cast("list[object]", animations or [])]


def discard(folder: Path) -> None:
    """Remove the child's output in `folder`; keep the model and the log."""
    _tidy(folder, done=False)


def _order(job: Job, files: Sequence[tuple[Path, ModelFormat]], folder: Path) -> dict[str, object]:
    (source, form), *clips = files
    return {
        "do": "convert",
        "source": str(source),
        "format": form.value,
        "blend": str(folder / "model.blend"),
        "name": job.title,
        "file_name": file_stem(job.title, "Model"),
        "clips": [{"source": str(path), "format": kind.value} for path, kind in clips],
        "clip_names": clip_names(job),
        **job.placement.terms,
        "onto": onto(job),
        **described(job),
    }


def onto(job: Job) -> dict[str, object] | None:
    """Return the target part of a child's order; None if there is no target."""
    target = job.placement.terms["onto"]
    return None if target is None else {"same_shape": job.keeps_shape, **cast("_Order", target)}


def _ended(job: Job, ended: Ended, blend: Path) -> Event:
    if isinstance(ended, child_process.Finished):
        return _finished(ended.result, blend)
    what = what_befell(ended)
    lines = () if isinstance(ended, child_process.NotStarted) else ended.last_lines
    _log.warning("While preparing a model %s: %s", what, " / ".join(lines))
    if job.placement.target is None and _never_began(ended):
        return NotConverted(messages.imports_here(what))
    # The file may crash the artist's Blender too, so it is not imported there unasked. And a result
    # for an object is never imported directly.
    return _broke(what)


def _never_began(ended: Unfinished) -> bool:
    """Whether the child ended before it opened the model: after that, it reports a failure,
    crashes, or reaches its memory limit."""
    if isinstance(ended, child_process.Died):
        return not (ended.crashed or ended.code in {0, _EXHAUSTED})
    return isinstance(ended, child_process.NotStarted)


def _finished(result: Mapping[str, object], blend: Path) -> Event:
    if result.get("ok") is False:
        sentence = str(result.get("sentence", messages.NOT_READ))
        if result.get("failure") in _NOT_THE_FILE:
            return _broke(sentence)
        raise UnusableFile(sentence)
    if result.get("ok") is not True or not blend.is_file():
        return _broke(messages.NO_MODEL)
    return Converted(blend, _warnings(result))


def _broke(what: str) -> Failed:
    return Failed(Failure.IMPORT, Problem(kind=Kind.IMPORT, detail=what))


def what_befell(ended: Unfinished) -> str:
    """Return why a second Blender left no result, as a detail that follows a sentence."""
    match ended:
        case child_process.NotStarted(why):
            return messages.not_started(why)
        case child_process.TimedOut(seconds):
            return messages.too_long(seconds)
        case child_process.Exhausted(limit):
            return messages.too_much_memory(limit)
        case child_process.Died():
            return _death(ended)
        case _:
            assert_never(ended)


def _death(died: child_process.Died) -> str:
    if died.code in _KILLED:
        return messages.killed(died.why)
    if died.crashed:
        return messages.crashed(died.why)
    if died.code == _EXHAUSTED:
        return messages.OUT_OF_MEMORY
    if died.code == 0:
        return messages.NO_RESULT
    return messages.ended_early(died.why)


def _warnings(result: Mapping[str, object]) -> str:
    """Return the child's warnings, for the row."""
    warnings = result.get("warnings")
    listed = cast("list[object]", warnings) if isinstance(warnings, list) else ()
    return messages.warnings(map(str, listed))


def _tidy(folder: Path, *, done: bool) -> None:
    """Remove temporary files and unfinished output, also of an earlier, interrupted try."""
    names = ["scratch", "model.blend.part", "result.json.part"]
    names += [] if done else ["model.blend", "model.parts", "result.json", "order.json"]
    for path in (folder / name for name in names):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
