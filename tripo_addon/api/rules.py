"""Checks the values of a form or request against the rules of a service.

Pure and standard-library only, so panels can call it while they draw. It opens no file: `pictures`
does that, when the button is pressed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sized
from dataclasses import replace
from functools import lru_cache
from typing import Final, assert_never, cast

from .by_content import kept_by_content
from .catalog.conditions import AllOrNone, AtLeast, Demand, OnlyOne, Requires, Rule, Values
from .catalog.field_types import Choice, Parameter, ParamType, Window
from .catalog.parameters import PARAMETERS
from .catalog.service_types import ModelVersion, Offer, Service
from .catalog.task_kinds import TaskKind
from .file_names import typed_path
from .messages import forms as messages
from .record import record

TURNS: Final = "turns"
"""Key of the rotations of pictures before sending: pairs of field and quarter turns clockwise."""
EMPTY: Final[tuple[object, ...]] = (None, "", (), {})
_LISTS: Final = frozenset({ParamType.TEXT_LIST, ParamType.PICTURES, ParamType.BY_VIEW})
# Joiners matter for spelling in some scripts, but not at the ends of a text.
_JOINERS: Final = "\u200c\u200d"
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


@record
class Refusal:
    """Why something is not sent: the field at fault, and a sentence for the user."""

    field: str
    sentence: str


@kept_by_content
def refuse(
    service: Service, kind: TaskKind, values: Values, *, bare: bool = False
) -> Refusal | None:
    """Return the first reason not to send these values, or None. `values` holds the request's
    fields by name; fields left out have the service's default. `bare`: the shape that they work on
    was not generated, so there is no prompt or image to follow."""
    offer = service.offers.get(kind)
    if offer is None:
        sentence = service.cannot.get(kind, messages.not_offered(service.label))
        return Refusal("kind", sentence)
    if bare and offer.bare_rules:
        offer = replace(offer, rules=(*offer.rules, *offer.bare_rules))
    return next(_refusals(service, offer, values), None)


def is_given(value: object) -> bool:
    """Whether a field is filled in; a text of only spaces is not."""
    return value not in EMPTY and not (isinstance(value, str) and not clean(value))


def complete(offer: Offer, values: Values) -> dict[str, object]:
    """Return the values with the service's defaults filled in, even for fields that the version
    does not take."""
    version = chosen_version(offer, values)
    lacks = version.lacks if version is not None else frozenset[str]()
    filled: dict[str, object] = {name: row.default for name, row in PARAMETERS.items()}
    filled |= {
        name: value for name, value in values.items() if is_given(value) and name not in lacks
    }
    filled.setdefault("model", offer.implied_model)
    return filled


def chosen_version(offer: Offer, values: Values) -> ModelVersion | None:
    """Return the model version that these values choose."""
    return offer.model(str(values.get("model") or offer.implied_model))


def takes(offer: Offer, version: ModelVersion | None, name: str) -> bool:
    """Whether a task of this kind takes the field with this version."""
    return name in offer.takes and (version is None or name not in version.lacks)


def sendable_values(offer: Offer, values: Values) -> dict[str, object]:
    """Return the part of a form's values that is sent: fields that the version takes and whose
    requirements hold; where one does not, the value that the field must then have. The catalog
    lists required fields before those that require them."""
    model = values.get("model")
    sent: dict[str, object] = {"model": model} if is_given(model) else {}
    filled, version = complete(offer, sent), chosen_version(offer, sent)
    for name, row in PARAMETERS.items():
        if takes(offer, version, name):
            held = row.requires is None or row.requires.holds(filled)
            value = values.get(name) if held else row.without
            if is_given(value):
                sent[name] = filled[name] = value
    turns = tuple(turn for turn in turns_among(values).items() if turn[0].partition("[")[0] in sent)
    return sent | {TURNS: turns} if turns else sent


def numbered(name: str, number: int) -> str:
    """The name of one of several pictures in a field, counted from 1: the first has the field's."""
    return name if number == 1 else f"{name}[{number}]"


def turns_among(values: Values) -> Mapping[str, int]:
    """Return the quarter turns clockwise of the pictures in these values, by field, or by its
    `numbered` name."""
    return dict(cast("Iterable[tuple[str, int]]", values.get(TURNS) or ()))


def active(offer: Offer, values: Values, name: str) -> bool:
    """Whether the field has an effect, given the others: it is taken, and its requirement holds."""
    needs = PARAMETERS[name].requires
    if not takes(offer, chosen_version(offer, values), name):
        return False
    return needs is None or needs.holds(complete(offer, sendable_values(offer, values)))


