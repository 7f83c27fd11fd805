"""Records that workers send to the engine, and that the engine returns to its caller."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...api.record import record
from ..model.events import Event
from ..model.job import Candidate, Job
from ..work.tools import StopFlag

if TYPE_CHECKING:
    from ...api.dialect import Dialect
    from ..storage.claims import Claim
    from ..storage.payments import SendDecision
    from .balances import Money
    from .quotes import Question


@record
class Tick:
    """The result of one tick: whether anything shown changed, the jobs that only the main thread
    can take further, and seconds until the next tick (None: nothing else will happen by itself)."""

    changed: bool
    ready: tuple[Job, ...]
    wait: float | None


@record
class Answer:
    """The result of a job's step, or why its paid request was not sent. `step` is the job's step
    number when the work was handed out."""

    job_id: str
    step: int
    event: Event | SendDecision | None


@record
class BalanceAnswer:
    """The balance of an account, and the dialect that was asked."""

    account: str
    dialect: Dialect
    money: Money


@record
class QuoteAnswer:
    """The quoted price in the service's credits; None if the service quoted none."""

    question: Question
    price: float | None


@record
class WriteResult:
    """The result of writing jobs, or of their `removal` from the list; none after reading the list.
    `refused`: another Blender holds them. `fault` says why nothing could be written."""

    jobs: tuple[Job, ...]
    removal: bool = False
    refused: bool = False
    fault: str = ""


@record
class ListChanges:
    """What was read from the list. `held` are the jobs that we held when it was read; `lost` are
    those of them that another Blender holds now."""

    claim: Claim
    held: tuple[str, ...]
    lost: frozenset[str]


@record
class SearchAnswer:
    """Tasks of the service that may be the one whose answer was lost, and a sentence about them."""

    job_id: str
    found: tuple[Candidate, ...]
    sentence: str


@dataclass(slots=True)
class InFlight:
    """Work that a worker has, for one job or for all that are looked up together; `step` is the
    step number of each. A look-up is shared by several jobs, so canceling one does not stop it."""

    paying: bool = False
    stop: StopFlag = field(default_factory=StopFlag)


Message = Answer | BalanceAnswer | QuoteAnswer | WriteResult | ListChanges | SearchAnswer
