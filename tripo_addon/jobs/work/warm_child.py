"""Keeps one child Blender that is started early and takes several orders.

Starting Blender takes longer than preparing a small model. If a child that has served before fails,
the order is tried again in a fresh one.

Used from one lane with one thread, so it needs no lock.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .child_process import ChildProcess, ChildResult, Finished, Stopped, TimedOut
from .memory import available, held_by

if TYPE_CHECKING:
    from .converter import Converter

_log = logging.getLogger(__name__)
ORDERS: Final = 20
"""Orders after which a child is replaced, because Blender's memory leaks add up."""
MOST_HELD: Final = 600 * 1024**2
"""Bytes: a waiting child uses half of this; one that kept more after a big model is replaced."""
LEAST_FREE: Final = 2 * 1024**3
"""Bytes: with less free memory no child is kept, to leave room for the artist."""
_TAKES_UP_SECONDS: Final = 60.0
"""A child that has not begun an order after this time hangs."""
_LEAVES_SECONDS: Final = 0.3
ORDERS_FLAG: Final = "--orders"
"""The flag that replaces an order's path in the command; a folder for temporary files follows
it."""


class WarmChild:
    """Holds at most one child, which waits for orders or carries one out."""

    def __init__(self, *, patience: float = _TAKES_UP_SECONDS, most_held: int = MOST_HELD) -> None:
        self._patience = patience
        self._most_held = most_held
        self._child: ChildProcess | None = None
        self._started_as: Converter | None = None
        self._scratch = Path()
        self._served = 0

    def prepare(self, converter: Converter) -> None:
        """Make sure that a child is ready for the next order, if the machine can spare one. Does
        not wait until it has started. Never raises."""
        if self._is_fit(converter):
            return
        self.end()
        free = available()
        if free is not None and free < LEAST_FREE:
            return
        try:
            self._scratch = Path(tempfile.mkdtemp(prefix="tripo_addon-"))
            self._child = ChildProcess.start(
                (*converter.command, ORDERS_FLAG, str(self._scratch)),
                {**converter.environment, **scratch_variables(self._scratch)},
                folder=self._scratch,
                log=None,
                takes_orders=True,
            )
        except (OSError, ValueError) as error:
            _log.warning("No second Blender can be kept waiting: %s", error)
            self.end()
            return
        self._started_as, self._served = converter, 0

    def carry_out(
        self,
        converter: Converter,
        order: Path,
        *,
        result: Path,
        log: Path,
        stop: Callable[[], bool],
        memory: int | None,
    ) -> ChildResult | None:
        """Have the waiting child carry out the order in the file `order`. **Blocks.** None if a
        fresh child has to do it: none waits, or a child that had served before failed."""
        if self._child is None or not self._is_fit(converter):
            self.end()
            return None
        ended = self._child.give(
            {"order": str(order), "log": str(log)},
            result=result,
            stop=stop,
            timeout=converter.timeout,
            log=log,
            memory=memory,
            patience=self._patience,
        )
        if isinstance(ended, Finished) and ended.result.get("ok") is True:
            self._served += 1
            return ended
        is_fresh = self._served == 0
        self.end()
        return ended if is_fresh or isinstance(ended, Stopped | TimedOut) else None

    def end(self) -> None:
        """End the child. Never raises."""
        if self._child is not None:
            self._child.end(patience=_LEAVES_SECONDS)
            self._child = None
        if self._scratch != Path():
            shutil.rmtree(self._scratch, ignore_errors=True)
            self._scratch = Path()

    def _is_fit(self, converter: Converter) -> bool:
        child, former = self._child, self._started_as
        if child is None or former is None or not child.is_running or self._served >= ORDERS:
            return False
        same = (former.command, former.environment) == (converter.command, converter.environment)
        return same and (held_by(child.pid) or 0) <= self._most_held


def scratch_variables(folder: Path) -> dict[str, str]:
    """Return environment variables that make Blender and Python use `folder` for temporary
    files."""
    return dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(folder))
