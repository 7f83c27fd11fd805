"""Plays one scenario inside a windowed Blender, step by step, from a timer.

Started by Blender's `--python` with an order as JSON after `--`. Runs in Blender's own Python and
imports only the standard library and the files beside it. An exception in a scenario becomes the
report, and Blender quits either way.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
import traceback
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any

import bpy

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.gui.hands import Hands  # noqa: E402 - found by the line above
from tests.gui.recording_layout import Written  # noqa: E402

# What a scenario yields: seconds until it continues.
Steps = Generator[float, None, None]

ADDON = "bl_ext.user_default.tripo_addon"
TAB = "Tripo"
# The suffix of the preferences of each service's account; the default service's have none.
SERVICES = ("", "_tripo_v2", "_3daistudio", "_pixazo", "_comfy_router")
PATIENCE = 60.0
# Pixels from the sidebar's top to the middle of its first header.
FIRST_HEADER = 15
# Pixels from a folded panel to the next, and the number of the panel of the selected object.
HEADER = 28
OBJECT_PANEL = 2
HEARTBEAT_SECONDS = 1 / 60
REST_SECONDS = 0.005


class Gone(Exception):
    """Something that a scenario waits for did not happen."""


class Stage:
    """What a scenario works with: the window, its mouse and keyboard, the add-on, and the report to
    fill.

    Keeps no reference into Blender between two steps: they become invalid with undo and new files.
    """

    addon = ADDON

    def __init__(self, order: Mapping[str, Any]) -> None:
        self.folder = Path(order["folder"])
        self.options: Mapping[str, Any] = order["options"]
        self.facts: dict[str, Any] = {}
        self.gaps: list[float] = []
        self.hands = Hands(self)
        self._beat: float | None = None
        self._archive = order["archive"]
        self._address = order["address"]
        self.key = order["key"]

    def set_up(self) -> Steps:
        """Install the zip, set the service's address, and open the add-on's tab. With the option
        `untouched`, the scenario does the first steps itself; with `smooth` the pictures are for
        people to look at."""
        preferences, untouched = bpy.context.preferences, self.options.get("untouched", False)
        preferences.view.render_display_type = "NONE"
        if not self.options.get("smooth", False):
            # Smoothing draws the viewport eight times, and there is no graphics card here.
            preferences.system.viewport_aa = "OFF"
        preferences.system.use_online_access = not untouched
        bpy.ops.extensions.package_install_files(
            filepath=self._archive, repo="user_default", enable_on_install=True
        )
        if ADDON not in preferences.addons:
            raise Gone("the add-on after its installation")
        self.preferences.base_url = self._address
        if not untouched:
            self.enter_key()
            self.preferences.set_up_done = True
        yield from self.open_tab()

    def enter_key(self) -> None:
        """Fill in the preferences that the services need."""
        for service in SERVICES:
            setattr(self.preferences, f"base_url{service}", self._address)
            begin = "comfyui-" if service == "_comfy_router" else ""
            setattr(self.preferences, f"api_key{service}", begin + self.key)

    def open_tab(self, window: int = 0) -> Steps:
        """Show the add-on's tab in the sidebar of a window's first 3D view."""
        self.area(window).spaces.active.show_region_ui = True
        yield 0.3
        self.sidebar(window).active_panel_category = TAB
        yield from self.redraw()

    def fold_first_panel(self) -> Steps:
        """Click the form's header to fold or unfold it: folded, it leaves room for the jobs below
        it."""
        region = self.sidebar()
        yield from self.hands.click((region.x + 40, region.y + region.height - FIRST_HEADER))
        yield from self.redraw()

    def click_header(self, number: int) -> Steps:
        """Click the header of a panel, counted from 0, to fold or unfold it; those above it must be
        folded."""
        region, scale = self.sidebar(), bpy.context.preferences.system.ui_scale
        down = round((FIRST_HEADER + number * HEADER) * scale)
        yield from self.hands.click((region.x + 60, region.y + region.height - down))
        yield from self.redraw()

    def open_object_panel(self) -> Steps:
        """Fold the first panel, and unfold that of the selected object, which moves up."""
        yield from self.click_header(0)
        yield from self.click_header(OBJECT_PANEL)

    def area(self, window: int = 0) -> bpy.types.Area:
        """Return the first 3D view of a window."""
        areas = bpy.context.window_manager.windows[window].screen.areas
        return next(area for area in areas if area.type == "VIEW_3D")

    def sidebar(self, window: int = 0) -> bpy.types.Region:
        """Return the sidebar's region."""
        return next(region for region in self.area(window).regions if region.type == "UI")

    def viewport(self) -> bpy.types.Region:
        """Return the region that shows the scene."""
        return next(region for region in self.area().regions if region.type == "WINDOW")

    def inside(self, region: bpy.types.Region | None = None) -> Any:
        """Return a context override for an operator called from the 3D view, or from a region."""
        return bpy.context.temp_override(
            window=bpy.context.window_manager.windows[0],
            area=self.area(),
            region=region or self.viewport(),
        )

    @property
    def preferences(self) -> Any:
        """Return the add-on's preferences."""
        return bpy.context.preferences.addons[ADDON].preferences

    @property
    def forms(self) -> Any:
        """Return the add-on's forms on the current scene."""
        return bpy.context.scene.tripo_addon

    def module(self, name: str) -> Any:
        """Return a module of the enabled add-on, such as `blender.session.composition`."""
        return importlib.import_module(f"{ADDON}.{name}")

    def jobs(self) -> tuple[Any, ...]:
        """Return the jobs of the list, newest first."""
        return self.module("blender.session.composition").jobs()

    def states(self) -> list[str]:
        """Return the states of the jobs, newest first."""
        return [job.state.name for job in self.jobs()]

    def words(self, *, unfolded: bool = False) -> list[str]:
        """Return every line that the add-on's panels show now, in order."""
        return self._written(unfolded=unfolded).lines

    def labels(self) -> list[tuple[str, bool]]:
        """Return only their labels, each with whether it has an icon."""
        return self._written().labels

    def generate(self, prompt: str) -> Steps:
        """Request a model by operator, for scenarios that are not about the click."""
        self.forms.text.prompt = prompt
        yield 0.1
        with self.inside():
            bpy.ops.tripo_addon.generate_text(again=True)

    def until(
        self, what: str, condition: Callable[[], object], *, patience: float = PATIENCE
    ) -> Steps:
        """Wait for a condition. Raises `Gone` with `what` if it does not come true."""
        end = time.monotonic() + patience
        while not condition():
            if time.monotonic() > end:
                raise Gone(f"{what}; jobs: {self.states()}; words: {self.words()}")
            yield 0.05

    def redraw(self) -> Steps:
        """Redraw every area, and wait for it."""
        for window in bpy.context.window_manager.windows:
            for area in window.screen.areas:
                area.tag_redraw()
        yield 0.25

    def picture(self, name: str) -> Steps:
        """Have the process outside take a picture, once panels have finished sliding into place."""
        yield from self.redraw()
        yield from self.redraw()
        yield from self.glance(name)

    def glance(self, name: str) -> Steps:
        """Have a picture taken of what the window shows, which no test has redrawn."""
        wanted = self.folder / f"{name}.wanted"
        wanted.touch()
        yield from self.until(f"the picture {name}", lambda: not wanted.exists())

    def words_of(self, module: str, panel: str) -> list[str]:
        """Return every line that one of the add-on's panels shows now."""
        written = Written()
        with self.inside(self.sidebar()):
            written.take_down(getattr(self.module(f"blender.{module}"), panel), bpy.context)
        return written.lines

    def _written(self, *, unfolded: bool = False) -> Written:
        generate = self.module("blender.ui.generate_panel").TRIPO_ADDON_PT_generate
        jobs = self.module("blender.ui.jobs_panel").TRIPO_ADDON_PT_jobs
        written = Written(unfolded=unfolded)
        with self.inside(self.sidebar()):
            for panel in (generate, jobs):
                written.take_down(panel, bpy.context)
        return written

    def beat(self) -> None:
        """Record a beat; called by the heartbeat's timer."""
        now = time.perf_counter()
        if self._beat is not None:
            self.gaps.append(now - self._beat)
            self._beat = now

    def listen(self, *, on: bool) -> None:
        """Start or stop recording the heartbeat's gaps, since a scenario's own work causes some."""
        self._beat = time.perf_counter() if on else None


