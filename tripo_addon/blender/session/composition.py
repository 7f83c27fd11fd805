"""The composition root: builds the store and the engine from the preferences, and gives panels
access to them.

Main thread only. Modules that need pydantic, requests or sqlite3 are imported inside functions, if
possible in a worker, so that neither registration nor drawing waits for them.
"""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

import bpy

from ...api import prices as api_prices
from ...api.catalog import SERVICES
from ...api.catalog.task_kinds import TaskKind
from ...api.http import addresses, network
from ...jobs.model.states import State
from .. import settings
from ..logs import logger
from ..messages import session as messages
from ..registration import ADDON_ID
from . import child_command, slot_paths, timer
from .state import WIRING, ConnectedAs, Prepared, Wiring, new_token

if TYPE_CHECKING:
    from ...api.catalog.service_types import Service
    from ...api.dialect import Dialect
    from ...api.rules import Values
    from ...jobs.engine.engine import JobEngine
    from ...jobs.engine.workers import ThreadWorkers
    from ...jobs.model.job import Job
    from ...jobs.storage.store import Entry
    from ...jobs.work.converter import Converter

_log = logger(__name__)

_SHOWN_JOBS: Final = 1000
PATIENCE_SECONDS: Final = 30.0


def belongs_to_open_file(job: Job) -> bool:
    """Whether the job was submitted from the open .blend file."""
    meant = job.placement
    return meant.document == WIRING.document or bool(meant.file and meant.file == bpy.data.filepath)


def abandon_arrival(*, unless: Job | None = None) -> None:
    """Remove the partly imported model, unless it belongs to this job."""
    arriving = WIRING.arriving
    if arriving is not None and (unless is None or not arriving.belongs_to(unless)):
        WIRING.arriving = None
        arriving.abandon()


def jobs() -> tuple[Job, ...]:
    """Return the jobs of the list; empty until the engine exists."""
    return WIRING.engine.jobs() if WIRING.engine is not None else ()


def list_message() -> str:
    """Return the message about the job list itself, usually ""."""
    engine = WIRING.engine
    return (engine.list_trouble or engine.list_note) if engine is not None else ""


def timeline(job_id: str) -> tuple[Entry, ...]:
    """Return the journal of one job, oldest entry first. Reads the disk: for scripts, not for
    panels."""
    store = WIRING.store
    if store is None:
        return ()
    # Queued in the store's lane, so that pending writes come first.
    read = workers().ask("store", lambda: store.timeline(job_id))
    return read.value(patience=PATIENCE_SECONDS) or ()


def waiting_message(job: Job) -> str:
    """Return what the job waits for that only the user can provide, as text for its row, or ""."""
    if job.state.final or job.state in {State.REHEARSING, State.CONVERTING, State.READY}:
        return ""
    waits = WIRING.engine.waits_for(job) if WIRING.engine is not None else ""
    if waits:
        return waits
    if not settings.online():
        return messages.WAITING_FOR_ONLINE_ACCESS
    if WIRING.engine is not None and not WIRING.engine.connected(job.account):
        return messages.WAITING_FOR_KEY
    return ""


def balance() -> float | None:
    """Return the last known balance in credits, or None. Sends nothing."""
    if WIRING.engine is None:
        return None
    known = WIRING.engine.money(WIRING.account).balance
    return known.available if known is not None else None


def price(kind: TaskKind, values: Values) -> float | None:
    """Return the price of a request in the current service's credits, or None if unknown. Does not
    wait: a quote from the service is requested by the timer, and panels are drawn again after."""
    service = settings.service()
    if not service.quotes or WIRING.engine is None:
        return api_prices.estimate(service, kind, values)
    known = WIRING.engine.price(WIRING.account, kind, values)
    if known is None:
        timer.arm()
    return known


def total(requests: Sequence[Values]) -> float | None:
    """Return the total price of these requests, or None if one of them is unknown."""
    prices = [price(TaskKind(str(values["kind"])), values) for values in requests]
    known = [each for each in prices if each is not None]
    return sum(known) if len(known) == len(prices) else None


