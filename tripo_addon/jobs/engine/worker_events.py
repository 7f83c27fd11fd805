"""What workers tell the engine, and what the engine tells its caller: records, nothing acts."""

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
    """What one tick did: whether anything to show changed, the jobs that only the main thread
    can take further, and seconds until the next tick is worth while (None: nothing else will
    happen by itself)."""

    changed: bool
    ready: tuple[Job, ...]
    wait: float | None


@record
class Answer:
    """What came of a job's step, or why its paid request did not leave; `step` is the number under
    which it was asked for."""

    job_id: str
    step: int
    event: Event | SendDecision | None


@record
class BalanceAnswer:
    """What an account has, as the dialect that was asked says."""

    account: str
    dialect: Dialect
    money: Money


@record
class QuoteAnswer:
    """The price of what was asked for, in the service's credits; None where it named none."""

    question: Question
    price: float | None


@record
class WriteResult:
    """What came of writing a job, or of its `removal` from the list; `job` is None for a look at
    the list. `refused`: another Blender holds it. `fault` says why nothing could be written."""

    job: Job | None
    removal: bool = False
    refused: bool = False
    fault: str = ""


@record
class ListChanges:
    """What a look at the list found: `held` were ours when it was asked for, `lost` are another's
    now."""

    claim: Claim
    held: tuple[str, ...]
    lost: frozenset[str]


@record
class SearchAnswer:
    """Tasks of the service that may be what an unknown outcome was about, and what to say of
    them."""

    job_id: str
    found: tuple[Candidate, ...]
    sentence: str


@dataclass(slots=True)
class InFlight:
    """Work that is out, for one job or for all that are asked for together: `step` of each is the
    number it was asked under. Nobody stops a look-up, which would be others' too."""

    paying: bool = False
    stop: StopFlag = field(default_factory=StopFlag)


Message = Answer | BalanceAnswer | QuoteAnswer | WriteResult | ListChanges | SearchAnswer
