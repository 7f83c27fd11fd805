"""Types of the catalog's rows: service, offer, model version, charge.

Frozen standard-library records only, because panels read them before pydantic is loaded. The facts
are in the modules beside this one; `rules` and `prices` apply them.
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
    """Credits added to the price while all conditions hold; None if no price is published.

    `per` names a list field whose length multiplies the credits.
    """

    credits: int | None
    when: tuple[Condition, ...] = ()
    per: str = ""


@record(kw_only=True)
class ModelVersion:
    """A model version: the offer's fields that it lacks, its choices and limits.

    `number` never changes, because saved scenes store it. `max_prompt_length` overrides the offer's
    where it is lower. `retired` is a sentence about a version that the service's documents list but
    its servers may refuse.
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
    """A quality preset: a model version with matching texture and shape settings. `values` has all
    of them, including defaults."""

    id: str
    label: str
    description: str
    values: Values


@record(kw_only=True)
class Offer:
    """What one service offers for one task kind: fields, versions, rules, prices.

    `takes` lists the fields in the panel's order. `implied_model` is the version that the server
    uses if none is sent. `spelled` are fields that are sent even at their default. `note` is shown
    before the first use. `seconds` is the typical duration, for the progress bar. `bare_rules` are
    added for a model that was not generated, so has no prompt or image to follow. `follows` and
    `follows_models` restrict the task kinds and model versions of its source, empty for any;
    `follows_message` says so. `qualities` start with the cheapest. `most_triangles` limits the
    source model, 0 for no limit. `sends_file`: the user's own model is sent with the request
    instead of being imported first.
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
        """Return a model version by id, or None if it is not listed."""
        return next((row for row in self.models if row.id == model_id), None)


@record
class Region:
    """A region of a service with its own address; a key is valid in one region only."""

    id: str
    label: str
    base_url: str
    console_url: str


@record(kw_only=True)
class PictureLimits:
    """Limits of input pictures: side length in pixels, `good_side` below which it is rather small,
    size in bytes, MIME types; `files` is False if only URLs may be sent."""

    side: Window = Window(20, 6000)
    good_side: int = 256
    max_bytes: int = 20_000_000
    types: tuple[str, ...] = ("image/png", "image/jpeg")
    files: bool = True


_DAY: Final = 86_400.0


@record
class Retention:
    """How long a service keeps the record of a task: `days` from its creation, but at least until
    `since` (seconds since 1970), when the service began to delete records."""

    days: float
    since: float = 0.0

    def ran_out(self, made: float | None, now: float) -> bool:
        """Whether the record of a task created at `made` has expired by `now` (both in seconds
        since 1970); False if `made` is None."""
        return made is not None and now >= self.until(made)

    def until(self, made: float) -> float:
        """Return when the record of a task created at `made` expires, in seconds since 1970."""
        return max(made + self.days * _DAY, self.since)

    @property
    def words(self) -> str:
        """The period as text, such as "7 days"."""
        return f"{self.days:g} days" if self.days > 1 else f"{self.days * 24:g} hours"


@record(kw_only=True)
class Pace:
    """Polling intervals in seconds: the first wait, then `waits` as (age below, wait), then
    `slowest`."""

    first: float
    waits: tuple[tuple[float, float], ...]
    slowest: float


@record(kw_only=True)
class Service:
    """One service: its regions, its key, and what it can do.

    `number` never changes, because saved preferences store it. `module` is its dialect's module,
    relative to `tripo_addon.api.services` or in full, which has `connect(base_url, key)`. `cannot`
    says why a task kind is not offered. One request looks up at most `look_up_limit` tasks.
    `can_cancel`: an accepted task can be canceled. Within `repeat_seconds`, a paid request repeated
    with the same repeat key returns the task of the first one; 0 if a repeat may be paid again.
    `quotes`: the service quotes the price of a request before it is sent, in place of the offers'
    charges. `ended` is the day on which the service was ended, `retired` a sentence about it, and
    `successor` the id of the service that takes the same kind of key. `keeps` is how long the
    service keeps a task or its files, None if unknown.
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
        """Return a model version of this service, or None if it is not listed."""
        offer = self.offers.get(kind)
        return offer.model(model_id) if offer is not None else None

    def slot(self, kind: TaskKind, model_id: str) -> str:
        """Return the name of the slot group: tasks of one group share the concurrent slots."""
        offer = self.offers.get(kind)
        version = self.model(kind, model_id)
        return (version.slots if version else "") or (offer.slots if offer else "")

    def region(self, region_id: str) -> Region:
        """Return a region by id, or the first if the id is unknown."""
        return next((row for row in self.regions if row.id == region_id), self.regions[0])
