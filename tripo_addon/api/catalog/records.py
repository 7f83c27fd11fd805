"""The shapes of the catalog: what a service, an offer, a model version and a rule are.

Frozen standard-library records only, because panels read them before pydantic is loaded. The facts
stand in the modules beside this one; `rules` and `prices` draw the conclusions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

Values = Mapping[str, object]

VIEWS: Final = ("front", "left", "back", "right")


class Makes(Enum):
    """What a finished task leaves behind."""

    MODEL = "model"
    PICTURES = "pictures"
    FACTS = "facts"


class TaskKind(Enum):
    """What can be asked of a service; the value is for ever, because job lists hold it."""

    TEXT_TO_MODEL = ("text_to_model", "Model from Text", Makes.MODEL)
    IMAGE_TO_MODEL = ("image_to_model", "Model from Image", Makes.MODEL)
    MULTIVIEW_TO_MODEL = ("multiview_to_model", "Model from Views", Makes.MODEL)
    REFINE_MODEL = ("refine_model", "Refine", Makes.MODEL)
    TEXTURE_MODEL = ("texture_model", "Texture", Makes.MODEL)
    CONVERT_MODEL = ("convert_model", "Convert", Makes.MODEL)
    IMPORT_MODEL = ("import_model", "Upload", Makes.FACTS)
    SEGMENT_MESH = ("segment_mesh", "Segment", Makes.MODEL)
    SMART_SEGMENT = ("smart_segment", "Named Parts", Makes.MODEL)
    COMPLETE_MESH = ("complete_mesh", "Complete Parts", Makes.MODEL)
    DECIMATE_MESH = ("decimate_mesh", "Low Poly", Makes.MODEL)
    UNWRAP_MESH = ("unwrap_mesh", "Smart UV", Makes.MODEL)
    CHECK_RIG = ("check_rig", "Check Rig", Makes.FACTS)
    RIG = ("rig", "Rig", Makes.MODEL)
    RETARGET = ("retarget", "Animate", Makes.MODEL)
    TEXT_TO_IMAGE = ("text_to_image", "Image from Text", Makes.PICTURES)
    EDIT_IMAGE = ("edit_image", "Image from Images", Makes.PICTURES)
    IMAGE_TO_VIEWS = ("image_to_views", "Views from Image", Makes.PICTURES)
    EDIT_VIEWS = ("edit_views", "Edit Views", Makes.PICTURES)

    label: str
    makes: Makes

    def __new__(cls, name: str, label: str, makes: Makes) -> TaskKind:
        """The name alone is the value, and so what gets stored."""
        kind = object.__new__(cls)
        kind._value_ = name
        kind.label = label
        kind.makes = makes
        return kind


GENERATIONS: Final = frozenset(
    {TaskKind.TEXT_TO_MODEL, TaskKind.IMAGE_TO_MODEL, TaskKind.MULTIVIEW_TO_MODEL}
)
"""Kinds that make a shape anew; the others work on one that is there."""


RESULT_TASK: Final = "result_task"
"""The fact that names the task by which later steps know a result, where that is another one."""


class ParamType(Enum):
    """How a parameter is filled in, and so what its value is in Python."""

    BOOLEAN = "switch"
    CHOICE = "choice"
    INTEGER = "whole number"
    FLOAT = "fraction"
    TEXT = "words"
    TEXT_LIST = "names"
    BY_VIEW = "words by view"
    PICTURE = "picture"
    PICTURES = "pictures"
    TASK = "task"
    MODEL_FILE = "model file"


@dataclass(frozen=True, slots=True)
class Window:
    """The numbers from `low` to `high`, both included."""

    low: float
    high: float

    def __contains__(self, number: float) -> bool:
        return self.low <= number <= self.high

    def clamp(self, number: float) -> float:
        """The nearest number inside."""
        return max(self.low, min(self.high, number))


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a closed list, as the wire and as the artist know it."""

    id: str
    label: str
    description: str


