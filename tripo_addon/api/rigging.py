"""Checks whether a rig and its animations are compatible, before the rig is paid for.

Pure and standard-library only: panels call it while they draw, and jobs again when a rig check has
detected the body type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, cast

from .catalog.animations import ANIMATIONS, label_of, move_of
from .catalog.conditions import Values
from .catalog.parameters import PARAMETERS
from .catalog.rigs import ANIMATED_BONES, BODIES, FIRST, RIGS
from .catalog.task_kinds import TaskKind
from .messages import rigging as messages
from .record import record
from .rules import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .catalog.rigs import RigVersion

MOST_AT_ONCE: Final = 5
_KNOWN: Final = {row.id: row for row in ANIMATIONS}
_NAMED_AT_MOST: Final = 4


@record
class Rig:
    """A rig as requested; `body` is "" until a rig check has detected it."""

    model: str
    body: str
    bones: str

    @classmethod
    def of(cls, request: Values) -> Rig | None:
        """Return the rig of a request's fields, or None for an empty request."""
        if not request:
            return None
        model, body, bones = (
            str(request.get(name) or "") for name in ("model", "rig_type", "spec")
        )
        return cls(model or FIRST, body, bones or ANIMATED_BONES[0])

    @property
    def version(self) -> RigVersion | None:
        """Its version, or None if unknown to us; then nothing is refused."""
        return RIGS.get(self.model)


def animations_of(rig: Rig | None) -> tuple[str, ...]:
    """Return the animations of a rig, the most common first; all known ones if nothing is known of
    the rig."""
    if rig is None or rig.version is None:
        return tuple(_KNOWN)
    if rig.bones not in ANIMATED_BONES:
        return ()
    bodies = (rig.body,) if rig.body else rig.version.bodies
    return tuple(each for body in bodies for each in rig.version.animations.get(body, ()))


def animations_for(rig: Rig | None, animations: Sequence[str]) -> tuple[str, ...]:
    """Replace animations by this rig's ids for the same moves; others are kept."""
    if not animations:
        return ()
    own = animations_of(rig)
    by_move = {move_of(each): each for each in reversed(own)}
    return tuple(
        by_move.get(move_of(each), each) if each in _KNOWN and each not in own else each
        for each in animations
    )


def refuse_rig(rig: Rig) -> str:
    """Return why this rig is not possible, as a sentence, or ""."""
    version = rig.version
    if version is None:
        return ""
    if rig.body in BODIES and rig.body not in version.bodies:
        better = _versions(lambda row: rig.body in row.bodies and rig.bones in row.bones)
        known = [_body(each) for each in version.bodies]
        return messages.body_not_offered(version.label, known, better, _body(rig.body))
    if rig.bones not in version.bones:
        better = _versions(lambda row: rig.bones in row.bones)
        return messages.bones_not_offered(version.label, _bones(rig), better)
    return ""


def refuse_animations(rig: Rig | None, animations: Sequence[str] = ()) -> str:
    """Return why the rig cannot be animated, or not with one of these animations, as a sentence, or
    "". Unknown animations are left for the service to check."""
    if rig is None or rig.version is None:
        return ""
    if rig.bones not in ANIMATED_BONES:
        return messages.bones_not_animated(_bones(rig))
    own = animations_of(rig)
    if not own:
        return messages.no_animation(_body(rig.body))
    strange = next((each for each in animations if each in _KNOWN and each not in own), "")
    return _strange(rig, strange) if strange else ""


def steps_fitted(
    steps: Sequence[tuple[TaskKind, Values]], rigged: Values
) -> tuple[dict[str, object], ...]:
    """Return the values of the steps, with animation ids of the rig that precedes each. `rigged` is
    the request of the rig that the first step works on, empty if there is none."""
    found: list[dict[str, object]] = []
    for rig, _kind, values in _with_rigs(steps, rigged):
        names = animations_for(rig, _named(values))
        found.append({**values, "animations": names} if names else {**values})
    return tuple(found)


def refuse_steps(steps: Sequence[tuple[TaskKind, Values]], rigged: Values) -> str:
    """Return why these steps cannot follow one another, as a sentence, or ""."""
    for rig, kind, values in _with_rigs(steps, rigged):
        made = Rig.of({"model": "", **values}) if kind is TaskKind.RIG else None
        sentence = refuse_rig(made) if made is not None else ""
        if kind is TaskKind.RETARGET:
            sentence = refuse_animations(rig, _named(values))
        if sentence:
            return sentence
    return ""


