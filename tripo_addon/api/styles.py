"""Styles: what many requests have in common, added to each of them.

Pure and standard-library only, so panels can call it while they draw. A style fills in what a
request leaves open, and adds words to its texts; what the request says itself stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from .catalog.conditions import Values
from .catalog.parameters import PARAMETERS
from .catalog.service_types import Offer, Service
from .catalog.settings import SEEDS
from .catalog.task_kinds import TaskKind
from .messages import styles as messages
from .record import record
from .rules import (
    active_fields,
    chosen_version,
    clean,
    is_given,
    refuse,
    takes,
    unoffered,
    window_of,
)

FREE: Final = "free"
FIXED: Final = "fixed"
BY_NAME: Final = "by_name"
SEED_POLICIES: Final = (FREE, FIXED, BY_NAME)
"""The service chooses; one number for all; a number that follows from the subject's name."""
SEED_FIELDS: Final = ("image_seed", "model_seed", "texture_seed")


@record(kw_only=True)
class Style:
    """What a style adds: words `before` and `after` the prompt, `palette` as named colors after
    them, `negative` words, a `style_image` (a path or a web address), a picture `template`, at most
    `faces` faces (0: no limit), and seeds by one of `SEED_POLICIES`."""

    name: str = ""
    before: str = ""
    after: str = ""
    palette: tuple[str, ...] = ()
    negative: str = ""
    style_image: str = ""
    template: str = ""
    faces: int = 0
    seed: str = FREE
    seed_number: int = 1

    @property
    def ending(self) -> str:
        """The words after the prompt, with those of the palette."""
        colors = ", ".join(filter(None, map(clean, self.palette)))
        return messages.after(clean(self.after), messages.palette((colors,)) if colors else "")

    def seed_of(self, subject: str) -> int | None:
        """The seed for a request about a subject; None if the service chooses it."""
        if self.seed == BY_NAME:
            digest = hashlib.sha256(clean(subject).casefold().encode("utf-8", "replace")).digest()
            return int(SEEDS.low) + int.from_bytes(digest[:4]) % int(SEEDS.high - SEEDS.low + 1)
        return self.seed_number if self.seed == FIXED else None


@record
class Styled:
    """A request with its style: the values to send, what the style added to them, and which of its
    parts are not sent and why, as texts for the user."""

    values: Mapping[str, object]
    added: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def apply(
    style: Style, service: Service, kind: TaskKind, values: Values, subject: str = ""
) -> Styled:
    """Add a style to a request. `values` are those that would be sent without it, `subject` names
    what it is about, for a seed by name."""
    offer = service.offers.get(kind)
    if offer is None:
        return Styled(values)
    made = _Making(service, kind, offer, values)
    made.add_words(style)
    made.add_negative(style)
    made.fill("style_image", style.style_image)
    made.fill("template", style.template)
    made.fill("face_limit", style.faces)
    made.add_seeds(style.seed_of(subject))
    return Styled(made.values, tuple(made.added), made.left_out)


def without(style: Style, values: Values, subject: str = "") -> dict[str, object]:
    """Return a request as it was before this style: applied again, it is the same request."""
    own = dict(values)
    if is_given(own.get("prompt")):
        own["prompt"] = _stripped(str(own["prompt"]), clean(style.before), style.ending)
    if is_given(own.get("negative_prompt")):
        own["negative_prompt"] = _stripped(
            str(own["negative_prompt"]), "", clean(style.negative), whole=True
        )
    filled: dict[str, object] = {
        "style_image": style.style_image,
        "template": style.template,
        "face_limit": style.faces,
        **dict.fromkeys(SEED_FIELDS, style.seed_of(subject)),
    }
    for name, value in filled.items():
        if name in own and is_given(value) and str(own[name]) == str(value):
            del own[name]
    return {name: value for name, value in own.items() if value != ""}


