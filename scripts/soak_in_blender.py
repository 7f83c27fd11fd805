"""Runs one Blender of the soak: continues the jobs of the one before, submits its own requests, and
is killed where its order says.

Started by soak.py with an order as JSON after `--`. Changes nothing of the add-on but its clock,
which is passed in: progress is watched through Python's audit events and SQLite's trace, and the
timer, which never fires without a window, is run by hand.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import json
import os
import re
import signal
import sqlite3
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import addon_utils

from tests.doubles import QuickClock

if TYPE_CHECKING:
    from tripo_addon.blender import loop
    from tripo_addon.blender.objects import placement, targets
    from tripo_addon.blender.requests import checks, generation, object_requests
    from tripo_addon.blender.session import composition
    from tripo_addon.jobs.model import clock

ADDON = "bl_ext.user_default.tripo_addon"
# Imported under the name of the installed extension, if there is one; the lines above give types.
PARTS = (
    "blender.requests.checks",
    "blender.objects.placement",
    "blender.requests.generation",
    "blender.requests.object_requests",
    "blender.loop",
    "blender.objects.targets",
    "blender.session.composition",
    "jobs.model.clock",
)
SPEED = 25.0
# Longer than any lease, so that the lease of the Blender before has run out.
LATER = 60.0
STUCK = 8
PATIENCE = 60.0
VIEWS = ("front", "left", "back", "right")
_ENTRY = re.compile(r"INSERT INTO journal .*VALUES \('[^']*', [^,]*, '([^']*)'", re.DOTALL)


def main() -> int:
    """Run. Returns 0 if it ended by itself, `STUCK` if it did not finish."""
    order = json.loads(sys.argv[sys.argv.index("--") + 1])
    folder = Path(order["folder"])
    watch = Watch(folder, **order["end"])
    _open(folder / "scene.blend")
    if not order["converts"]:
        # As on a machine that cannot start a second Blender.
        sys.executable = str(folder / "no-python")
    _enable(order["archive"])
    speed = order.get("speed", SPEED)
    quick: Any = lambda: QuickClock(speed, ahead=order["life"] * LATER)  # noqa: E731
    clock.SystemClock = quick
    watch.begin()
    engine = composition.engine()
    (folder / "ready").touch()
    for submission in order["submissions"]:
        _submit(folder, **submission)
    leaves = time.monotonic() + watch.seconds if watch.way == "quit" else None
    until = time.monotonic() + order.get("patience", PATIENCE)
    good = _work(engine, until=until, leaves=leaves, last=order["last"])
    addon_utils.disable(ADDON, default_set=True)
    return 0 if good else STUCK


@dataclass
class Watch:
    """An audit hook that kills this process where the order says so."""

    folder: Path
    way: str
    what: str
    count: int
    seconds: float

    def begin(self) -> None:
        """Start watching Python's audit events and SQLite's writes."""
        sys.addaudithook(self)
        factory: Any = self._connection
        sqlite3.connect = functools.partial(sqlite3.connect, factory=factory)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Called by Python for each event, in any thread."""
        action = _ACTIONS.get(event, "")
        if event == "open":
            path, mode, _flags = arguments
            ours = isinstance(path, str) and path.startswith(str(self.folder))
            action = "write" if ours and isinstance(mode, str) and set(mode) & set("wa+") else ""
        if action:
            self.reached("action", action)

    def reached(self, way: str, what: str) -> None:
        """Kill the process if this is the planned point."""
        if (way, what) == (self.way, self.what):
            self.count -= 1
            if self.count == 0:
                os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
                time.sleep(PATIENCE)

    def _connection(self, *arguments: Any, **named: Any) -> sqlite3.Connection:
        return _Watched(self, *arguments, **named)


