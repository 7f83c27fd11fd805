"""The composition root: preferences → service → store → engine. Holds the add-on's one mutable
state.

Main thread only. Whatever needs pydantic, requests or sqlite3 is imported inside the function that
first needs it, in a worker where it can be, so that neither registration nor drawing waits for it.
"""

from __future__ import annotations

import functools
import importlib
import logging
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final, cast

import bpy
from bpy.app.handlers import persistent

from ..api.addresses import refuse_address, refuse_key, refuse_picture_address
from ..api.catalog import SERVICES
from ..api.catalog.parameters import PARAMETERS
from ..api.catalog.records import Entry, Service, TaskKind
from ..api.prices import estimate
from ..api.rules import Refusal, is_web_address, refuse
from ..jobs.job import Finish, Job, Placement, State
from .datablocks import NoPicture
from .dependencies import dependency_report
from .family import Placeholder, placeholder_of
from .registration import ADDON_ID, handler_pair

if TYPE_CHECKING:
    from ..jobs.conversion import Converter
    from ..jobs.engine import JobEngine
    from ..jobs.recipes import Step
    from ..jobs.store import Claim, Entry, Store
    from ..jobs.workers import Pending, ThreadWorkers
    from .diary import Diary
    from .forms import TaskForm
    from .landing import Arriving
    from .preferences import TRIPO_ADDON_AP_preferences

_log = logging.getLogger(__name__)
_SHOWN_JOBS: Final = 1000
_OWN_COLLECTION: Final = "Tripo"
_PREPARE_SECONDS: Final = 30.0
_CAPTURES: Final = "captures"


def _token() -> str:
    """An id that no other job, session or Blender has; the module uuid takes long to import."""
    return os.urandom(16).hex()


@dataclass(frozen=True, slots=True)
class _Prepared:
    """The store, opened in a worker, and what it held."""

    store: Store
    claim: Claim
    finished: tuple[Job, ...]


@dataclass(slots=True)
class Wiring:
    """Everything that lives as long as the add-on is enabled and is not saved by Blender."""

    engine: JobEngine | None = None
    store: Store | None = None
    workers: ThreadWorkers | None = None
    pending: Pending[_Prepared | str] | None = None
    account: str = ""
    connected_as: dict[str, tuple[str, str]] = field(
        default_factory=dict[str, tuple[str, str]], repr=False
    )
    fault: str = ""
    document: str = field(default_factory=_token)
    scenes: frozenset[int] = frozenset()
    refusals: dict[str, Refusal] = field(default_factory=dict)
    notes: dict[TaskKind, tuple[str, ...]] = field(default_factory=dict)
    settling: bool = False
    announced: set[str] = field(default_factory=set)
    destinations: dict[tuple[str, str], tuple[int, int]] = field(
        default_factory=dict[tuple[str, str], tuple[int, int]]
    )
    waiting_for: str = ""
    arriving: Arriving | None = None
    diary: Diary | None = None


WIRING: Final = Wiring()


def preferences() -> TRIPO_ADDON_AP_preferences | None:
    """The add-on's preferences; None while it is being enabled or disabled."""
    addon = bpy.context.preferences.addons.get(ADDON_ID)
    return cast("TRIPO_ADDON_AP_preferences", addon.preferences) if addon is not None else None


def online() -> bool:
    """Whether Blender allows network access: the one place that reads it."""
    return bpy.app.online_access


def default_service() -> Service:
    """The service that is in force until another is chosen."""
    return next(iter(SERVICES.values()))


def service() -> Service:
    """The service that new jobs go to."""
    chosen = preferences()
    return SERVICES[chosen.service] if chosen is not None else default_service()


def key(row: Service | None = None) -> str:
    """The key in force: the environment's before the preferences'."""
    row, chosen = row or service(), preferences()
    stored = chosen.account_value(row, "api_key") if chosen is not None else ""
    return (os.environ.get(row.key_variable) or stored).strip()


def keys() -> tuple[str, ...]:
    """Every key in force: what may stand nowhere but in its own header."""
    return tuple(filter(None, map(key, SERVICES.values())))


