"""Writes files in threads, while Blender's thread goes on.

For a second Blender, whose work waits for these files only at its end. Python gives its lock back
during a write, so Blender's own functions run meanwhile.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from array import array
    from pathlib import Path
    from types import TracebackType

_THREADS: Final = 2
_MOST_WAITING: Final = 256 * 1024**2
"""Bytes that may wait to be written, beside those of one file."""


class FileWriter:
    """Writes files until its `with` block ends, which waits for the last of them."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS)
        self._waiting: deque[tuple[int, Future[object]]] = deque()

    def __enter__(self) -> FileWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for all files. Raises what a write raised, unless the block raised first."""
        self._pool.shutdown()
        if kind is None:
            self._wait(0)

    def write(self, file: Path, values: memoryview[Any] | array[Any] | bytes) -> None:
        """Write `values`, which must not change any more. Waits if much has still to be written;
        raises what an earlier write raised, such as OSError."""
        size = memoryview(values).nbytes
        self._wait(_MOST_WAITING)
        self._waiting.append((size, self._pool.submit(file.write_bytes, values)))

    def _wait(self, most: int) -> None:
        while self._waiting and sum(size for size, _ in self._waiting) > most:
            self._waiting.popleft()[1].result()
