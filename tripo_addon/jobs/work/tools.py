"""What a worker gets along with its job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from ...api.record import record
from ..storage.store import Store
from .converter import Converter
from .disk_space import DiskSpace
from .prepare_upload import UploadPreparation

if TYPE_CHECKING:
    from ...api.dialect import Dialect
    from ..model.clock import Clock
    from ..model.events import Event
    from .warm_child import WarmChild


class StopFlag:
    """A flag that the main thread raises and a worker reads by calling it."""

    __slots__ = ("_raised",)

    def __init__(self) -> None:
        self._raised = False

    def raise_(self) -> None:
        """Ask the worker to stop."""
        self._raised = True

    def __call__(self) -> bool:
        """Whether the flag is raised."""
        return self._raised


@record
class Tools:
    """What a worker needs for one job. `dialect` is None if no service is needed; `report` may be
    called while the work runs."""

    dialect: Dialect | None
    store: Store
    clock: Clock
    folder: Path
    converter: Converter | None
    stop: StopFlag
    report: Callable[[Event], None]
    room: DiskSpace = field(default_factory=DiskSpace)
    warm: WarmChild | None = None

    def preparation(self, number: int) -> UploadPreparation:
        """Return how to convert the image of that number for upload."""
        converter = self.converter or Converter((), {})
        return UploadPreparation(
            converter.command, converter.environment, self.folder, f"sent-{number}", self.stop
        )
