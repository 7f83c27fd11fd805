"""Records, defined without compiling code.

`@dataclass(frozen=True, slots=True)` writes six methods as source and compiles them, which takes
0.7 ms a class in Python 3.11: with sixty classes it was half of what enabling the add-on took.
`@record` makes the same dataclass (for `fields`, `replace`, `match` and pydantic as well), but its
methods are written here: most are the same functions for every record, the others are closures over
the names of its fields. A class costs a tenth of that, an instance one microsecond more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

_Class = TypeVar("_Class", bound=type)
_Fields = tuple[Field[Any], ...]


@overload
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: _Class, /) -> _Class: ...
@overload
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(*, kw_only: bool) -> Callable[[_Class], _Class]: ...
def record(cls: Any = None, /, *, kw_only: bool = False) -> Any:
    """Class decorator, like `dataclass(frozen=True, slots=True)`, but without support for base
    classes, init-only fields and post-init code. `kw_only`: fields are passed by name only."""

    def make(cls: type[Any]) -> Any:
        made, its_fields = _with_slots(cls, kw_only)
        made.__eq__, made.__hash__ = _comparing(made, its_fields)
        made.__setattr__ = made.__delattr__ = _refuse
        made.__getstate__, made.__setstate__ = _values, _restore
        return made

    return make if cls is None else make(cls)


@dataclass_transform(eq_default=False, field_specifiers=(field,))
def mutable_record(cls: _Class, /) -> _Class:
    """Class decorator, like `dataclass(slots=True, eq=False)`, with the limits of `record`."""
    made, _its_fields = _with_slots(cls, kw_only=False)
    return made


def _with_slots(cls: Any, kw_only: bool) -> tuple[Any, _Fields]:
    """Return the class with slots, `__init__` and `__repr__`, and its fields."""
    bare = dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)
    made: Any = bare(cls)
    its_fields = fields(made)
    made.__init__ = _making(made, its_fields, kw_only)
    made.__repr__ = _show
    return made, its_fields


def _making(cls: Any, its_fields: _Fields, kw_only: bool) -> Callable[..., None]:
    slots = tuple((each.name, getattr(cls, each.name).__set__) for each in its_fields)
    names = frozenset(name for name, _put in slots)
    by_position = () if kw_only else tuple(name for name, _put in slots)
    defaults = {each.name: each.default for each in its_fields if each.default is not MISSING}
    factories = {each.name: each.default_factory for each in its_fields}
    made = tuple((name, make) for name, make in factories.items() if make is not MISSING)

    def __init__(self: Any, *given: Any, **named: Any) -> None:  # noqa: N807
        values = defaults | named
        values.update(zip(by_position, given, strict=False))
        for name, make in made:
            if name not in values:
                values[name] = make()
        twice = named.keys() & by_position[: len(given)] if given else ()
        if values.keys() != names or len(given) > len(by_position) or twice:
            wrong = sorted({*(values.keys() ^ names), *twice})
            raise TypeError(f"{cls.__name__} does not fit {len(given)} values, {wrong}")
        for name, put in slots:
            put(self, values[name])

    return __init__


def _comparing(
    cls: Any, its_fields: _Fields
) -> tuple[Callable[[Any, object], Any], Callable[[Any], int]]:
    names = [each.name for each in its_fields]
    values: Callable[[Any], Any] = attrgetter(*names) if names else lambda _self: ()

    def __eq__(self: Any, other: object) -> Any:  # noqa: N807
        return values(self) == values(other) if type(other) is cls else NotImplemented

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(values(self))

    return __eq__, __hash__


def _show(self: Any) -> str:
    names = (each.name for each in fields(self) if each.repr)
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
    return f"{type(self).__qualname__}({shown})"


def _refuse(self: Any, name: str, *_value: object) -> None:
    raise FrozenInstanceError(f"{type(self).__name__}.{name} never changes")


def _values(self: Any) -> list[Any]:
    return [getattr(self, name) for name in self.__slots__]


def _restore(self: Any, state: list[Any]) -> None:
    for name, value in zip(self.__slots__, state, strict=True):
        object.__setattr__(self, name, value)
