"""An invented fifth service: one module is its dialect, and one row describes it.

It proves that a service needs nothing more. Its API resembles no other: `POST /fifth/tasks` makes
a task, `GET /fifth/tasks/{id}` returns its state.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tripo_addon.api.catalog.conditions import Equals
from tripo_addon.api.catalog.service_types import Charge, ModelVersion, Offer, Pace, Region, Service
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.dialect import Dialect, Stop, never
from tripo_addon.api.errors import Kind, Problem, Rejected
from tripo_addon.api.http.transport import Answer, KeyForOrigin, Transport
from tripo_addon.api.replies import Balance, FileRef, Output, RecentTasks, Status, Task
from tripo_addon.api.services import encoding
from tripo_addon.api.services.calls import Calls
from tripo_addon.api.services.lenient import Amount, Identity, Lenient, Words, read_as
from tripo_addon.api.services.verdicts import Complaint, ErrorTable, judge
from tripo_addon.api.tasks import TaskRequest, kind_of

ROOT: Final = "/fifth/tasks"
FIFTH: Final = Service(
    id="fifth",
    number=99,
    label="Fifth",
    description="A service that nobody has",
    module=__name__,
    regions=(Region("global", "Global", "https://fifth.example", "https://fifth.example/keys"),),
    key_variable="FIFTH_API_KEY",
    address_variable="FIFTH_BASE_URL",
    help_url="https://fifth.example/help",
    offers={
        TaskKind.TEXT_TO_MODEL: Offer(
            takes=("prompt", "quad", "texture"),
            required=("prompt",),
            models=(
                ModelVersion(id="one", number=1, label="One", description="The first"),
                ModelVersion(
                    id="two",
                    number=2,
                    label="Two",
                    description="The second",
                    lacks=frozenset({"quad"}),
                ),
            ),
            default_model="two",
            charges=(Charge(3), Charge(4, (Equals("quad", (True,)),))),
            slots="all",
        ),
    },
    cannot={
        kind: "Fifth does not do this" for kind in TaskKind if kind is not TaskKind.TEXT_TO_MODEL
    },
    slots={"all": 2},
    pace=Pace(first=1.0, waits=(), slowest=1.0),
)
_STATUSES: Final = {"made": Status.SUCCESS, "waiting": Status.QUEUED}


class _Created(Lenient):
    number: Identity


class _Standing(Lenient):
    word: Words = ""
    link: Words = ""


class _Purse(Lenient):
    coins: Amount


def connect(base_url: str, key: str) -> Dialect:
    """Return the dialect at this address with this key."""
    return Fifth(base_url, key)


class Fifth:
    """The invented service at one address with one key."""

    def __init__(self, base_url: str, key: str) -> None:
        self._calls = Calls(Transport(base_url, KeyForOrigin(base_url, "X-Key", key)), _complaint)

    @property
    def service(self) -> Service:
        """The service's row of the catalog."""
        return FIFTH

    @property
    def is_local(self) -> bool:
        """Whether the service runs on this machine."""
        return self._calls.is_local

    def upload(self, file: Path, *, stop: Stop = never) -> FileRef:
        """Refuse: this service takes no files."""
        del stop
        raise Rejected(Problem(kind=Kind.OFFER, detail=f"{file.name} is not wanted"))

    def submit(
        self,
        request: TaskRequest,
        files: tuple[FileRef, ...],
        *,
        repeat_key: str = "",
        stop: Stop = never,
    ) -> str:
        """Request a task."""
        del files, repeat_key, stop
        offer = FIFTH.offers[kind_of(request)]
        body = {
            **encoding.texts(request, offer),
            **encoding.version(request, offer, "edition"),
            **encoding.settings(request, offer),
        }
        return self._calls.create(ROOT, _number, payload=body)

    def cancel(self, task_id: str) -> None:
        """Refuse: tasks cannot be stopped."""
        raise Rejected(Problem(kind=Kind.OFFER, detail=task_id))

    def quote(self, request: TaskRequest) -> float | None:
        """Refuse: this service quotes no prices."""
        raise Rejected(Problem(kind=Kind.OFFER, detail=request.kind))

    def look_up(self, task_ids: Sequence[str]) -> Mapping[str, Task]:
        """Return the states of tasks."""
        found: dict[str, Task] = {}
        for task_id in task_ids:
            answer = self._calls.find(f"{ROOT}/{task_id}")
            if answer is not None:
                wire = read_as(_Standing, answer.body)
                found[task_id] = Task(
                    id=task_id,
                    status=_STATUSES.get(wire.word, Status.UNKNOWN),
                    output=Output(models=(wire.link,) if wire.link else ()),
                )
        return found

    def recent(self) -> RecentTasks:
        """Refuse: this service has no list of tasks."""
        raise Rejected(Problem(kind=Kind.OFFER, detail="nothing is known"))

    def balance(self) -> Balance:
        """Return the balance."""
        wire = read_as(_Purse, self._calls.read("GET", "/fifth/purse").body)
        return Balance(available=wire.coins)

    def close(self) -> None:
        """Close the connections."""
        self._calls.close()


def _number(answer: Answer) -> str:
    return read_as(_Created, answer.body).number


def _complaint(answer: Answer) -> Complaint | None:
    if 200 <= answer.status < 300:
        return None
    verdict = judge(ErrorTable(), answer.status, None)
    return Complaint(Problem(kind=verdict.kind), verdict.proof)