def address(row: Service | None = None) -> str:
    """The base URL in force: the environment's, the preferences', the region's."""
    row, chosen = row or service(), preferences()
    stored = chosen.account_value(row, "base_url") if chosen is not None else ""
    override = os.environ.get(row.address_variable) or stored
    region = row.region(chosen.account_value(row, "region") if chosen is not None else "")
    return (override.strip() or region.base_url).rstrip("/")


def offline() -> str | None:
    """Why Blender allows no network access, as a sentence, or None where it does."""
    if online():
        return None
    if bpy.app.online_access_override:
        return "Blender was started with online access switched off"
    return "Online access is off: enable it in Preferences › System › Network"


def not_allowed() -> str | None:
    """Why nothing can be sent at all, as a sentence, or None."""
    if WIRING.fault:
        return WIRING.fault
    if (sentence := offline()) is not None:
        return sentence
    refusal = refuse_key(service(), key()) or refuse_address(address())
    return refusal.sentence if refusal is not None else None


def refusal(form: TaskForm, values: Mapping[str, object] | None = None) -> str | None:
    """Why this form cannot be sent now, as a sentence, or None. Opens no file: fit for `poll`.
    `values` is the form's wish, for a caller who has it."""
    refused = refuse(service(), form.kind, form.wish() if values is None else values)
    return not_allowed() or (refused.sentence if refused is not None else None)


def wish(form: TaskForm) -> Mapping[str, object] | Refusal:
    """The values to send, or the reason why not. Looks at the pictures' headers on disk."""
    sentence = not_allowed()
    if sentence is not None:
        return Refusal("service", sentence)
    values = form.wish()
    refused = refuse(service(), form.kind, values)
    if refused is not None:
        return refused
    try:
        values |= form.made_files(downloads() / "sent")
    except NoPicture as error:
        return Refusal("image", str(error))
    except OSError as error:
        return Refusal("image", f"The image cannot be written to disk: {error.strerror}")
    return refuse_pictures(values) or values


def ask(values: Mapping[str, object], *, title: str, context: bpy.types.Context) -> Job:
    """Hand a wish to the engine, which goes on with it as soon as it is turned."""
    from ..api.tasks import parse_request

    jobs_engine = engine()
    request = parse_request(values)
    return jobs_engine.submit(WIRING.account, request, title=title, placement=placement(context))


def submit_steps(steps: Sequence[Step]) -> list[Job]:
    """Hand a wish of several steps to the engine. In background mode **blocks** until the last is
    final, or none of them can go on."""
    jobs = engine().submit_steps(WIRING.account, steps)
    go_on(jobs[-1])
    return [engine().job(job.id) or job for job in jobs]


def go_on(job: Job) -> Job:
    """See that the job's work is done: by the timer, or here and now where timers never fire."""
    from . import landing, pump

    if not bpy.app.background:
        pump.arm()
        return job
    engine().run_until_idle(landing.place, online=online, until=job.id)
    return engine().job(job.id) or job


def placement(context: bpy.types.Context) -> Placement:
    """Where a model asked for now will land."""
    chosen = preferences()
    from .destination import remember, selection
    from .importer import scene_terms

    collection = context.collection or context.scene.collection
    remember(context.scene, collection)
    own = chosen is not None and chosen.home == "TRIPO"
    select = chosen is not None and chosen.select_arrivals
    # A scene can hold a cursor that is nowhere, and such a number could not be stored.
    x, y, z = (value if math.isfinite(value) else 0.0 for value in context.scene.cursor.location[:])
    held = placeholder(context)
    box = held.box if held is not None else None
    if held is not None:
        x, y, z = held.foot
    return Placement(
        document=WIRING.document,
        file=bpy.data.filepath,
        scene=context.scene.name,
        collection=_OWN_COLLECTION if own else collection.name,
        make_collection=own,
        select_after=selection(context.view_layer) if select else None,
        location=(x, y, z),
        box=box,
        turn=float(chosen.front) if chosen is not None else -90.0,
        finish=chosen.finish() if chosen is not None else Finish(),
        **scene_terms(context.scene),
    )


