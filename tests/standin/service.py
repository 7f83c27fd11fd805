"""The whole stand-in: two ports, one ledger, and a router to the dialects.

    with StandIn(seconds=0, model=Path("tiny.glb")) as service:
        client = Client(service.base_url, key="tsk_standin")
        ...
        assert len(service.ledger.tasks) == 1

Loopback only. No AI: models are made from what was sent. A text with the word `forbidden-content`
is refused as against the content policy.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, Self

from .admin import Admin
from .artifacts import ArtifactHost
from .clock import Clock
from .comfy.routes import ComfyRouter
from .desk import Desk
from .faults import Fault, FaultQueue
from .filler import FillerGlb
from .ledger import Ledger
from .links import Links
from .messages import Request, Response, json_response
from .pixazo.routes import Pixazo
from .server import LoopbackServer
from .studio.routes import Studio
from .terms import Gate, Terms
from .tripo_v2.routes import TripoV2
from .tripo_v3.routes import TripoV3
from .workshop import ForgeWorkshop, ReadyMade, Workshop

log = logging.getLogger(__name__)

DEFAULT_KEY = "tsk_standin"
OWN_TERMS = Terms()


class Dialect(Protocol):
    """One service on the wire."""

    @property
    def prefix(self) -> str | tuple[str, ...]:
        """The prefix or prefixes of every path of this service."""
        ...

    def answer(self, request: Request) -> Response:
        """Answer a request whose path begins so."""
        ...


# A service that a test adds: it gets the shared parts and answers its own paths.
DialectFactory = Callable[[Desk], Dialect]
ExchangeListener = Callable[[Request, Response], None]


class StandIn:
    """The running service. `seconds` is a task's time from queued to success.

    `folder` keeps uploads and models (default: one that is removed at the end); `model` is served
    instead of forging, as is a filler of `filler_bytes`. With `seconds=0` the first look-up of a
    task waits until its model is made and finds it done. `studio`, `pixazo` and `comfy` are the
    gateways' own terms; `extra` adds services after those that are always here. Tripo knows a task
    for `keep_days`; None: forever. With `old_versions` v2 still accepts the retired models;
    `storage` is the host and port that it names for signed uploads, if a front with TLS is before
    the artifact port. `on_exchange` is called with every answer of the services, in the thread that
    gives it.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        keys: tuple[str, ...] = (DEFAULT_KEY,),
        balance: float = 1000,
        seconds: float = 3.0,
        link_life: float = 300.0,
        keep_days: float | None = None,
        folder: Path | None = None,
        model: Path | None = None,
        filler_bytes: int | None = None,
        per_minute: int = 200,
        uploads_per_minute: int | None = None,
        old_versions: bool = False,
        storage: str = "",
        studio: Terms = OWN_TERMS,
        pixazo: Terms = OWN_TERMS,
        comfy: Terms = OWN_TERMS,
        extra: tuple[DialectFactory, ...] = (),
        clock: Clock = time.time,
        on_exchange: ExchangeListener | None = None,
    ) -> None:
        self._own_folder = TemporaryDirectory(prefix="stand-in-") if folder is None else None
        place = folder or Path(self._own_folder.name if self._own_folder else "")
        place.mkdir(parents=True, exist_ok=True)
        at_studio = Gate("studio", studio.completed(keys, balance), clock)
        at_pixazo = Gate("pixazo", pixazo.completed(keys, balance), clock)
        # Comfy's keys begin so; the others are for services that accept any form of key.
        at_home = (*keys, *(f"comfyui-{key}" for key in keys))
        at_comfy = Gate("comfy", comfy.completed(at_home, balance), clock)
        accounts = dict.fromkeys(keys, float(balance)) | at_studio.accounts
        accounts |= at_pixazo.accounts | at_comfy.accounts
        kept = {} if keep_days is None else dict.fromkeys(keys, keep_days)
        self.ledger = Ledger(
            accounts,
            clock,
            per_minute=per_minute,
            uploads_per_minute=uploads_per_minute,
            keep_days=kept | at_studio.keep_days | at_pixazo.keep_days | at_comfy.keep_days,
        )
        self._desk = Desk(
            ledger=self.ledger,
            faults=FaultQueue(),
            links=Links(clock, link_life),
            workshop=_workshop(place, model, filler_bytes),
            folder=place,
            clock=clock,
            seconds=seconds,
        )
        dialects = (
            TripoV3(self._desk),
            TripoV2(self._desk, old_versions=old_versions, storage=storage),
            Studio(self._desk, at_studio),
            Pixazo(self._desk, at_pixazo),
            ComfyRouter(self._desk, at_comfy),
            *(make(self._desk) for make in extra),
        )
        self._api = LoopbackServer(port, "api", _Router(self._desk, dialects, on_exchange), clock)
        host = ArtifactHost(self.ledger, self._desk.faults, self._desk.links)
        self._artifacts = LoopbackServer(0, "artifacts", host, clock)
        self._desk.links.base_url = self._artifacts.base_url

    @property
    def base_url(self) -> str:
        """The address of the services, without a slash at the end."""
        return self._api.base_url

    @property
    def artifacts_url(self) -> str:
        """The address that signed links begin with."""
        return self._artifacts.base_url

    def fault(self, *faults: Fault) -> None:
        """Add faults; each is used as often as it says."""
        self._desk.faults.add(*faults)

    def start(self) -> None:
        """Start serving, in threads."""
        self._api.start()
        self._artifacts.start()
        log.warning("stand-in, no AI: models are forged from what is sent; at %s", self.base_url)

    def stop(self) -> None:
        """End connections, threads and the forge; remove the folder if it is ours."""
        # First, because requests may be waiting for the workshop.
        self._desk.workshop.close()
        self._api.stop()
        self._artifacts.stop()
        if self._own_folder is not None:
            self._own_folder.cleanup()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Router:
    """Sends each request on the API port to the dialect that owns its path."""

    def __init__(
        self, desk: Desk, dialects: tuple[Dialect, ...], on_exchange: ExchangeListener | None
    ) -> None:
        self._desk = desk
        self._on_exchange = on_exchange
        self._admin = Admin(desk)
        self._dialects: tuple[Dialect, ...] = (self._admin, *dialects)

    def meet(self, request: Request) -> Fault:
        if request.path.startswith(self._admin.prefix):
            return Fault()
        self._desk.ledger.note(request)
        return self._desk.faults.for_answer(request.method, request.path)

    def answer(self, request: Request) -> Response:
        for dialect in self._dialects:
            if request.path.startswith(dialect.prefix):
                response = dialect.answer(request)
                if self._on_exchange is not None:
                    self._on_exchange(request, response)
                return response
        return json_response({"error": "no service of the stand-in is here"}, status=404)


def _workshop(folder: Path, model: Path | None, filler_bytes: int | None) -> Workshop:
    if filler_bytes is not None:
        return ReadyMade(FillerGlb(filler_bytes), folder)
    return ForgeWorkshop(folder) if model is None else ReadyMade(model, folder)
