"""The one entry of a child Blender: reads an order, does the work it names, writes the result last;
once, or for one order after the other.

A child runs this file by its path, so it has no package around it: it loads its folder as one.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import os
import shutil
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

if TYPE_CHECKING:
    from types import ModuleType, TracebackType

WORKS: Final = {
    "convert": "convert_model",
    "draw model": "draw_model",
    "export model": "export_model",
    "fit picture": "fit_picture",
    "rehearse": "rehearse",
}
"""What an order may ask to `do`, and the module beside this one whose `work(order)` does it."""
FAILED: Final = 3
"""Exit code of a child that met something unforeseen; Python's own code for it is 1."""
EXHAUSTED: Final = 4
"""Exit code of a child that came to its limit of memory."""
_MOSTLY_ASKED_FOR: Final = ("convert_model",)
"""What a child that waits for orders loads meanwhile."""
_IDLE_SECONDS: Final = 300.0
"""A child that waits this long ends: whoever started it ends it sooner, unless he cannot."""
_PACKAGE: Final = "tripo_addon_child"


def _sibling(name: str) -> ModuleType:
    """A module beside this file, in a package that holds nothing else; `sys.path` stays as it
    is."""
    if _PACKAGE not in sys.modules:
        folder = Path(__file__).resolve().parent
        spec = importlib.util.spec_from_file_location(
            _PACKAGE, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        if spec is None or spec.loader is None:
            raise ImportError(str(folder))
        package = importlib.util.module_from_spec(spec)
        sys.modules[_PACKAGE] = package
        spec.loader.exec_module(package)
    return importlib.import_module(f"{_PACKAGE}.{name}")


def _die(
    kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
) -> None:
    if kind is not None:
        traceback.print_exception(kind, value, trace)
        _leave(EXHAUSTED if issubclass(kind, MemoryError) else FAILED)


def _told(work: ModuleType, order: dict[str, Any]) -> dict[str, object]:
    """What the work tells; an exception that it did not foresee, as a failure of its own."""
    try:
        told: dict[str, object] = work.work(order)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - else the parent would have to guess
        traceback.print_exc()
        what = traceback.format_exception_only(error)[-1].strip()
        sentence = _sibling("messages").unforeseen(what)
        return {"ok": False, "failure": "mistake", "sentence": sentence, "detail": what}
    return told


def _leave(code: int) -> None:
    """End here and now: the bpy module may hang or crash while it quits, and giving back the memory
    of a big model takes its time."""
    shutil.rmtree(bpy.app.tempdir, ignore_errors=True)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main(arguments: list[str]) -> None:
    """Carry out the order whose path follows "--", or, where "--orders" and a folder for scratch
    follow, those that come on standard input.

    The order is a JSON object: `do` (a key of `WORKS`), `result` (a path), `seconds` after which
    the child ends itself, whatever became of its parent, optionally `memory` (bytes that it refuses
    itself more than), `spare` (bytes beyond which its parent ends it), and what the work itself
    asks for. The result is a JSON object, written in one step: {"ok": true, …} or
    {"ok": false, "failure", "sentence", "detail"}, exit code 0 for both. What the work did not
    foresee is a "mistake" among these; what keeps it from beginning ends with a traceback,
    `FAILED` and no result, and so does, with `EXHAUSTED`, what needs too much memory.
    """
    with contextlib.ExitStack() as ending:
        ending.push(_die)
        what, *more = arguments[arguments.index("--") + 1 :]
        if what == "--orders":
            _take_orders(Path(more[0]))
        else:
            order = _read(Path(what))
            work = _begin(order)
            bpy.ops.wm.read_factory_settings(use_empty=True)
            _write(order, _told(work, order))
        _leave(0)


def _take_orders(scratch: Path) -> None:
    """Carry out one order after the other until no more can come, because nobody holds the other
    end of standard input: {"order": PATH, "log": PATH} is a line of it.

    To make the log anew is to take an order up. Between two orders the file is empty, as in a child
    that has just started, and nothing is open that an order has to do with.
    """
    limits = _sibling("limits")
    for name in _MOSTLY_ASKED_FOR:
        _sibling(name)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    limits.limit_time(_IDLE_SECONDS)
    with open(0, "rb", closefd=False) as lines:
        for line in lines:
            told = json.loads(line)
            # From here on the order's own limit counts, which stands in the order.
            limits.limit_time(_IDLE_SECONDS)
            _talk_to(told["log"])
            order = _read(Path(told["order"]))
            report = _told(_begin(order), order)
            _talk_to(os.devnull)
            _write(order, report)
            bpy.ops.wm.read_factory_settings(use_empty=True)
            limits.limit_time(_IDLE_SECONDS)
    shutil.rmtree(scratch, ignore_errors=True)


def _talk_to(path: str) -> None:
    """Send all output to a file, Blender's own too."""
    sys.stdout.flush()
    sys.stderr.flush()
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)


def _read(order: Path) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(order.read_text(encoding="utf-8"))
    return whole


def _begin(order: dict[str, Any]) -> ModuleType:
    """Load what does the work, and set its limits."""
    # Before there is a limit: loading libraries takes memory that says nothing of the work.
    work, limits = _sibling(WORKS[order["do"]]), _sibling("limits")
    limits.limit_time(order["seconds"])
    limits.limit_memory(order.get("memory"))
    limits.note_spare(order.get("spare"))
    return work


def _write(order: dict[str, Any], told: dict[str, object]) -> None:
    """Write the result, in one step: whoever sees it goes on."""
    result = Path(order["result"])
    unfinished = result.with_name(result.name + ".part")
    unfinished.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    unfinished.replace(result)


if __name__ == "__main__":
    main(sys.argv)
