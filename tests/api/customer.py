"""Requests any task of any service at the stand-in, and reads what was charged.

Prepares inputs on first use: pictures on disk and at web addresses, a model file, and finished
tasks to work on. Uploads each file once.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from tests.standin.ledger import Task as Booked
from tests.standin.service import DEFAULT_KEY, StandIn
from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.dialect import Dialect
from tripo_addon.api.replies import FileRef, web_picture
from tripo_addon.api.tasks import TaskRequest, parse_request

from .hosts import RawHost, always, reply
from .samples import model_file, picture, views

STARTING_CREDITS = 10_000_000
DRAFT = "v1.4-20240625"
RIG = "v2.5-20260210"


def connect(row: Service, base_url: str, key: str = DEFAULT_KEY) -> Dialect:
    """Return our dialect of a service at an address, found as the add-on finds it."""
    name = row.module if "." in row.module else f"tripo_addon.api.services.{row.module}"
    return importlib.import_module(name).connect(base_url, key)


def own_id(task_id: str) -> str:
    """Return a task's id as the service itself has it; a dialect may add a prefix."""
    return task_id.rpartition("/")[2]


@dataclass(frozen=True)
class PaidRequest:
    """One paid request of a service, and one look-up of a task."""

    dialect: Dialect
    request: TaskRequest

    def submit(self) -> str:
        """Request the task."""
        pictures = [web_picture(str(file)) for file in self.request.files]
        return self.dialect.submit(self.request, tuple(pictures))

    def look_up(self) -> object:
        """Look up a task."""
        return self.dialect.look_up(["a"])


class Customer:
    """A customer of all services. `task_id` is the dialect's own of the last task."""

    def __init__(self, stand_in: StandIn, folder: Path) -> None:
        self.stand_in = stand_in
        self.folder = folder / "customer"
        self.folder.mkdir()
        self.task_id = ""
        self._dialects: dict[str, Dialect] = {}
        self._files: dict[tuple[str, Path | str], FileRef] = {}
        self._sources: dict[tuple[str, str], str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for dialect in self._dialects.values():
            dialect.close()
        if "_web" in self.__dict__:
            self._web.__exit__()

    def dialect(self, row: Service) -> Dialect:
        """Return our dialect of a service, connected to the stand-in."""
        if row.id not in self._dialects:
            self._dialects[row.id] = connect(row, self.stand_in.base_url)
        return self._dialects[row.id]

    @cached_property
    def pictures(self) -> dict[str, Path]:
        """Five pictures on disk: the views, and `image`."""
        return {**views(self.folder), "image": picture(self.folder / "image.png")}

    @cached_property
    def _web(self) -> RawHost:
        png = always(reply(200, self.pictures["image"].read_bytes()))
        return RawHost(png).__enter__()

    @cached_property
    def address(self) -> str:
        """Return the web address of a picture."""
        return f"{self._web.url}/image.png"

    @cached_property
    def model_file(self) -> Path:
        """A model on disk."""
        return model_file(self.folder / "model.glb")

    def place(self, row: Service, kind: TaskKind) -> dict[str, object]:
        """Return a value for every input field of this kind of task."""
        pictures: dict[str, object] = {**self.pictures, "style_image": self.pictures["left"]}
        pictures |= {"ref_image": self.pictures["back"], "references": (self.pictures["image"],)}
        if not row.pictures.files:
            pictures["image"] = self.address
        sources: dict[str, object] = {}
        takes = row.offers[kind].takes
        if "source_task" in takes:
            sources["source_task"] = self.source(row, kind)
        if "views_task" in takes:
            sources["views_task"] = self.source(row, TaskKind.EDIT_VIEWS)
        return {
            **pictures,
            **sources,
            "prompt": "a small wooden chest",
            "negative_prompt": "rust, holes",
            "source_file": self.model_file,
            "hint": "a lid and a box",
            "format": "FBX",
            "part_names": ("lid", "box"),
            "animations": ("preset:walk",),
            "prompts": {"back": "a wooden back", "front": "a door"},
        }

    def source(self, row: Service, kind: TaskKind) -> str:
        """Return a finished task of the service that this kind of task can work on."""
        chest: dict[str, object] = {"kind": "text_to_model", "prompt": "a chest"}
        values: dict[str, object]
        chest["model"] = row.offers[TaskKind.TEXT_TO_MODEL].default_model
        match kind:
            case TaskKind.COMPLETE_MESH:
                model = row.offers[TaskKind.SEGMENT_MESH].default_model
                values = {"kind": "segment_mesh", "model": model, "source_task": ""}
            case TaskKind.RETARGET:
                values = {"kind": "rig", "model": RIG, "source_task": ""}
            case TaskKind.EDIT_VIEWS:
                values = {"kind": "image_to_views", "image": self.pictures["image"]}
            case TaskKind.REFINE_MODEL:
                values = {**chest, "model": DRAFT}
            case _:
                values = chest
        known = (row.id, str(values["kind"]) + str(values.get("model")))
        if known not in self._sources:
            if "source_task" in values:
                values["source_task"] = self.source(row, TaskKind.TEXTURE_MODEL)
            self._sources[known] = self.ask(row, values).id
        return self._sources[known]

    def ask(self, row: Service, values: Mapping[str, object]) -> Booked:
        """Request a task by its values. Returns what the stand-in recorded for it."""
        return self.order(row, parse_request(values))

    def order(self, row: Service, request: TaskRequest) -> Booked:
        """Request a task. Returns what the stand-in recorded, once it is finished."""
        dialect = self.dialect(row)
        files = tuple(self._handed_over(row, file) for file in request.files)
        self.task_id = dialect.submit(request, files)
        dialect.look_up([self.task_id])
        booked = self.stand_in.ledger.tasks[-1]
        assert own_id(self.task_id) == booked.id
        return booked

    def _handed_over(self, row: Service, file: Path | str) -> FileRef:
        if not isinstance(file, Path):
            return web_picture(file)
        if (row.id, file) not in self._files:
            self._files[row.id, file] = self.dialect(row).upload(file)
        return self._files[row.id, file]


ALL_KINDS = tuple((row, kind) for row in SERVICES.values() for kind in row.offers)
ALL_KIND_IDS = tuple(f"{row.id} {kind.value}" for row, kind in ALL_KINDS)