def warm_up() -> None:
    """Load heavy modules and open the store in a worker. Does nothing the second time."""
    if prepare():
        timer.arm()


def prepare() -> bool:
    """Like `warm_up`, but without arming the timer. Returns whether anything was started."""
    if WIRING.engine is not None or WIRING.pending is not None or bpy.app.background:
        return False
    WIRING.pending = workers().ask("store", _preparation())
    return True


def collect() -> None:
    """Build the engine once the worker has opened the store."""
    if WIRING.pending is not None:
        prepared = WIRING.pending.value()
        if prepared is not None:
            WIRING.pending = None
            _compose(prepared)


def engine() -> JobEngine:
    """Return the engine. **Blocks** while it is imported and built if it does not exist yet.

    Raises `RuntimeError` with a sentence if it cannot be built.
    """
    if WIRING.engine is None:
        prepared = WIRING.pending.value(patience=PATIENCE_SECONDS) if WIRING.pending else None
        WIRING.pending = None
        _compose(prepared or _preparation()())
    if WIRING.engine is None:
        raise RuntimeError(WIRING.fault)
    reconnect()
    return WIRING.engine


def reconnect() -> None:
    """Connect or disconnect every service according to the preferences; jobs of services that are
    not selected continue. Sends nothing."""
    jobs_engine = WIRING.engine
    if jobs_engine is None:
        return
    # If the folder is unavailable, keep the last one; writing there will report the error.
    with suppress(OSError):
        jobs_engine.folder = settings.downloads()
    chosen = settings.network()
    network.use(chosen)
    _check_certificates(chosen.certificates)
    for row in SERVICES.values():
        wanted = ConnectedAs(settings.address(row), settings.key(row), chosen)
        former = WIRING.connected_as.get(row.id)
        if wanted == former:
            continue
        if former is not None and former.address != wanted.address:
            jobs_engine.connect(_account(row, former.address), None)
        jobs_engine.converter = _converter()
        if WIRING.log is not None:
            WIRING.log.redact((wanted.key,))
        usable = (
            addresses.refuse_key(row, wanted.key) is None
            and addresses.refuse_address(wanted.address) is None
        )
        dialect = _dialect_module(row).connect(wanted.address, wanted.key) if usable else None
        jobs_engine.connect(_account(row, wanted.address), dialect)
        WIRING.connected_as[row.id] = wanted
    WIRING.account = _account(settings.service(), settings.address())


def _check_certificates(path: str) -> None:
    """Have a worker check the certificate file once."""
    if path == (WIRING.certificates[0] if WIRING.certificates is not None else ""):
        return
    from ...api.http.certificates import refuse_certificates

    check = functools.partial(refuse_certificates, path)
    WIRING.certificates = (path, workers().ask("store", check)) if path else None


def certificate_trouble() -> str | None:
    """Return why the chosen certificate file cannot be used, "" if it can, or None while
    unknown."""
    path = settings.network().certificates
    if WIRING.certificates is None or WIRING.certificates[0] != path:
        return None
    return WIRING.certificates[1].value()


def _account(row: Service, base_url: str) -> str:
    """Return the account name that a job stores: service id and base URL."""
    return f"{row.id} {base_url}"


def stop() -> None:
    """End the engine and its workers. **Blocks** for a moment."""
    abandon_arrival()
    if WIRING.engine is not None:
        WIRING.engine.shutdown()
    elif WIRING.workers is not None:
        WIRING.workers.shutdown(patience=1.0)
    if WIRING.log is not None:
        WIRING.log.close()
    fresh = Wiring(document=WIRING.document, pinned=WIRING.pinned)
    for field in fields(Wiring):
        setattr(WIRING, field.name, getattr(fresh, field.name))