def active_fields(offer: Offer, sent: Values) -> frozenset[str]:
    """Return the fields that have an effect with these values, which a panel has to show."""
    filled, version = complete(offer, sent), chosen_version(offer, sent)
    return frozenset(
        name
        for name in offer.takes
        if takes(offer, version, name)
        and ((needs := PARAMETERS[name].requires) is None or needs.holds(filled))
    )


def offered(offer: Offer, version: ModelVersion | None, parameter: Parameter) -> tuple[Choice, ...]:
    """Return the choices of a parameter that this offer and version have."""
    allowed = offer.choices.get(parameter.name)
    if version is not None:
        allowed = version.choices.get(parameter.name, allowed)
    if allowed is None:
        return parameter.choices
    return tuple(choice for choice in parameter.choices if choice.id in allowed)


def unoffered(
    offer: Offer, version: ModelVersion | None, parameter: Parameter, value: object
) -> tuple[str, ...]:
    """Return the ids in a value that are not offered here. In a list of names, only names known to
    the catalog are checked."""
    ids = {row.id for row in offered(offer, version, parameter)}
    if parameter.type is ParamType.TEXT_LIST:
        known = {row.id for row in parameter.choices}
        return tuple(name for name in map(str, _listed(value)) if name in known - ids)
    return () if not parameter.choices or value in ids else (str(value),)


def _listed(value: object) -> Iterable[object]:
    return cast("Iterable[object]", value) if is_given(value) else ()


def window_of(offer: Offer, values: Values, name: str) -> Window | None:
    """Return the window of a number, or of a list's length, given the other fields."""
    version = chosen_version(offer, values)
    filled = complete(offer, values)
    for limit in (*(version.limits if version is not None else ()), *offer.limits):
        if limit.name == name and all(condition.holds(filled) for condition in limit.when):
            return limit.window
    return PARAMETERS[name].window


def max_length(offer: Offer, values: Values, name: str) -> int | None:
    """Return the maximum length of a text with the chosen version; None for no limit."""
    version = chosen_version(offer, values)
    most = (
        offer.max_prompt_length
        if version is None
        else {**offer.max_prompt_length, **version.max_prompt_length}
    )
    return most.get(name)


def is_web_address(value: object) -> bool:
    """Whether a picture is given by its URL instead of a path."""
    return isinstance(value, str) and typed_path(value).lower().startswith(("http://", "https://"))


@lru_cache(maxsize=256)
def clean(text: str) -> str:
    """Return a text as sent: without invisible characters, line breaks as spaces, stripped."""
    spaced = "".join(" " if letter in "\r\n\t" else letter for letter in text)
    visible = (
        letter
        for letter in spaced
        if letter in _JOINERS or unicodedata.category(letter) not in _INVISIBLE
    )
    return "".join(visible).strip(f" {_JOINERS}").strip()


def _refusals(service: Service, offer: Offer, values: Values) -> Iterator[Refusal]:
    given = {name: value for name, value in values.items() if is_given(value)}
    for name in offer.required:
        if name not in given:
            yield Refusal(name, PARAMETERS[name].missing)
    for name in _in_order(given):
        yield from _input_refusals(service, offer, given, PARAMETERS[name])
    refused = _refuse_version(service, offer, given)
    if refused is not None:
        yield refused
        return
    for name in _in_order(given):
        if given[name] != PARAMETERS[name].default:
            yield from _setting_refusals(service, offer, values, PARAMETERS[name])
    yield from _relation_refusals(offer, values)


def _in_order(given: Values) -> tuple[str, ...]:
    return tuple(name for name in PARAMETERS if name in given)


def _refuse_version(service: Service, offer: Offer, given: Values) -> Refusal | None:
    if offer.models and chosen_version(offer, given) is None:
        return Refusal("model", messages.version_not_offered(service.label))
    if not offer.models and "model" in given:
        return Refusal("model", messages.no_versions(service.label))
    return None


