"""Entry point of a second Blender: reads an order, does the work, and writes the result last; for
one order, or for one after the other.

The file is run by its path and so has no package: it loads its folder as one.
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
    "name colors": "image_colors",
    "rehearse": "rehearse",
}
"""The values of `do` in an order, and the module in this folder whose `work(order)` does it."""
FAILED: Final = 3
"""Exit code after an unexpected exception; Python's own code for that is 1."""
EXHAUSTED: Final = 4
"""Exit code after the memory limit was reached."""
_MOSTLY_ASKED_FOR: Final = ("convert_model",)
"""Modules that a process loads while it waits for orders; each has `load_ahead` for more."""
_IDLE_SECONDS: Final = 300.0
"""A waiting process ends itself after so long, in case its parent could not end it."""
_PACKAGE: Final = "tripo_addon_child"


def _sibling(name: str) -> ModuleType:
    """Import a module of this folder, as part of a package of its own; `sys.path` is not
    changed."""
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


def _run(work: ModuleType, order: dict[str, Any]) -> dict[str, object]:
    """Run the work and return its result; an unexpected exception becomes a result, too."""
    try:
        result: dict[str, object] = work.work(order)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - else the parent would have to guess
        traceback.print_exc()
        what = traceback.format_exception_only(error)[-1].strip()
        sentence = _sibling("messages").unforeseen(what)
        return {"ok": False, "failure": "mistake", "sentence": sentence, "detail": what}
    return result


def _leave(code: int) -> None:
    """End the process at once: the bpy module may hang or crash when it quits, and freeing the
    memory of a big model takes time."""
    shutil.rmtree(bpy.app.tempdir, ignore_errors=True)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main(arguments: list[str]) -> None:
    """Carry out the order whose path follows "--"; after "--orders" and a scratch folder, those
    that arrive on standard input.

    An order is a JSON object: `do` (a key of `WORKS`), `result` (a path), `seconds` (after which
    the process ends itself, even without its parent), optionally `memory` (a limit in bytes that it
    sets itself) and `spare` (bytes beyond which the parent ends it), and the fields of the work.
    The result is a JSON object, written atomically: {"ok": true, …} or {"ok": false, "failure",
    "sentence", "detail"}, both with exit code 0. An unexpected exception in the work is the failure
    "mistake". An exception before the work begins ends with a traceback, `FAILED` and no result;
    running out of memory with `EXHAUSTED`.
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
            _write(order, _run(work, order))
        _leave(0)


def _take_orders(scratch: Path) -> None:
    """Carry out orders until standard input is closed. Each line of it is {"order": PATH, "log":
    PATH}.

    The log is created when an order is taken up. Between two orders the file is empty, as in a new
    process, and no file of an order is open.
    """
    limits = _sibling("limits")
    for name in _MOSTLY_ASKED_FOR:
        _sibling(name).load_ahead()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    limits.limit_time(_IDLE_SECONDS)
    with open(0, "rb", closefd=False) as lines:
        for line in lines:
            message = json.loads(line)
            # Until the order is read, whose own limit replaces this one.
            limits.limit_time(_IDLE_SECONDS)
            _talk_to(message["log"])
            order = _read(Path(message["order"]))
            report = _run(_begin(order), order)
            _talk_to(os.devnull)
            _write(order, report)
            bpy.ops.wm.read_factory_settings(use_empty=True)
            limits.limit_time(_IDLE_SECONDS)
    shutil.rmtree(scratch, ignore_errors=True)


def _talk_to(path: str) -> None:
    """Send all output to a file, including Blender's own."""
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
    """Import the module that does the work, and set the order's limits."""
    # Before the limit is set: the memory that libraries take says nothing about the work.
    work, limits = _sibling(WORKS[order["do"]]), _sibling("limits")
    limits.limit_time(order["seconds"])
    limits.limit_memory(order.get("memory"))
    limits.note_spare(order.get("spare"))
    return work


def _write(order: dict[str, Any], report: dict[str, object]) -> None:
    """Write the result atomically: the parent reads it as soon as it exists."""
    result = Path(order["result"])
    unfinished = result.with_name(result.name + ".part")
    unfinished.write_text(json.dumps(report, ensure_ascii=False), encoding="utf-8")
    unfinished.replace(result)


if __name__ == "__main__":
    main(sys.argv)