def main() -> None:
    """Read the order and register the timers, which do everything else."""
    order = json.loads(sys.argv[sys.argv.index("--") + 1])
    # The splash screen opens before the first timer is called, and would cover everything.
    bpy.context.preferences.view.show_splash = False
    stage = Stage(order)
    scenario = importlib.import_module(f"tests.gui.scenarios.{order['scenario']}")
    steps = _all_steps(stage, scenario.play)

    def advance() -> float | None:
        error = ""
        try:
            return next(steps)
        except StopIteration:
            pass
        except Exception:  # noqa: BLE001 - whatever it is, it belongs into the report
            error = traceback.format_exc()
        _report(stage, error)
        bpy.app.timers.unregister(beat)
        bpy.ops.wm.quit_blender()
        return None

    def beat() -> float:
        stage.beat()
        return HEARTBEAT_SECONDS

    def rest() -> float:
        # Between two looks at its events Blender sleeps as long, but not while events may be
        # simulated; without this it would keep a third of a core busy.
        time.sleep(REST_SECONDS)
        return 0.0

    bpy.app.timers.register(advance, first_interval=0.5, persistent=True)
    bpy.app.timers.register(beat, persistent=True)
    bpy.app.timers.register(rest, persistent=True)


def _all_steps(stage: Stage, play: Callable[[Stage], Steps]) -> Steps:
    yield from stage.set_up()
    yield from play(stage)


def _report(stage: Stage, error: str) -> None:
    report = {"facts": stage.facts, "gaps": stage.gaps, "error": error}
    part = stage.folder / "report.part"
    part.write_text(json.dumps(report, ensure_ascii=False), encoding="utf-8")
    part.replace(stage.folder / "report.json")


if __name__ == "__main__":
    main()