def placeholder(context: bpy.types.Context) -> Placeholder | None:
    """What a model asked for now is to fill, where that is wished and something is selected."""
    chosen = preferences()
    if chosen is None or chosen.size != "PLACEHOLDER":
        return None
    from . import sources

    family = sources.selected(context)
    return placeholder_of(family) if family is not None else None


def fits(job: Job) -> bool:
    """Whether the job's model was meant for the .blend that is open."""
    meant = job.placement
    return meant.document == WIRING.document or bool(meant.file and meant.file == bpy.data.filepath)


def jobs() -> tuple[Job, ...]:
    """What the job list shows; empty until the engine exists."""
    return WIRING.engine.jobs() if WIRING.engine is not None else ()


def list_words() -> str:
    """What is to be said of the job list itself; mostly nothing."""
    engine = WIRING.engine
    return (engine.list_trouble or engine.list_note) if engine is not None else ""


def timeline(job_id: str) -> tuple[Entry, ...]:
    """The journal of one job, oldest entry first. Reads the disk: for scripts, not for panels."""
    store = WIRING.store
    if store is None:
        return ()
    # Behind whatever is still to be written.
    read = _workers().ask("store", lambda: store.timeline(job_id))
    return read.value(patience=_PREPARE_SECONDS) or ()


def standstill(job: Job) -> str:
    """What a job waits for that only a person can give, as words for its row; mostly nothing."""
    if job.state.final or job.state in {State.CONVERTING, State.READY}:
        return ""
    waits = WIRING.engine.waits_for(job) if WIRING.engine is not None else ""
    if waits:
        return waits
    if not online():
        return "Waiting for online access"
    if WIRING.engine is not None and not WIRING.engine.connected(job.account):
        return "Waiting for the key and region it was sent with"
    return ""


def refuse_retry(job: Job) -> str | None:
    """Why a new try of this job cannot be made now, as a sentence, or None."""
    if not job.retry_needs_service:
        return None
    if job.retry_is_free:
        return refuse_asking(job)
    sentence = not_allowed()
    if sentence is not None:
        return sentence
    refused = refuse(service(), job.kind, job.request.model_dump(exclude_none=True))
    return refused.sentence if refused is not None else None


def refuse_asking(job: Job) -> str | None:
    """Why the service that knows this job's task cannot be asked about it, as a sentence, or
    None."""
    if WIRING.engine is not None and WIRING.engine.connected(job.account):
        return offline()
    where = job.account.partition(" ")[2]
    return f"This task belongs to {where}: give the key for it in the preferences first"


def retry_price(job: Job) -> str:
    """What a new try from the start costs, in words."""
    credits = estimate(service(), job.kind, job.request.model_dump(exclude_none=True))
    return service().money if credits is None else f"{credits} {service().money}"


def balance() -> float | None:
    """The last known balance in credits, without asking."""
    if WIRING.engine is None:
        return None
    known = WIRING.engine.money(WIRING.account).balance
    return known.available if known is not None else None


def connection_words() -> str:
    """What is known of the connection, for the preferences."""
    if WIRING.engine is None:
        return ""
    money = WIRING.engine.money(WIRING.account)
    if money.trouble is not None:
        return f"{money.trouble.sentence}. {money.trouble.advice}"
    if money.balance is None:
        return ""
    return f"Connected to {address()}: {money.balance.available:g} {service().money}"


def warm_up() -> None:
    """Load what is heavy, and open the store, in a worker. Does nothing the second time."""
    if WIRING.engine is not None or WIRING.pending is not None or bpy.app.background:
        return
    from . import pump

    WIRING.pending = _workers().ask("store", _preparation())
    pump.arm()


def settle() -> None:
    """Take what the worker prepared, once it is there."""
    if WIRING.pending is not None:
        prepared = WIRING.pending.value()
        if prepared is not None:
            WIRING.pending = None
            _compose(prepared)


def engine() -> JobEngine:
    """The engine, made now if need be: **blocks** for the import where nothing warmed it up.

    Raises `RuntimeError` with a sentence where it cannot be made.
    """
    if WIRING.engine is None:
        prepared = WIRING.pending.value(patience=_PREPARE_SECONDS) if WIRING.pending else None
        WIRING.pending = None
        _compose(prepared or _preparation()())
    if WIRING.engine is None:
        raise RuntimeError(WIRING.fault)
    reconnect()
    return WIRING.engine


