"""Types of the catalog's rows: service, offer, model version, charge.

Frozen standard-library records only, because panels read them before pydantic is loaded. The facts
are in the modules beside this one; `rules` and `prices` draw the conclusions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from ..record import record
from .conditions import Condition, Rule, Values
from .field_types import Limit, Window
from .task_kinds import TaskKind


@record
class Charge:
    """Credits that are added while all the conditions hold; None where no price is published.

    `per` names a list whose length the credits are multiplied with.
    """

    credits: int | None
    when: tuple[Condition, ...] = ()
    per: str = ""


@record(kw_only=True)
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


@record
class Quality:
    """How good a model is to be, in one choice: the version and the settings of texture and shape
    that go together. `values` has each of them, also those at their default."""

    id: str
    label: str
    description: str
    values: Values


@record(kw_only=True)
class Offer:
    """What one service does for one kind of task, complete: fields, versions, rules, prices.

    `takes` is in the order in which panels show it. `implied_model` is the version that the server
    takes where none is sent. `spelled` are fields that are sent even at their default. `note` is
    what an artist should know before the first use. `seconds` is the typical time, for the bar.
    `bare_rules` hold besides where it works on a shape without a making that it could follow.
    `follows`: the only kinds of task whose result it works on, and of which model versions, where
    it is not any; `follows_message` says so. `qualities` go from the cheapest on.
    `most_triangles` is how many the model may have that it works on, 0 for any number.
    `sends_file`: a model of the artist's own goes with the request, and is not imported first.
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
    qualities: tuple[Quality, ...] = ()
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


@record
class Region:
    """One of the addresses of a service; a key is valid in one region only."""

    id: str
    label: str
    base_url: str
    console_url: str


@record(kw_only=True)
class PictureLimits:
    """What a picture must be: side length in pixels and from which one on it is good, size in
    bytes, MIME types, and whether a file on disk may be sent or only a web address."""

    side: Window = Window(20, 6000)
    good_side: int = 256
    max_bytes: int = 20_000_000
    types: tuple[str, ...] = ("image/png", "image/jpeg")
    files: bool = True


_DAY: Final = 86_400.0


@record
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


@record(kw_only=True)
class Pace:
    """When a task is asked for: the first look, then the wait by age, in seconds."""

    first: float
    waits: tuple[tuple[float, float], ...]
    slowest: float


@record(kw_only=True)
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
