"""Whether a rig and its animations go together, asked before the rig is paid for.

Pure and standard-library only: panels ask while they draw, and the jobs once more when a check has
found out the body.
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
    """A rig as its request asks for it; `body` is empty until a check has found it out."""

    model: str
    body: str
    bones: str

    @classmethod
    def of(cls, request: Values) -> Rig | None:
        """The rig of a request's fields; None where there is no request."""
        if not request:
            return None
        model, body, bones = (
            str(request.get(name) or "") for name in ("model", "rig_type", "spec")
        )
        return cls(model or FIRST, body, bones or ANIMATED_BONES[0])

    @property
    def version(self) -> RigVersion | None:
        """Its row; None for a version that we do not know, of which nothing is refused."""
        return RIGS.get(self.model)


def animations_of(rig: Rig | None) -> tuple[str, ...]:
    """The animations that go onto a rig, the usual ones first; all that are known where nothing is
    known of the rig."""
    if rig is None or rig.version is None:
        return tuple(_KNOWN)
    if rig.bones not in ANIMATED_BONES:
        return ()
    bodies = (rig.body,) if rig.body else rig.version.bodies
    return tuple(each for body in bodies for each in rig.version.animations.get(body, ()))


def fitted(rig: Rig | None, animations: Iterable[str]) -> tuple[str, ...]:
    """The same moves under the names that this rig has for them; what it has none for stays."""
    own = animations_of(rig)
    by_move = {move_of(each): each for each in reversed(own)}
    return tuple(
        by_move.get(move_of(each), each) if each in _KNOWN and each not in own else each
        for each in animations
    )


def refuse_rig(rig: Rig) -> str:
    """Why no such rig is made, as a sentence, or nothing."""
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
    """Why the rig cannot be animated at all, or not by one of these, as a sentence, or nothing. A
    name that is in no list of ours is the service's to judge."""
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
    """The values of steps, each animation under the name that the rig before it has; `rigged` is
    the request of the rig that the first step works on, empty where it has none."""
    found: list[dict[str, object]] = []
    for rig, _kind, values in _with_rigs(steps, rigged):
        names = fitted(rig, _named(values))
        found.append({**values, "animations": names} if names else {**values})
    return tuple(found)


def refuse_steps(steps: Sequence[tuple[TaskKind, Values]], rigged: Values) -> str:
    """Why these steps cannot be done one after the other, as a sentence, or nothing."""
    for rig, kind, values in _with_rigs(steps, rigged):
        made = Rig.of({"model": "", **values}) if kind is TaskKind.RIG else None
        sentence = refuse_rig(made) if made is not None else ""
        if kind is TaskKind.RETARGET:
            sentence = refuse_animations(rig, _named(values))
        if sentence:
            return sentence
    return ""


def unknown_animation_risk(steps: Sequence[tuple[TaskKind, Values]]) -> str:
    """What is to be said of a rig that is paid for before the service has judged a name that we do
    not know; nothing where there is none."""
    if not any(kind is TaskKind.RIG for kind, _values in steps):
        return ""
    strange = [each for _kind, values in steps for each in _named(values) if each not in _KNOWN]
    return messages.unknown_animation_risk(strange[0]) if strange else ""


@record
class FoundAnimation:
    """What was meant by a typed text: an animation, or why it is none."""

    animation: str = ""
    sentence: str = ""


def find_animation(typed: str, rig: Rig | None) -> FoundAnimation:
    """The animation that somebody typed: by its name in words or the beginning of one, or in full
    as the service has it."""
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
    """How many animations there are for a rig, and what would have more, as a sentence."""
    own = animations_of(rig)
    if rig is None or rig.version is None or not own:
        return refuse_animations(rig)
    most = max(len(row.animations.get("biped", ())) for row in RIGS.values())
    if rig.body not in ("", "biped") or len(own) >= most:
        return messages.number_that_fit(len(own))
    best = _versions(lambda row: len(row.animations.get("biped", ())) == most)
    return messages.better_version(len(own), best, most)


def _matching(typed: str, among: tuple[str, ...]) -> tuple[str, ...]:
    """Those with exactly that name, else those with a word that begins so."""
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
    """Each step with the rig that it works on."""
    rig = Rig.of(rigged)
    for kind, values in steps:
        yield rig, kind, values
        if kind is TaskKind.RIG:
            rig = Rig.of({"model": "", **values})


def _named(values: Values) -> tuple[str, ...]:
    return tuple(cast("Iterable[str]", values.get("animations") or ()))


def _strange(rig: Rig, animation: str) -> str:
    """A known animation that does not go onto the rig."""
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
    """The newest versions that do, by name."""
    labels = [row.label for row in RIGS.values() if fits(row)]
    return messages.versions(labels[-2:])


def _body(body: str) -> str:
    known = {row.id: row.label.lower() for row in PARAMETERS["rig_type"].choices}
    return known.get(body, body)


def _bones(rig: Rig) -> str:
    known = {row.id: row.label for row in PARAMETERS["spec"].choices}
    return known.get(rig.bones, rig.bones)
