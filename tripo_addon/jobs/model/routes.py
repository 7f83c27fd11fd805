"""Decides how a service gets a shape: by the task that made it while the service knows that, else
by a file; and builds the requests that follow.

Pure: a shape's record comes in, a route and the values of requests go out. Values are as
`tasks.parse_request` takes them, with their `kind`.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import datetime
from typing import Final

from ...api.catalog.conditions import Values
from ...api.catalog.service_types import Offer, Service
from ...api.catalog.task_kinds import GENERATIONS, TaskKind
from ...api.messages.forms import not_offered
from ...api.prices import estimate
from ...api.record import record
from ...api.rules import refuse, sendable_values
from ..messages import routes as messages

_WITHOUT_MAKING: Final = frozenset(
    kind.value
    for kind in (
        TaskKind.IMPORT_MODEL,
        TaskKind.SEGMENT_MESH,
        TaskKind.SMART_SEGMENT,
        TaskKind.COMPLETE_MESH,
        TaskKind.DECIMATE_MESH,
    )
)
"""Kinds whose result has no prompt or image that a texture could follow (Tripo's documents)."""
_GENERATED: Final = frozenset(kind.value for kind in GENERATIONS)
_GUIDES: Final = ("prompt", "image", "front")
_SOURCES: Final = ("kind", "source_task", "source_file", "image")
"""Fields that name the source of a request's shape; a file replaces all of them."""


@record(kw_only=True)
class Origin:
    """A task that made a shape: `made` is in seconds since 1970 or None, `request` is its request,
    `before` the task whose result it worked on; each as far as it is recorded."""

    task_id: str
    kind: str
    model: str = ""
    made: float | None = None
    request: Values
    before: Origin | None = None


@record
class SourceRoute:
    """How a service gets a shape: by the `task` that it knows, or by a file, which is imported as a
    task first if `imports`. `first_again` is a request to repeat first, because the work continues
    from its result and the service has forgotten it. `refusal` says why there is no route, `words`
    what will happen. `bare`: there is no earlier request to continue from. `forgotten`: there was a
    task, and its record is gone. `instead` is the route by file, for a service that does not know
    the task."""

    task: str = ""
    imports: bool = False
    first_again: tuple[Values, ...] = ()
    bare: bool = True
    words: str = ""
    refusal: str = ""
    forgotten: bool = False
    instead: SourceRoute | None = None

    @property
    def sends(self) -> bool:
        """Whether the shape is sent as a file."""
        return not self.task

    @property
    def may_send(self) -> bool:
        """Whether the shape is sent as a file, now or if the service does not know the task."""
        return self.sends or (self.instead is not None and not self.instead.refusal)


def route_to(
    service: Service,
    kind: TaskKind,
    origin: Origin | None,
    *,
    edited: bool,
    now: float,
    unknown: Container[str] = (),
) -> SourceRoute:
    """Return the route for a task of this kind. `origin` is the task by which this service made the
    shape, or None; `edited`: the shape has changed since. `unknown` are ids of tasks that the
    service did not know, `now` is in seconds since 1970."""
    offer = service.offers.get(kind)
    if offer is None:
        return _refused(service.cannot.get(kind, not_offered(service.label)))
    if origin is None:
        return _first_time(service, offer, messages.OWN_MESH)
    if edited:
        return _first_time(service, offer, messages.EDITED)
    if "source_task" not in offer.takes:
        return _first_time(service, offer, messages.FROM_SCENE)
    followed = _followed(offer, kind, origin)
    if followed is None:
        return _refused(offer.follows_message)
    gone = _why_gone(service, followed, now, unknown)
    by_file = _by_file(service, offer, followed, gone)
    if gone:
        return by_file
    until = ""
    if service.keeps is not None and followed.made is not None:
        until = _day(service.keeps.until(followed.made))
    words = messages.known(service.label, until)
    bare = origin.kind in _WITHOUT_MAKING
    return SourceRoute(task=followed.task_id, bare=bare, words=words, instead=by_file)


def requests(route: SourceRoute, works: Sequence[Values], file: str) -> list[Values]:
    """Return the requests of a route, each on the result of the one before. `file` is sent if the
    route sends one. A new generation has no source."""
    ordered = [*route.first_again, *works]
    if ordered[0]["kind"] in _GENERATED:
        return ordered
    if route.imports:
        return [{"kind": TaskKind.IMPORT_MODEL.value, "source_file": file}, *ordered]
    source = {"source_task": route.task} if route.task else {"source_file": file}
    return [{**ordered[0], **source}, *ordered[1:]]


def requests_by_file(
    service: Service, route: SourceRoute, works: Sequence[Values], number: int, file: str
) -> list[Values]:
    """Return the requests that replace request `number` if the service does not know its task;
    empty if its source is made by an earlier step, or if there is no route by file."""
    checked = all(values["kind"] == TaskKind.CHECK_RIG.value for values in works[:number])
    if route.instead is None or route.instead.refusal or not checked:
        return []
    made = requests(route.instead, [works[number]], file)
    values: Values = {"source_task": file, **made[-1]} if len(made) > 1 else made[-1]
    refused = refuse(service, TaskKind(str(values["kind"])), values, bare=route.instead.bare)
    return [] if refused is not None else made


def price_of(service: Service, works: Sequence[Values]) -> int | None:
    """Return what these requests cost together in credits; None if a price is not published."""
    prices = [estimate(service, TaskKind(str(values["kind"])), values) for values in works]
    known = [price for price in prices if price is not None]
    return sum(known) if len(known) == len(prices) else None


def with_original_prompt(values: Values, prompt: str) -> Values:
    """Give a texture the original prompt, if the task that it would have followed is gone."""
    textured = values["kind"] == TaskKind.TEXTURE_MODEL.value
    if not textured or not prompt or any(values.get(name) for name in _GUIDES):
        return values
    return {**values, "prompt": prompt}


def _refused(sentence: str) -> SourceRoute:
    return SourceRoute(refusal=sentence)


def _first_time(service: Service, offer: Offer, why: str) -> SourceRoute:
    """The route by file, for a shape that the service never had or whose task it cannot use."""
    if offer.follows:
        return _refused(offer.follows_message)
    if imports_first(service, offer):
        words = messages.imported_first(why, service.label, _importing(service))
        return SourceRoute(imports=True, words=words)
    if "source_file" in offer.takes:
        return SourceRoute(words=messages.sent_along(why, service.label))
    return _refused(messages.only_own_models(service.label))


def _followed(offer: Offer, kind: TaskKind, origin: Origin) -> Origin | None:
    """Return the source task. If the shape is a result of the same kind of work, its own source is
    used again."""
    follows = [each.value for each in offer.follows]
    followed = origin
    if follows and origin.kind == kind.value and origin.before is not None:
        followed = origin.before
    elif follows and origin.kind not in follows:
        return None
    if offer.follows_models and origin.model not in offer.follows_models:
        return None
    return followed


def _why_gone(service: Service, origin: Origin, now: float, unknown: Container[str]) -> str:
    """Return why the service does not have the task, as the beginning of a sentence, or ""."""
    if origin.task_id in unknown:
        return messages.task_unknown(service.label)
    if service.keeps is not None and service.keeps.ran_out(origin.made, now):
        return messages.task_too_old(service.label, service.keeps.words)
    return ""


def _by_file(service: Service, offer: Offer, followed: Origin, why: str) -> SourceRoute:
    """The route by file, because the task is gone; its request is repeated on the file."""
    again: tuple[Values, ...] = ()
    if offer.follows:
        values = _again(service, followed)
        if values is None:
            return SourceRoute(refusal=messages.follows(why, offer.follows_message), forgotten=True)
        again, offer = (values,), service.offers[TaskKind(followed.kind)]
    imports = imports_first(service, offer)
    if not imports and "source_file" not in offer.takes:
        return SourceRoute(refusal=messages.generate_again(why), forgotten=True)
    first = ""
    if again:
        price = price_of(service, again)
        first = messages.made_again(TaskKind(followed.kind).label, price, service.money)
    words = messages.by_file(why, _importing(service) if imports else "", first)
    return SourceRoute(imports=imports, first_again=again, words=words, forgotten=True)


def _again(service: Service, followed: Origin) -> Values | None:
    """Return the request of the followed task with today's settings; None if it is not recorded or
    did not work on a shape."""
    kind = next((each for each in TaskKind if each.value == followed.kind), None)
    if kind is None or kind in GENERATIONS or not followed.request:
        return None
    offer = service.offers.get(kind)
    if offer is None:
        return None
    raw = {name: value for name, value in followed.request.items() if name not in _SOURCES}
    return {"kind": kind.value, **sendable_values(offer, raw)}


def imports_first(service: Service, offer: Offer) -> bool:
    """Whether the service imports a file as a task before working on it."""
    by_task = "source_task" in offer.takes and not offer.sends_file
    return by_task and TaskKind.IMPORT_MODEL in service.offers


def _importing(service: Service) -> str:
    price = estimate(service, TaskKind.IMPORT_MODEL, {"source_file": "model.glb"})
    return messages.cost(price, service.money)


def _day(moment: float) -> str:
    day = datetime.fromtimestamp(moment).astimezone()
    return f"{day:%b} {day.day}"