def _input_refusals(
    service: Service, offer: Offer, values: Values, parameter: Parameter
) -> Iterator[Refusal]:
    """Check a text or image by itself."""
    value, limit = values[parameter.name], max_length(offer, values, parameter.name)
    name = parameter.name
    if parameter.type is ParamType.TEXT:
        yield from _text_refusals(name, messages.field(parameter.label), str(value), limit)
    if parameter.type is ParamType.BY_VIEW:
        for view, text in cast("Mapping[str, object]", value).items():
            if not is_given(text):
                yield Refusal(name, messages.view_edit_empty(view))
            yield from _text_refusals(name, messages.view_edit(view), str(text), limit)
    if parameter.type is ParamType.TEXT_LIST and not all(
        map(is_given, cast("Iterable[object]", value))
    ):
        yield Refusal(name, messages.name_missing(parameter.label))
    if parameter.type is ParamType.PICTURE and not (
        service.pictures.files or is_web_address(value)
    ):
        yield Refusal(name, messages.web_address_required(service.label))


def _text_refusals(field: str, subject: str, text: str, limit: int | None) -> Iterator[Refusal]:
    sent = clean(text)
    if limit is not None and len(sent) > limit:
        yield Refusal(field, messages.too_long(subject, len(sent), limit))
    if any(map(_is_symbol, text)):
        yield Refusal(field, messages.has_symbol(subject))


def _is_symbol(character: str) -> bool:
    """Whether it is an emoji or dingbat, which Tripo refuses with code 2009."""
    point = ord(character)
    chinese = 0x20000 <= point <= 0x3FFFF
    return (point >= 0x1F000 and not chinese) or 0x2600 <= point <= 0x27BF or point == 0xFE0F


def _setting_refusals(
    service: Service, offer: Offer, values: Values, parameter: Parameter
) -> Iterator[Refusal]:
    """Check one field that differs from the service's default."""
    name, label, value = parameter.name, parameter.label, values[parameter.name]
    version = chosen_version(offer, values)
    who = messages.version(version.label) if version is not None else service.label
    if not takes(offer, version, name):
        yield Refusal(name, messages.setting_not_taken(who, label))
        return
    for lacking in unoffered(offer, version, parameter, value):
        yield Refusal(name, messages.choices_not_offered(who, label, (lacking,)))
    window = window_of(offer, values, name)
    if window is not None and not _fits(parameter, value, window):
        yield Refusal(name, _out_of_window(parameter, window, who))


def _fits(parameter: Parameter, value: object, window: Window) -> bool:
    if parameter.type in _LISTS:
        return isinstance(value, Sized) and len(value) in window
    if isinstance(value, bool):
        return False
    kinds = (int,) if parameter.type is ParamType.INTEGER else (int, float)
    return isinstance(value, kinds) and value in window


def _out_of_window(parameter: Parameter, window: Window, who: str) -> str:
    label, low, high = parameter.label, window.low, window.high
    if parameter.type in _LISTS:
        return messages.wrong_count(who, label, low, high)
    if parameter.window is None:
        return messages.outside_own_range(who, label, low, high)
    return messages.outside_range(label, low, high)


def _relation_refusals(offer: Offer, values: Values) -> Iterator[Refusal]:
    """Check the rules between fields."""
    filled = complete(offer, values)
    version = chosen_version(offer, values)
    for name in offer.takes:
        parameter = PARAMETERS[name]
        if parameter.requires is None or not takes(offer, version, name):
            continue
        idle = parameter.default if parameter.without is None else parameter.without
        if filled[name] != idle and not parameter.requires.holds(filled):
            yield Refusal(name, parameter.requirement_message)
    for rule in offer.rules:
        field = _broken(rule, filled)
        if field is not None:
            yield Refusal(field, rule.sentence)


def _broken(rule: Rule, filled: Values) -> str | None:
    """Return the field at which a rule is broken, or None."""
    match rule:
        case Demand():
            return rule.then.name if breaks(rule, filled) else None
        case OnlyOne():
            used = [group for group in rule.groups if _given(filled, group)]
            return _given(filled, used[1])[0] if len(used) > 1 else None
        case AtLeast():
            excused = bool(_given(filled, (rule.instead,)))
            applies = rule.when is None or rule.when.holds(filled)
            short = len(_given(filled, rule.names)) < rule.count
            return rule.field if applies and short and not excused else None
        case AllOrNone():
            count = len(_given(filled, rule.names))
            missing = [name for name in rule.names if not is_given(filled.get(name))]
            return missing[0] if count and missing else None
        case Requires():
            alone = _given(filled, (rule.name,)) and not _given(filled, (rule.other,))
            return rule.name if alone else None
        case _:
            assert_never(rule)


def breaks(rule: Demand, filled: Values) -> bool:
    """Whether a demand is not met. `filled` has every field."""
    return rule.when.holds(filled) and not rule.then.holds(filled)


def _given(filled: Values, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if is_given(filled.get(name)))
