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
    """Raised by the main thread and read by a worker, by calling it."""

    __slots__ = ("_raised",)

    def __init__(self) -> None:
        self._raised = False

    def raise_(self) -> None:
        """Ask the work to end."""
        self._raised = True

    def __call__(self) -> bool:
        """Whether it is raised."""
        return self._raised


@record
class Tools:
    """What a worker needs for one job. `dialect` is None where no service is needed; `report`
    may be called while the work goes on."""

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
        """What it takes to make the picture of that number fit."""
        converter = self.converter or Converter((), {})
        return UploadPreparation(
            converter.command, converter.environment, self.folder, f"sent-{number}", self.stop
        )
