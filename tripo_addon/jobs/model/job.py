"""A job: one request on its way to a model, as a frozen record.

Imports no pydantic: panels read this module before anything heavy is loaded.
"""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...api.catalog.task_kinds import GENERATIONS, RESULT_TASK, Makes, TaskKind
from ...api.file_names import file_stem
from ...api.record import record
from .landings import UNSTRETCHED, Landing, Origin
from .states import Failure, State

if TYPE_CHECKING:
    from ...api.errors import Problem
    from ...api.replies import FileRef
    from ...api.tasks import TaskRequest


@record(kw_only=True)
class Finish:
    """How models are finished. `height` is in meters; None keeps their size. `textures` is the
    folder that images are saved to; empty: they are packed. `asset`: marked for the Asset Browser;
    with `library`, a folder, also saved there as a .blend of its own."""

    origin: Origin = Origin.DELIVERED
    height: float | None = None
    textures: str = ""
    asset: bool = False
    library: str = ""


@record
class Handle:
    """How an object is found again: by the id stored on it, its session_uid, or its name."""

    name: str
    uid: str = ""
    number: int = 0


@record(kw_only=True)
class Target:
    """The objects that a job works on, captured when it was submitted.

    `objects` are taken as one; the first is the anchor, whose transform counts. Empty if the target
    is the result of the previous steps. `parts` are the objects used, of these and all below them.
    `shape` is the fingerprint of the meshes and `frame` the anchor's world matrix (16 numbers, row
    by row), both as captured; `stretch` (9 numbers) is the matrix from the anchor's own coordinates
    to those of the shape that the service knows. `capture` is the .blend with the objects; empty
    until it is needed. `turn`: degrees about Z that bring another shape to the anchor's front.
    `texture_size` in pixels, 0 for the result's own. `single_user`: a shared mesh may be made
    single-user. `maker` is the job that made the objects, if one did. `faces` is the number of
    faces of the parts' own meshes.
    """

    objects: tuple[Handle, ...] = ()
    parts: tuple[Handle, ...] = ()
    shape: str = ""
    frame: tuple[float, ...] = ()
    stretch: tuple[float, ...] = UNSTRETCHED
    capture: str = ""
    turn: float = 0.0
    texture_size: int = 0
    single_user: bool = False
    maker: str = ""
    faces: int = 0


@record(kw_only=True)
class Stand:
    """A box in world space for a model: the center of its bottom, its sides in scene units, and its
    rotation about Z in radians, counterclockwise as seen from above."""

    foot: tuple[float, float, float]
    sides: tuple[float, float, float]
    turn: float = 0.0


@record(kw_only=True)
class Placement:
    """Where and how the model is placed, captured when the job was submitted.

    `document` and `file` name the .blend it is meant for: a token of the session, and the path
    where it was saved. `location` is the 3D cursor in world space, or the nearest free place, with
    `beside` the name of what was in the way; `turn` in degrees about Z brings the service's front
    to Blender's front view. `expected` is the model's estimated size, if known. `stand` is the box
    as moved by the artist while the job ran, and `fills` whether they changed its size, so that the
    model fills it; neither needs another .blend. `most_faces`: only a likeness with so few faces
    arrives, and is not rendered; 0 for the model itself. `blockout` are the objects that the model
    was blocked out with: it fills their box, which is its `stand`, and they are kept as a variant
    of it. `fps` and `meters_per_unit` are the
    scene's, for animation and size. A missing collection is created only if `make_collection` says
    so.
    `select_after` is the selection at that time: the model is selected if that has not changed;
    None never selects it, and `select_always` always does. `box`: the sides of a placeholder that
    the model fills, standing at `location`, in scene units. A result with a `target` is placed on
    it or beside it, as `landing` says; files alone go to the folder `save_to`, if set.
    """

    document: str = ""
    file: str = ""
    scene: str = ""
    collection: str = ""
    location: tuple[float, float, float] = (0.0, 0.0, 0.0)
    beside: str = ""
    expected: tuple[float, float, float] | None = None
    stand: Stand | None = None
    fills: bool = False
    most_faces: int = 0
    blockout: tuple[Handle, ...] = ()
    turn: float = -90.0
    fps: float = 24.0
    meters_per_unit: float = 1.0
    finish: Finish = Finish()
    make_collection: bool = False
    box: tuple[float, float, float] | None = None
    select_after: tuple[str, ...] | None = None
    select_always: bool = False
    landing: Landing = Landing.NEW
    target: Target | None = None
    save_to: str = ""

    @property
    def awaits_capture(self) -> bool:
        """Whether the target must be captured before the result can be prepared."""
        return self.target is not None and not self.target.capture

    @property
    def terms(self) -> dict[str, object]:
        """Return what the prepared .blend depends on, as fields of a child's order."""
        return {
            "onto": self._onto(),
            "turn": self.turn,
            "fps": self.fps,
            "meters_per_unit": self.meters_per_unit,
            "origin": self.finish.origin.value,
            "height": self.finish.height,
            "box": self.box,
            "most_faces": self.most_faces,
            "asset": self.finish.asset,
            "library": self.finish.library,
        }

    def _onto(self) -> dict[str, object] | None:
        if self.target is None:
            return None
        return {
            "capture": self.target.capture,
            "mode": (Landing.KEEP if self.landing is Landing.KEEP else Landing.REPLACE).value,
            "turn": self.target.turn,
            "texture_size": self.target.texture_size,
        }