def reconnect() -> None:
    """Let the dialects follow the preferences, of every service that has a key: jobs go on when
    another one is chosen. Sends nothing."""
    jobs_engine = WIRING.engine
    if jobs_engine is None:
        return
    # A folder that is gone for now: the last one stays, and whoever writes there says so.
    with suppress(OSError):
        jobs_engine.folder = downloads()
    for row in SERVICES.values():
        wanted, former = (address(row), key(row)), WIRING.connected_as.get(row.id)
        if wanted == former:
            continue
        if former is not None and former[0] != wanted[0]:
            jobs_engine.connect(_account(row, former[0]), None)
        jobs_engine.converter = _converter()
        if WIRING.diary is not None:
            WIRING.diary.hide(wanted[1:])
        usable = refuse_key(row, wanted[1]) is None and refuse_address(wanted[0]) is None
        dialect = _dialect_module(row).connect(*wanted) if usable else None
        jobs_engine.connect(_account(row, wanted[0]), dialect)
        WIRING.connected_as[row.id] = wanted
    WIRING.account = _account(service(), address())


def _account(row: Service, base_url: str) -> str:
    """How a job remembers who knows its task."""
    return f"{row.id} {base_url}"


def stop() -> None:
    """End the engine and its workers. **Blocks** for a moment."""
    from . import landing

    landing.leave()
    if WIRING.engine is not None:
        WIRING.engine.shutdown()
    elif WIRING.workers is not None:
        WIRING.workers.shutdown(patience=1.0)
    if WIRING.diary is not None:
        WIRING.diary.close()
    fresh = Wiring(document=WIRING.document, scenes=_scenes(), destinations=WIRING.destinations)
    for name in Wiring.__slots__:
        setattr(WIRING, name, getattr(fresh, name))


def user_folder() -> Path:
    """The add-on's own folder, which survives upgrades. Raises `OSError` where there is none."""
    try:
        folder = bpy.utils.extension_path_user(ADDON_ID, create=True)
    except ValueError:
        folder = bpy.utils.user_resource("CONFIG", path="tripo_addon", create=True)
    if not folder:
        raise OSError("Blender's user folder cannot be written; nothing is sent without it")
    return Path(folder)


def captures() -> Path:
    """Where objects lie that a job works on. Raises `OSError` where there is no such folder."""
    return user_folder() / _CAPTURES


def store_path() -> Path:
    """The job list's file, which may not exist yet."""
    return user_folder() / "jobs.sqlite3"


def _scenes() -> frozenset[int]:
    """The scenes of the open file; none where Blender does not show its data, as at start."""
    return frozenset(scene.session_uid for scene in getattr(bpy.data, "scenes", ()))


def _workers() -> ThreadWorkers:
    from ..jobs.workers import ThreadWorkers

    if WIRING.workers is None:
        WIRING.workers = ThreadWorkers()
    return WIRING.workers


def _preparation() -> Callable[[], _Prepared | str]:
    """The work that opens the store, with what it needs from Blender read here on the main thread.

    The work gives a sentence where the add-on cannot be used; it never raises.
    """
    try:
        path = store_path()
    except OSError as error:
        sentence = str(error)
        return lambda: sentence
    _open_diary(path.parent)
    return functools.partial(_prepare, path, _token(), service(), bpy.app.version_string)


def _open_diary(folder: Path) -> None:
    from .diary import Diary

    if WIRING.diary is None:
        WIRING.diary = Diary(folder, ADDON_ID)
        WIRING.diary.hide(keys())


def _prepare(path: Path, owner: str, row: Service, blender: str) -> _Prepared | str:
    """Runs in a worker. Loads the engine too, so that the main thread need not wait for it."""
    _log.info("Blender %s, Python %s, %s", blender, sys.version.split()[0], sys.platform)
    report = dependency_report()
    if report is not None:
        return report
    try:
        from ..jobs import captures
        from ..jobs import engine as _engine  # noqa: F401 - for the next who imports it
        from ..jobs.clock import SystemClock
        from ..jobs.store import Store, StoreError

        _dialect_module(row)
    except Exception as error:  # noqa: BLE001 - another add-on's packages may break anything here
        _log.exception("The add-on's own modules cannot be loaded")
        return f"The add-on cannot be loaded ({type(error).__name__}): restart Blender"
    store = Store(path, owner)
    try:
        store.prepare()
        wall = SystemClock().wall()
        claim, finished = store.claim(wall), store.finished(_SHOWN_JOBS)
        ours = (row.job for row in claim.kept)
        captures.sweep(path.parent / _CAPTURES, (*ours, *claim.others, *finished), wall)
        return _Prepared(store, claim, finished)
    except StoreError as error:
        return error.sentence


