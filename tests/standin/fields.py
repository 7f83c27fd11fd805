"""Checks a JSON body against rules that are data: fields, forbidden combinations, number ranges.

The tables are in each dialect; this module only reads them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from .messages import items, mapping

# Every service here refuses a prompt that contains this word, by its content rules.
FORBIDDEN_WORD = "forbidden-content"

About = Literal["value", "characters", "content"]
FieldKind = Literal["text", "whole", "number", "flag", "word", "list", "object", "anything"]


class Unacceptable(Exception):
    """A body that breaks the rules: the field, what is wrong, and with which value."""

    def __init__(self, name: str, sentence: str, about: About = "value") -> None:
        super().__init__(f"parameter '{name}' {sentence}")
        self.name = name
        self.about: About = about


@dataclass(frozen=True, kw_only=True)
class Field:
    """One key of a body. Lengths are counted in characters after trimming.

    `never_in`: model families that refuse the key with any value; `default_only_in`: those that
    refuse any other value than `default`. `default` is what the server assumes. `wire`: the key in
    the body, if it differs from the name.
    """

    name: str
    kind: FieldKind
    wire: str = ""
    aliases: tuple[str, ...] = ()
    required: bool = False
    default: object = None
    allowed: tuple[str, ...] = ()
    low: int = 0
    high: int = 0
    longest: int = 0
    never_in: tuple[str, ...] = ()
    default_only_in: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that the body may use, the usual one first."""
        return (self.wire or self.name, *self.aliases)


@dataclass(frozen=True)
class Clash:
    """Values that may not be combined, including the server's defaults."""

    pairs: tuple[tuple[str, object], ...]
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Window:
    """The range of a number if the model's name begins so and the values are these."""

    low: int
    high: int
    model: str = ""
    where: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True)
class Checked:
    """A valid body: the given values under their main names, and the ignored keys."""

    given: Mapping[str, object]
    defaults: Mapping[str, object]
    ignored: tuple[str, ...]

    def value(self, name: str) -> object:
        """Return the given value, or what the server assumes."""
        return self.given.get(name, self.defaults.get(name))

    def text(self, name: str) -> str:
        """Return a text; empty if absent."""
        value = self.value(name)
        return value if isinstance(value, str) else ""

    def whole(self, name: str) -> int | None:
        """Return an integer, or None."""
        value = self.value(name)
        return value if isinstance(value, int) else None

    def number(self, name: str) -> float | None:
        """Return an integer or fractional number, or None."""
        value = self.value(name)
        return float(value) if isinstance(value, int | float) else None

    def on(self, name: str) -> bool:
        """Return a boolean."""
        return self.value(name) is True

    def words(self, name: str) -> tuple[str, ...]:
        """Return a list of texts; empty if absent. Raises Unacceptable for a list of anything
        else."""
        listed = items(self.value(name)) or []
        texts = tuple(each for each in listed if isinstance(each, str) and each)
        if len(texts) != len(listed):
            raise Unacceptable(name, "must be a list of texts")
        return texts

    @property
    def changed(self) -> frozenset[str]:
        """Return which of the names have another value than the server assumes."""
        return frozenset(
            name for name, value in self.given.items() if value != self.defaults.get(name)
        )


def renamed(fields: Iterable[Field], names: Mapping[str, str]) -> tuple[Field, ...]:
    """Return the same fields with other keys in the body, without their aliases."""
    return tuple(
        replace(field, wire=names[field.name], aliases=()) if field.name in names else field
        for field in fields
    )


def without(fields: Iterable[Field], *names: str) -> tuple[Field, ...]:
    """Return all fields except these."""
    return tuple(field for field in fields if field.name not in names)