class _Watched(sqlite3.Connection):
    """A connection that reports each journal entry before and after its commit."""

    def __init__(self, watch: Watch, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._watch = watch
        self._entry = ""
        self.set_trace_callback(self._traced)

    def __exit__(self, *raised: Any) -> Any:
        ended = super().__exit__(*raised)
        self._watch.reached("after", self._entry)
        return ended

    def _traced(self, statement: str) -> None:
        """Called by SQLite for each statement before it runs."""
        entry = _ENTRY.match(statement)
        if entry is not None:
            self._entry = entry[1]
            self._watch.reached("action", "entry")
        if statement == "COMMIT":
            self._watch.reached("before", self._entry)
            self._watch.reached("action", "commit")


_ACTIONS = {
    "http.client.connect": "connect",
    "http.client.send": "request",
    "os.rename": "rename",
    "subprocess.Popen": "child",
}


def _open(blend: Path) -> None:
    """Open the artist's own file, so that jobs know their file after a restart."""
    if blend.exists():
        bpy.ops.wm.open_mainfile(filepath=str(blend))
    else:
        bpy.ops.wm.read_homefile(use_empty=True)
        bpy.ops.mesh.primitive_cube_add()
        bpy.ops.wm.save_as_mainfile(filepath=str(blend))


def _enable(archive: str) -> None:
    bpy.context.preferences.system.use_online_access = True
    if archive:
        bpy.ops.extensions.package_install_files(
            filepath=archive, repo="user_default", enable_on_install=True
        )
    else:
        addon_utils.enable(ADDON, default_set=True)
    if ADDON not in bpy.context.preferences.addons:
        raise SystemExit("The add-on could not be enabled; Blender's reason stands above.")
    for part in PARTS:
        globals()[part.rpartition(".")[2]] = importlib.import_module(f"{ADDON}.{part}")


def _submit(folder: Path, *, number: int, kind: str) -> None:
    """Submit as the button does, but without waiting for the model as it would in background
    mode."""
    forms, title = bpy.context.scene.tripo_addon, f"chest {number}"
    forms.texture.prompt = f"oak number {number}"
    steps = _textured(number, title) if kind == "own" else _generated(folder, number, kind, title)
    composition.engine().submit(composition.WIRING.account, steps)


def _generated(folder: Path, number: int, kind: str, title: str) -> Any:
    forms = bpy.context.scene.tripo_addon
    forms.text.prompt = f"chest number {number}"
    forms.image.path = str(folder / "front.png")
    for view in VIEWS[:2]:
        setattr(forms.multiview, view, str(folder / f"{view}.png"))
    forms.then_texture = kind == "textured"
    form = forms.text if kind == "textured" else getattr(forms, kind)
    values_of_form = checks.checked_values(form)
    if isinstance(values_of_form, checks.Refusal):
        raise SystemExit(f"The form refuses its own values: {values_of_form.sentence}")
    values = {**values_of_form, "model_seed": number}
    then = _numbered(generation.later_requests(form.kind, bpy.context), number)
    return generation.generation_steps(values, then, title=title, context=bpy.context)


def _textured(number: int, title: str) -> Any:
    """Return the steps that send the first object of the file and texture it."""
    form = bpy.context.scene.tripo_addon.texture
    cube = bpy.data.objects["Cube"]
    bpy.context.view_layer.objects.active = cube
    cube.select_set(True)
    form.landing = "NEW"
    plan = object_requests.plan(form, bpy.context)
    if isinstance(plan, str):
        raise SystemExit(f"The form refuses its own values: {plan}")
    plan = dataclasses.replace(plan, requests=_numbered(plan.requests, number))
    target = object_requests.captured(form, plan)
    return object_requests.steps_of(plan, form, target, title, bpy.context)


def _numbered(requests: Any, number: int) -> Any:
    numbered = ({**each.values, "texture_seed": number} for each in requests)
    return tuple(
        dataclasses.replace(request, values=values)
        for request, values in zip(requests, numbered, strict=True)
    )


def _work(engine: Any, *, until: float, leaves: float | None, last: bool) -> bool:
    """Run the loop until every job has ended, or until it is time to quit."""
    while time.monotonic() < until:
        wait = loop.pump()
        if leaves is not None and time.monotonic() > leaves:
            return True
        ended = all(_stands(engine, job) for job in engine.jobs())
        if ended and not (last and _retry(engine)):
            return True
        time.sleep(min(0.005, max(0.0, wait or 0.0)))
    return False


def _stands(engine: Any, job: Any) -> bool:
    """Return whether a job has ended, or waits for a person's decision."""
    return job.state.final or bool(engine.waits_for(job)) or _needs_person(job)


def _needs_person(job: Any) -> bool:
    return job.state.value == "ready" and bool(targets.question(job))


def _retry(engine: Any) -> bool:
    """Do what a person would, if it is free: retry; take up the task of a request whose answer was
    lost, if the service lists one with the same prompt; and import again what was made for an
    object that went with an unsaved scene. Returns whether anything continues."""
    goes_on = False
    for job in engine.jobs():
        if _needs_person(job):
            bpy.ops.tripo_addon.land_job(job_id=job.id, how="NEW")
            goes_on = True
        if job.state.value != "failed":
            continue
        if job.may_be_attached:
            goes_on |= engine.searching(job.id) or _take_up(engine, job)
        elif job.retry_is_free or not job.retry_needs_service:
            here = placement.placement(bpy.context)
            engine.retry(job.id, account=composition.WIRING.account, placement=here)
            goes_on = True
    return goes_on


def _take_up(engine: Any, job: Any) -> bool:
    words = getattr(job.request, "prompt", "")
    own = [each.task_id for each in job.candidates if words and each.prompt == words]
    if own:
        return engine.attach(job.id, own[0]) is not None
    return not job.note and engine.search_task(job.id)


sys.exit(main())