def _compose(prepared: _Prepared | str) -> None:
    if isinstance(prepared, str):
        WIRING.fault = prepared
        return
    from ..jobs.clock import SystemClock
    from ..jobs.engine import JobEngine

    WIRING.fault = ""
    WIRING.store = prepared.store
    WIRING.engine = JobEngine(
        store=prepared.store,
        workers=_workers(),
        clock=SystemClock(),
        folder=downloads(),
        converter=_converter(),
        new_id=_token,
    )
    reconnect()
    WIRING.engine.adopt(prepared.claim, prepared.finished)


def _converter() -> Converter:
    from ..jobs.conversion import Converter
    from . import importer

    return Converter(importer.child_command(), importer.child_environment(secrets=keys()))


def downloads() -> Path:
    """Where what the service made is put. Raises `OSError` where there is no such folder."""
    chosen = preferences()
    if chosen is not None and chosen.download_folder.strip():
        return Path(bpy.path.abspath(chosen.download_folder)).absolute()
    return user_folder() / "downloads"


def _dialect_module(row: Service) -> ModuleType:
    if "." in row.module:
        return importlib.import_module(row.module)
    return importlib.import_module(f"..api.services.{row.module}", __package__)


def refuse_pictures(values: Mapping[str, object]) -> Refusal | None:
    """Why the pictures among these values cannot be sent, or None. Looks at their headers on
    disk."""
    given = [
        (name, str(value))
        for name, value in values.items()
        if name in PARAMETERS and PARAMETERS[name].entry is Entry.PICTURE
    ]
    addresses = [pair for pair in given if is_web_address(pair[1])]
    paths = [(name, Path(value)) for name, value in given if not is_web_address(value)]
    refusals = (refuse_picture_address(name, value, address()) for name, value in addresses)
    refused = next((each for each in refusals if each is not None), None)
    if refused is not None or not paths:
        return refused
    report = dependency_report()
    if report is not None:
        return Refusal("service", report)
    from ..api.pictures import refuse_picture

    refusals = (refuse_picture(name, path, service().pictures) for name, path in paths)
    return next((each for each in refusals if each is not None), None)


@persistent
def _file_opened(_path: str, _unused: object) -> None:
    """Another .blend is open: jobs asked for in the former one wait for it."""
    from . import pump

    WIRING.document = _token()
    WIRING.refusals.clear()
    WIRING.notes.clear()
    WIRING.announced.clear()
    WIRING.destinations.clear()
    if WIRING.engine is not None:
        pump.arm()


@persistent
def _file_saved(_path: str, _unused: object) -> None:
    """A file keeps its jobs when it gets a name, or another one."""
    if WIRING.engine is not None:
        WIRING.engine.saved_as(WIRING.document, bpy.data.filepath)


@persistent
def _gone_back(_scene: bpy.types.Scene, _unused: object) -> None:
    """Undo or redo: a model that is half in the file may be so in another half now."""
    if WIRING.arriving is not None:
        WIRING.arriving.model.spoil()


_HANDLERS: Final = (
    ("load_post", _file_opened),
    ("save_post", _file_saved),
    ("undo_post", _gone_back),
    ("redo_post", _gone_back),
)
_watch, _stop_watching = handler_pair(_HANDLERS)


def register() -> None:
    """Watch for files being opened and saved, and for undo.

    A file opened while the add-on was off is another.
    """
    if WIRING.scenes and not WIRING.scenes & _scenes():
        WIRING.document = _token()
    _watch()


def unregister() -> None:
    """End what runs and stop watching."""
    stop()
    _stop_watching()