@record
class SentFile:
    """A file that a task was made from: its field, its name or web address, and the SHA-256 of its
    content on disk ("" for an address)."""

    field: str
    name: str
    sha256: str = ""


@record
class Candidate:
    """A task that may be the one whose answer was lost. `created` is in seconds since 1970 by the
    service's clock; `status` is only shown."""

    task_id: str
    created: float | None
    status: str
    prompt: str = ""


@record(kw_only=True)
class Draft:
    """One of several drafts of a model, of which the artist keeps one.

    `title` names the model. `first` is the job of the first draft, which stands for all of them;
    `number` counts from 1 to `count`. `seed` was sent; None if the service chooses it. `requests`
    ask for the model itself with this seed, and for what follows it; it stands in `home`. `styles`
    are theirs, as `Job.style`.
    """

    title: str = ""
    first: str = ""
    number: int = 1
    count: int = 1
    seed: int | None = None
    requests: tuple[TaskRequest, ...] = ()
    home: Placement = Placement()
    styles: tuple[str, ...] = ()


@record(kw_only=True)
class Job:
    """One job. `created` and `updated` are seconds since 1970, `due` is in the engine's own clock.

    `account` names the service and the address that know the task. `step` is raised when an
    outstanding answer is no longer wanted; `revision` with every change. `links` are signed and
    short-lived: they are in no repr and never stored. `attempt` counts the tries of this step that
    led nowhere, which decides the wait; `failed_tries` counts failures since the service was last
    too busy, which is not a failure. `note` is temporary, `remark` stays. `original_id` is the id
    of the first try of the same request, through all retries; empty for that try itself. `after` is
    the job whose result this one works on. `elsewhere`: another Blender works on it, and this one
    only shows it. `lost` counts how often its files disappeared from disk in this session.
    `candidates` are what a search for its task found, for a person to choose from. `details_lost`:
    a damaged list kept only the receipt, and `title` and `request` are placeholders. `style` is the
    JSON of the style whose parts are among those of the request; empty for none. `task_made` is
    when the service accepted the task, in seconds since 1970; None if unknown. `by_file` are the
    requests that do the same from a file, in order, for a service that no longer knows the source
    task of `request`.
    """

    id: str
    account: str
    title: str
    request: TaskRequest
    placement: Placement = field(default_factory=Placement)
    price: float | None = None
    created: float = 0.0
    updated: float = 0.0
    replaces: str | None = None
    original_id: str = ""
    after: str | None = None
    draft: Draft | None = None
    keeps: str = ""
    style: str = ""

    state: State = State.PENDING
    revision: int = 0
    step: int = 0
    attempt: int = 0
    failed_tries: int = 0
    expired: int = 0
    due: float = 0.0
    entered: float = 0.0
    cancelling: bool = False

    files: tuple[FileRef, ...] = field(default=(), repr=False)
    sent: tuple[SentFile, ...] = ()
    task_id: str | None = None
    task_made: float | None = None
    by_file: tuple[TaskRequest, ...] = ()
    progress: int = 0
    credits: float | None = None
    links: tuple[str, ...] = field(default=(), repr=False)
    clip_links: tuple[str, ...] = field(default=(), repr=False)
    preview_link: str | None = field(default=None, repr=False)
    model: Path | None = None
    clips: tuple[Path, ...] = ()
    preview: Path | None = None
    pictures: tuple[Path, ...] = ()
    facts: tuple[tuple[str, str | bool], ...] = ()
    blend: Path | None = None
    root: str = ""

    failure: Failure | None = None
    trouble: Problem | None = None
    note: str = ""
    remark: str = ""
    details_lost: bool = False
    elsewhere: bool = False
    lost: int = 0
    candidates: tuple[Candidate, ...] = ()

    @property
    def rehearses(self) -> bool:
        """Whether applying its result is tried before payment: its target is captured."""
        target = self.placement.target
        return self.kind.makes is Makes.MODEL and target is not None and bool(target.capture)

    @property
    def may_be_attached(self) -> bool:
        """Whether the artist may enter its task ID: the outcome is unknown, or the service does not
        know the ID that was entered before."""
        if self.state is not State.FAILED:
            return False
        wrong = self.trouble is not None and self.trouble.kind.value == "not_found"
        return self.failure is Failure.OUTCOME_UNKNOWN or wrong

    @property
    def is_unanswered(self) -> bool:
        """Whether its paid request may have been accepted and is repeated to find out."""
        lost = self.trouble is not None and self.trouble.kind.value == "lost_answer"
        return lost and self.state is State.SUBMITTING

    @property
    def service_id(self) -> str:
        """The id of the account's service."""
        return self.account.partition(" ")[0]

    @property
    def repeat_key(self) -> str:
        """The idempotency key: the same for every repeat of this job's request, different for every
        other try."""
        return f"tripo_addon-{self.original_id or self.id}-{self.id}"

    @property
    def kind(self) -> TaskKind:
        """The catalog's kind of its request."""
        return TaskKind(self.request.kind)

    @property
    def result_task(self) -> str | None:
        """The task that later steps use as their source; usually its own."""
        named = dict(self.facts).get(RESULT_TASK)
        return str(named) if named else self.task_id

    @property
    def lands_by_itself(self) -> bool:
        """Whether its model is still to be placed in a scene as an object of its own."""
        new = self.placement.landing is Landing.NEW and self.kind.makes is Makes.MODEL
        return new and not self.state.final

    @property
    def files_on_disk(self) -> bool:
        """Whether the downloaded files exist. Reads the disk."""
        return self.model is not None and all(path.is_file() for path in (self.model, *self.clips))

    @property
    def first_try(self) -> str:
        """The id of the first try of the same request: its own, unless it replaces another job."""
        return self.original_id or self.id

    @property
    def keeps_shape(self) -> bool:
        """Whether its result keeps the shape of its source."""
        return self.kind not in GENERATIONS

    @property
    def retry_needs_service(self) -> bool:
        """Whether a retry needs the service."""
        return self.model is None or self.failure is Failure.BAD_FILE

    @property
    def retry_is_free(self) -> bool:
        """Whether the service has a finished or running task that a retry can continue."""
        return self.task_id is not None and self.failure not in {Failure.GENERATION, Failure.LAPSED}

    @property
    def lost_its_source(self) -> bool:
        """Whether it failed because the service does not know its source task."""
        return self.trouble is not None and self.trouble.kind.value == "source_gone"


_FOLDER_BYTES: Final = 40


def folder_name(job: Job) -> str:
    """Return the name of the job's folder: readable and unique."""
    words = "".join(letter if letter.isalnum() else "-" for letter in job.title)
    return f"{file_stem(words, 'model', _FOLDER_BYTES)}-{job.id[:8]}"