def unknown_animation_risk(steps: Sequence[tuple[TaskKind, Values]]) -> str:
    """Return a warning if a rig is paid for before the service has checked an animation that we do
    not know, or ""."""
    if not any(kind is TaskKind.RIG for kind, _values in steps):
        return ""
    strange = [each for _kind, values in steps for each in _named(values) if each not in _KNOWN]
    return messages.unknown_animation_risk(strange[0]) if strange else ""


@record
class FoundAnimation:
    """The result of a search for an animation: its id, or why there is none."""

    animation: str = ""
    sentence: str = ""


def find_animation(typed: str, rig: Rig | None) -> FoundAnimation:
    """Find an animation by its label, the beginning of a word in it, or its full id."""
    name = clean(typed)
    if ":" in name:
        return FoundAnimation(name)
    own = animations_of(rig)
    found = _matching(name, own)
    if len(found) == 1:
        return FoundAnimation(found[0])
    if found:
        labels = [label_of(each) for each in found[:_NAMED_AT_MOST]]
        return FoundAnimation(sentence=messages.ambiguous(name, labels))
    elsewhere = _matching(name, tuple(_KNOWN))
    refused = refuse_animations(rig, elsewhere[:1]) if elsewhere else ""
    return FoundAnimation(sentence=refused or messages.not_found(name))


def described(rig: Rig | None) -> str:
    """Return a sentence on how many animations a rig has, and which version has more."""
    own = animations_of(rig)
    if rig is None or rig.version is None or not own:
        return refuse_animations(rig)
    most = max(len(row.animations.get("biped", ())) for row in RIGS.values())
    if rig.body not in ("", "biped") or len(own) >= most:
        return messages.number_that_fit(len(own))
    best = _versions(lambda row: len(row.animations.get("biped", ())) == most)
    return messages.better_version(len(own), best, most)


def _matching(typed: str, among: tuple[str, ...]) -> tuple[str, ...]:
    """Return the animations with exactly that label, else those with a word that begins with it."""
    words = typed.lower().split()
    names = {each: label_of(each).lower() for each in among}
    exact = tuple(each for each, name in names.items() if name.split() == words)
    wide = (
        each
        for each, name in names.items()
        if all(any(part.startswith(word) for part in name.split()) for word in words)
    )
    return exact[:1] or (tuple(wide) if words else ())


def _with_rigs(
    steps: Sequence[tuple[TaskKind, Values]], rigged: Values
) -> Iterator[tuple[Rig | None, TaskKind, Values]]:
    """Yield each step with the rig that it works on."""
    rig = Rig.of(rigged)
    for kind, values in steps:
        yield rig, kind, values
        if kind is TaskKind.RIG:
            rig = Rig.of({"model": "", **values})


def _named(values: Values) -> tuple[str, ...]:
    return tuple(cast("Iterable[str]", values.get("animations") or ()))


def _strange(rig: Rig, animation: str) -> str:
    """Return why a known animation does not fit the rig."""
    label, version = label_of(animation), rig.version
    if rig.body and rig.body != "biped":
        (only,) = animations_of(rig)
        return messages.wrong_body(label, _body(rig.body), label_of(only))
    bodies = [
        body
        for row in RIGS.values()
        for body, each in row.animations.items()
        if animation in each and body != "biped"
    ]
    if bodies:
        return messages.other_body(label, _body(bodies[0]), _body(rig.body or "biped"))
    better = _versions(lambda row: any(animation in each for each in row.animations.values()))
    label_of_rig = version.label if version is not None else rig.model
    return messages.other_version(label, better, label_of_rig)


def _versions(fits: Callable[[RigVersion], bool]) -> str:
    """Return the labels of the newest versions for which `fits` is true, as text."""
    labels = [row.label for row in RIGS.values() if fits(row)]
    return messages.versions(labels[-2:])


def _body(body: str) -> str:
    known = {row.id: row.label.lower() for row in PARAMETERS["rig_type"].choices}
    return known.get(body, body)


def _bones(rig: Rig) -> str:
    known = {row.id: row.label for row in PARAMETERS["spec"].choices}
    return known.get(rig.bones, rig.bones)