class _Making:
    """A request while parts of a style are added to it, one after the other."""

    def __init__(self, service: Service, kind: TaskKind, offer: Offer, values: Values) -> None:
        self._service, self._kind, self._offer = service, kind, offer
        self._version = chosen_version(offer, values)
        # Nothing that a style adds makes another field active.
        self._active = active_fields(offer, values)
        self.values: dict[str, object] = dict(values)
        self.added: list[str] = []
        self._reasons: dict[str, list[str]] = {}

    @property
    def left_out(self) -> tuple[str, ...]:
        """The parts that are not sent; those with the same reason together."""
        return tuple(messages.left_out(each, reason) for reason, each in self._reasons.items())

    def add_words(self, style: Style) -> None:
        before, ending = clean(style.before), style.ending
        if not (before or ending):
            return
        label = messages.WORDS if before or clean(style.after) else messages.PALETTE
        if not takes(self._offer, self._version, "prompt"):
            self._leave_out(label, self._not_taken("prompt"))
        elif not is_given(self.values.get("prompt")):
            self._leave_out(label, messages.NO_PROMPT)
        else:
            own = clean(str(self.values["prompt"]))
            prompt = messages.after(messages.before(before, own), ending)
            self.values["prompt"] = prompt
            self.added.append(messages.text(PARAMETERS["prompt"].label, prompt))

    def add_negative(self, style: Style) -> None:
        words = clean(style.negative)
        if not words:
            return
        if not takes(self._offer, self._version, "negative_prompt"):
            self._leave_out(messages.NEGATIVE, self._not_taken("negative_prompt"))
            return
        own = clean(str(self.values.get("negative_prompt") or ""))
        self.values["negative_prompt"] = negative = messages.after(own, words)
        self.added.append(messages.text(messages.NEGATIVE, negative))

    def fill(self, name: str, value: str | int) -> None:
        """Set a field that the request leaves open, if the rules allow it."""
        if not value or is_given(self.values.get(name)):
            return
        reason = self._refused(name, value) or self._against_rules(name, value)
        if reason:
            self._leave_out(PARAMETERS[name].label, reason)
            return
        self.values[name] = value
        self.added.append(_in_words(name, value))

    def add_seeds(self, seed: int | None) -> None:
        """Set the seeds that the request leaves open; they are the same number."""
        if seed is None:
            return
        names = [name for name in SEED_FIELDS if not self._refused(name, seed)]
        open_names = [name for name in names if not is_given(self.values.get(name))]
        if not names:
            self._leave_out(messages.SEEDS, self._not_taken(SEED_FIELDS[1]))
        if open_names:
            self.values |= dict.fromkeys(open_names, seed)
            self.added.append(messages.seed(seed))

    def _refused(self, name: str, value: str | int) -> str:
        """Return why this field cannot be sent, or ""."""
        if not takes(self._offer, self._version, name):
            return self._not_taken(name)
        window = window_of(self._offer, self.values, name)
        if window is not None and isinstance(value, int) and value not in window:
            return messages.outside(window.low, window.high)
        if unoffered(self._offer, self._version, PARAMETERS[name], value):
            return self._not_taken(name)
        if name not in self._active:
            return _small(PARAMETERS[name].requirement_message) or self._not_taken(name)
        return ""

    def _against_rules(self, name: str, value: str | int) -> str:
        """Return which rule between fields this one would break, or "". No such rule is about
        seeds."""
        request = {"kind": self._kind.value, **self.values}
        before, after = (
            refuse(self._service, self._kind, each) for each in (request, {**request, name: value})
        )
        return "" if after is None or after == before else _small(after.sentence)

    def _not_taken(self, name: str) -> str:
        version = self._version if name in self._offer.takes else None
        if version is not None:
            return messages.not_taken(version.label)
        return messages.not_for(self._kind.label)

    def _leave_out(self, label: str, reason: str) -> None:
        self._reasons.setdefault(reason, []).append(label)


def _in_words(name: str, value: str | int) -> str:
    row = PARAMETERS[name]
    if isinstance(value, int):
        return messages.number(row.label, value)
    named = {choice.id: choice.label for choice in row.choices}
    last = value.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return messages.text(row.label, named.get(value, last))


def _small(sentence: str) -> str:
    """A sentence as part of another."""
    return sentence[:1].lower() + sentence[1:]


def _stripped(text: str, before: str, after: str, *, whole: bool = False) -> str:
    """A text without what was joined to its ends. `whole`: nothing of its own may be left."""
    rest = text
    if before and rest.startswith(f"{before} "):
        rest = rest[len(before) + 1 :]
    if whole and rest == after:
        return ""
    for separator in (", ", " "):
        if after and rest.endswith(separator + after):
            shorter = rest[: -len(separator + after)]
            if shorter and messages.after(shorter, after) == rest:
                rest = shorter
                break
    return rest