def choices(*rows: tuple[str, str, str]) -> tuple[Choice, ...]:
    """A closed list, from the id, label and description of each of its values."""
    return tuple(Choice(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class Equals:
    """Holds while a field has one of these values."""

    name: str
    values: tuple[object, ...]

    def holds(self, values: Values) -> bool:
        """Whether it does; `values` has every field, defaults filled in."""
        return values.get(self.name) in self.values


@dataclass(frozen=True, slots=True)
class NonDefault:
    """Holds while any of these fields differs from the service's default."""

    defaults: tuple[tuple[str, object], ...]

    def holds(self, values: Values) -> bool:
        """Whether one does."""
        return any(values.get(name) not in (None, "", (), usual) for name, usual in self.defaults)


@dataclass(frozen=True, slots=True)
class Either:
    """Holds while one of these conditions does."""

    conditions: tuple[Condition, ...]

    def holds(self, values: Values) -> bool:
        """Whether one does."""
        return any(condition.holds(values) for condition in self.conditions)


Condition = Equals | NonDefault | Either


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A field of a request.

    `default` is the server's own, and a value equal to it is not sent. While `requires` does not
    hold the field is neither shown nor sent, unless `without` says what it must be then.
    `choices` are all the values there are; of a list of names they are those that are known, and
    others are passed on as they are.
    `shown` is off for what no panel offers, because Blender could not use the result.
    """

    name: str
    type: ParamType
    label: str
    description: str
    default: bool | int | float | str | None = None
    choices: tuple[Choice, ...] = ()
    window: Window | None = None
    requires: Condition | None = None
    requirement_message: str = ""
    without: bool | None = None
    missing: str = ""
    group: str = "more"
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Limit:
    """The window of a number, or of a list's length, while all the conditions hold; of several
    limits of a field the first counts."""

    name: str
    window: Window
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Demand:
    """While `when` holds, a field must have one of a few values, the first of which mends it."""

    when: Equals
    then: Equals
    sentence: str


@dataclass(frozen=True, slots=True)
class OnlyOne:
    """At most one of these groups of fields may be filled in."""

    groups: tuple[tuple[str, ...], ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class AtLeast:
    """So many of these fields must be filled in, or the field `instead`; only while `when` holds,
    where it is given. `field` is the one that the sentence is about."""

    count: int
    names: tuple[str, ...]
    field: str
    sentence: str
    instead: str = ""
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class AllOrNone:
    """These fields are filled in together or not at all."""

    names: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Requires:
    """`name` may only be filled in together with `other`."""

    name: str
    other: str
    sentence: str


Rule = Demand | OnlyOne | AtLeast | AllOrNone | Requires


@dataclass(frozen=True, slots=True)
class Charge:
    """Credits that are added while all the conditions hold; None where no price is published.

    `per` names a list whose length the credits are multiplied with.
    """

    credits: int | None
    when: tuple[Condition, ...] = ()
    per: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """A version of a generator: what it lacks of what its offer takes, and how far it goes.

    `number` is for ever, because saved scenes hold it. `max_prompt_length` where it takes fewer
    characters than the offer says. `retired` says what is known of a version
    that the service's documents list and its servers may refuse.
    """

    id: str
    number: int
    label: str
    description: str
    lacks: frozenset[str] = frozenset()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    limits: tuple[Limit, ...] = ()
    max_prompt_length: Mapping[str, int] = field(default_factory=dict[str, int])
    slots: str = ""
    retired: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one service does for one kind of task, complete: fields, versions, rules, prices.

    `takes` is in the order in which panels show it. `implied_model` is the version that the server
    takes where none is sent. `spelled` are fields that are sent even at their default. `note` is
    what an artist should know before the first use. `seconds` is the typical time, for the bar.
    `bare_rules` hold besides where it works on a shape without a making that it could follow.
    `follows`: the only kinds of task whose result it works on, and of which model versions, where
    it is not any; `follows_message` says so. `most_triangles` is how many the model may have that
    it works on, 0 for any number. `sends_file`: a model of the artist's own goes with the
    request, and is not imported first.
    """

    takes: tuple[str, ...]
    required: tuple[str, ...] = ()
    models: tuple[ModelVersion, ...] = ()
    default_model: str = ""
    implied_model: str = ""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    limits: tuple[Limit, ...] = ()
    max_prompt_length: Mapping[str, int] = field(default_factory=dict[str, int])
    rules: tuple[Rule, ...] = ()
    bare_rules: tuple[Rule, ...] = ()
    charges: tuple[Charge, ...] = ()
    spelled: tuple[str, ...] = ()
    slots: str = ""
    note: str = ""
    seconds: float = 80.0
    follows: tuple[TaskKind, ...] = ()
    follows_models: tuple[str, ...] = ()
    follows_message: str = ""
    most_triangles: int = 0
    sends_file: bool = False

    def model(self, model_id: str) -> ModelVersion | None:
        """The row of a model version, or None for one that is not listed."""
        return next((row for row in self.models if row.id == model_id), None)


@dataclass(frozen=True, slots=True)
class Region:
    """One of the addresses of a service; a key is valid in one region only."""

    id: str
    label: str
    base_url: str
    console_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureLimits:
    """What a picture must be: side length in pixels and from which one on it is good, size in
    bytes, MIME types, and whether a file on disk may be sent or only a web address."""

    side: Window = Window(20, 6000)
    good_side: int = 256
    max_bytes: int = 20_000_000
    types: tuple[str, ...] = ("image/png", "image/jpeg")
    files: bool = True


_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a service keeps the record of a task: `days` from when it was made, and at least
    until `since` (seconds since 1970), when the service began to forget."""

    days: float
    since: float = 0.0

    def ran_out(self, made: float | None, now: float) -> bool:
        """Whether the record of a task made then is surely gone by `now` (both in seconds since
        1970); never of one whose age is unknown."""
        return made is not None and now >= self.until(made)

    def until(self, made: float) -> float:
        """When the record of a task made then goes, in seconds since 1970."""
        return max(made + self.days * _DAY, self.since)

    @property
    def words(self) -> str:
        """The time, such as "7 days"."""
        return f"{self.days:g} days" if self.days > 1 else f"{self.days * 24:g} hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """When a task is asked for: the first look, then the wait by age, in seconds."""

    first: float
    waits: tuple[tuple[float, float], ...]
    slowest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service: its addresses, its key, and what it can do.

    `number` is for ever, because saved preferences hold it. `module` names its dialect's module,
    relative to `tripo_addon.api.services` or in full, which offers `connect(base_url, key)`.
    `cannot` says why a kind of task is not offered. One request looks `look_up_limit` tasks up.
    `can_cancel`: a task that was accepted can be stopped there. For `repeat_seconds` the same paid
    request, sent again under the same key, is answered with the task that the first one made; 0
    where whoever sends it again may pay again. `quotes`: it names the price of a request that is
    not sent yet, in place of the charges of its offers. A service that its maker `ended` on a day
    has a sentence about it in `retired`, and the id of the one that takes the same kind of key in
    `successor`. `keeps` is how long the service knows a task, or keeps its files; None where
    that is not known.
    """

    id: str
    number: int
    label: str
    description: str
    module: str
    regions: tuple[Region, ...]
    key_variable: str
    address_variable: str
    help_url: str
    key_prefix: str = ""
    wrong_keys: Mapping[str, str] = field(default_factory=dict[str, str])
    offers: Mapping[TaskKind, Offer]
    cannot: Mapping[TaskKind, str] = field(default_factory=dict[TaskKind, str])
    slots: Mapping[str, int]
    pictures: PictureLimits = PictureLimits()
    max_model_bytes: int = 150_000_000
    look_up_limit: int = 1
    pace: Pace
    has_balance: bool = True
    can_cancel: bool = False
    keeps: Retention | None = None
    repeat_seconds: float = 0.0
    quotes: bool = False
    money: str = "credits"
    retired: str = ""
    ended: str = ""
    successor: str = ""

    def model(self, kind: TaskKind, model_id: str) -> ModelVersion | None:
        """The row of a model version, or None for one that this service does not list."""
        offer = self.offers.get(kind)
        return offer.model(model_id) if offer is not None else None

    def slot(self, kind: TaskKind, model_id: str) -> str:
        """The group of tasks that share the service's concurrent slots with this one."""
        offer = self.offers.get(kind)
        version = self.model(kind, model_id)
        return (version.slots if version else "") or (offer.slots if offer else "")

    def region(self, region_id: str) -> Region:
        """The row of a region; the first where the id is not known."""
        return next((row for row in self.regions if row.id == region_id), self.regions[0])