def workers() -> ThreadWorkers:
    """Return the worker threads; a thread starts with its first work."""
    from ...jobs.engine.workers import ThreadWorkers

    if WIRING.workers is None:
        WIRING.workers = ThreadWorkers()
    return WIRING.workers


def _preparation() -> Callable[[], Prepared | str]:
    """Return the work that opens the store; what it needs from Blender is read here, on the main
    thread.

    The work never raises: it returns a sentence if the add-on cannot be used.
    """
    try:
        path = settings.store_path()
    except OSError as error:
        sentence = str(error)
        return lambda: sentence
    _open_log(path.parent)
    return functools.partial(
        _prepare,
        path,
        new_token(),
        settings.service(),
        bpy.app.version_string,
        slot_paths.slot_paths(str(path.parent / settings.PICTURES)),
    )


def _open_log(folder: Path) -> None:
    from .log import SessionLog

    if WIRING.log is None:
        WIRING.log = SessionLog(folder, ADDON_ID)
        WIRING.log.redact(settings.keys())


def _prepare(
    path: Path, owner: str, row: Service, blender: str, in_slots: tuple[str, ...]
) -> Prepared | str:
    """Open the store in a worker, and import the engine so that the main thread need not wait.
    `in_slots` are the pictures that are still to be sent."""
    _log.info("Blender %s, Python %s, %s", blender, sys.version.split()[0], sys.platform)
    from .dependencies import blame, dependency_report

    report = dependency_report()
    if report is not None:
        return report
    try:
        from ...jobs.engine import engine as _engine  # noqa: F401 - preloads it for the main thread
        from ...jobs.model.clock import SystemClock
        from ...jobs.storage.store import Store, StoreError
        from ...jobs.work import capture_cleanup

        _dialect_module(row)
    except Exception as error:  # noqa: BLE001 - another add-on's packages may break anything here
        _log.exception("The add-on's own modules cannot be loaded")
        return blame(error)
    store = Store(path, owner)
    try:
        wall, now = SystemClock().wall(), SystemClock().now()
        store.prepare(wall)
        claim, finished = store.claim(wall, now=now), store.finished(_SHOWN_JOBS)
        listed = (*(row.job for row in claim.kept), *claim.others, *finished)
        capture_cleanup.sweep(path.parent / settings.CAPTURES, listed, wall)
        capture_cleanup.sweep_pictures(path.parent / settings.PICTURES, listed, in_slots, wall)
        return Prepared(store, claim, finished)
    except StoreError as error:
        return error.sentence


def _compose(prepared: Prepared | str) -> None:
    wanted, WIRING.test_wanted = WIRING.test_wanted, False
    if isinstance(prepared, str):
        WIRING.fault = prepared
        return
    from ...jobs.engine.engine import JobEngine
    from ...jobs.model.clock import SystemClock

    WIRING.fault = ""
    WIRING.store = prepared.store
    WIRING.engine = JobEngine(
        store=prepared.store,
        workers=workers(),
        clock=SystemClock(),
        folder=settings.downloads(),
        converter=_converter(),
        new_id=new_token,
    )
    reconnect()
    WIRING.engine.take_over(prepared.claim, prepared.finished, document=WIRING.document)
    if wanted:
        WIRING.engine.ask_balance(WIRING.account)


def _converter() -> Converter:
    from ...jobs.work.converter import Converter

    return Converter(
        child_command.child_command(),
        child_command.child_environment(secrets=settings.keys()),
        takes_orders=True,
    )


def connector(row: Service) -> Callable[[str, str], Dialect]:
    """Return the function that makes the service's dialect from a base URL and a key. Imports it;
    raises what that raises where packages do not fit."""
    return _dialect_module(row).connect


def _dialect_module(row: Service) -> ModuleType:
    if "." in row.module:
        return importlib.import_module(row.module)
    return importlib.import_module(f".api.services.{row.module}", ADDON_ID)


def unregister() -> None:
    """Stop the engine, if there is one."""
    stop()
