"""The parts that all services share: ledger, workshop, links, clock.

Has no rules of any service.
"""

from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from . import paint
from .clock import Clock
from .faults import Fault, FaultQueue
from .ledger import Ledger, Task
from .links import Links
from .messages import Request
from .orders import Order
from .workshop import Made, Workshop

SERVER_FAULT = 1001


@dataclass(frozen=True)
class Making:
    """How a task gets its result: from an order, as an existing file, or not at all, with the
    reason."""

    order: Order | None = None
    ready: Path | None = None
    hopeless: str = ""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The shared parts. `seconds` is how long a task takes; files are written to `folder`."""

    ledger: Ledger
    faults: FaultQueue
    links: Links
    workshop: Workshop
    folder: Path
    clock: Clock
    seconds: float

    def begin(
        self,
        task: Task,
        making: Making,
        request: Request,
        *,
        at_once: int,
        along: tuple[Task, ...] = (),
    ) -> None:
        """Record the task and start its work. Also record the tasks that come `along` with it,
        which cost nothing. Raises the ledger's refusals."""

        def begin() -> None:
            task.ending = self.faults.for_task(request.method, request.path)
            if making.hopeless and not task.ending.ending:
                task.ending = Fault(
                    ending="failed", error_code=SERVER_FAULT, error_message=making.hopeless
                )
            if not task.ending.ending:
                task.making = self._made(making)
            for other in along:
                other.ending, other.making = task.ending, task.making
                self.ledger.add(other)

        self.ledger.open(task, at_once=at_once, begin=begin)

    def _made(self, making: Making) -> "Future[Made] | None":
        if making.order is not None:
            return self.workshop.make(making.order)
        if making.ready is None:
            return None
        card = self.folder / f"{making.ready.stem}-card.png"
        paint.note_card("as it was sent").save(card)
        done: Future[Made] = Future()
        done.set_result(Made(making.ready, card))
        return done