def check(fields: Iterable[Field], body: Mapping[str, object], *, family: str) -> Checked:
    """Read a body by its table. Null counts as absent. Raises Unacceptable."""
    given: dict[str, object] = {}
    known: set[str] = set()
    defaults: dict[str, object] = {}
    for field in fields:
        names = field.keys
        known.update(names)
        defaults[field.name] = field.default
        value = _single(names, body)
        if any(name in body for name in names) and family in field.never_in:
            raise Unacceptable(names[0], f"is not supported by {family} models")
        if value is None:
            if field.required:
                raise Unacceptable(names[0], "is required")
            continue
        _check_value(field, value, family)
        given[field.name] = value
    return Checked(given, defaults, tuple(sorted(set(body) - known)))


def check_clashes(clashes: Iterable[Clash], body: Checked) -> None:
    """Raise Unacceptable for the first forbidden combination."""
    for clash in clashes:
        if all(body.value(name) == value for name, value in clash.pairs):
            raise Unacceptable(clash.pairs[0][0], clash.sentence)


def check_window(windows: Iterable[Window], name: str, body: Checked, *, model: str) -> None:
    """Check a number against the first range that applies. Raises Unacceptable."""
    number = body.whole(name)
    if number is None:
        return
    for window in windows:
        fits = all(body.value(key) == value for key, value in window.where)
        if fits and model.startswith(window.model):
            if not window.low <= number <= window.high:
                raise Unacceptable(name, f"must be within {window.low} and {window.high}")
            return


def _single(names: tuple[str, ...], body: Mapping[str, object]) -> object:
    values = [body[name] for name in names if body.get(name) is not None]
    if any(value != values[0] for value in values):
        raise Unacceptable(names[0], f"is given twice, as {' and '.join(names)}")
    return values[0] if values else None


def _check_value(field: Field, value: object, family: str) -> None:
    name = field.keys[0]
    fits, wanted = KINDS[field.kind]
    if not fits(value):
        raise Unacceptable(name, f"must be {wanted}")
    if field.allowed and value not in field.allowed:
        raise Unacceptable(name, f"must be one of {', '.join(field.allowed)}")
    if isinstance(value, str) and field.kind == "text":
        check_text(name, value, longest=field.longest)
    if field.high and isinstance(value, int | float) and not field.low <= value <= field.high:
        raise Unacceptable(name, f"must be within {field.low} and {field.high}")
    if family in field.default_only_in and value != field.default:
        raise Unacceptable(name, f"is not supported by {family} models")


def check_text(name: str, value: str, *, longest: int) -> None:
    """Raise Unacceptable for a text that is empty or too long, has emoji, or contains the forbidden
    word."""
    text = value.strip()
    if not text:
        raise Unacceptable(name, "must not be empty")
    if len(text) > longest:
        raise Unacceptable(name, f"must have at most {longest} characters")
    if any(_is_emoji(letter) or _is_half(letter) for letter in text):
        raise Unacceptable(name, "has characters that are not supported", "characters")
    if FORBIDDEN_WORD in text.lower():
        raise Unacceptable(name, "violates the content policy", "content")


def _is_emoji(letter: str) -> bool:
    point = ord(letter)
    # Planes 2 and 3 hold Chinese characters.
    plane = point >= 0x1F000 and not 0x20000 <= point <= 0x3FFFF
    return plane or 0x2600 <= point <= 0x27BF or point == 0xFE0F


def _is_half(letter: str) -> bool:
    """Return whether this is half a surrogate pair: JSON can escape it, but it is no character."""
    return 0xD800 <= ord(letter) <= 0xDFFF


KINDS: Mapping[FieldKind, tuple[Callable[[object], bool], str]] = {
    "text": (lambda value: isinstance(value, str), "a text"),
    "word": (lambda value: isinstance(value, str), "a text"),
    "flag": (lambda value: isinstance(value, bool), "true or false"),
    "whole": (
        lambda value: isinstance(value, int) and not isinstance(value, bool),
        "a whole number",
    ),
    "number": (
        lambda value: isinstance(value, int | float) and not isinstance(value, bool),
        "a number",
    ),
    "list": (lambda value: items(value) is not None, "a list"),
    "object": (lambda value: mapping(value) is not None, "an object"),
    "anything": (lambda value: value is not None, "something"),
}
