"""Frozen records, defined without compiling code.

`@dataclass(frozen=True, slots=True)` writes six methods as source and compiles them, which takes
0.7 ms a class in Python 3.11: with sixty classes it was half of what enabling the add-on took.
`@record` makes the same dataclass (for `fields`, `replace`, `match` and pydantic as well), but its
methods are closures over the names of the fields. A class costs a seventh of that, an instance one
microsecond more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

_Class = TypeVar("_Class", bound=type)
_Methods = Mapping[str, Callable[..., Any]]


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
        bare = dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)
        made = bare(cls)
        for methods in (_making(made, kw_only), _comparing(made), _showing(made), _freezing(made)):
            for name, method in methods.items():
                setattr(made, name, method)
        return made

    return make if cls is None else make(cls)


def _making(cls: Any, kw_only: bool) -> _Methods:
    slots = tuple((each.name, getattr(cls, each.name).__set__) for each in fields(cls))
    names = frozenset(name for name, _put in slots)
    by_position = () if kw_only else tuple(name for name, _put in slots)
    defaults = {each.name: each.default for each in fields(cls) if each.default is not MISSING}
    factories = {each.name: each.default_factory for each in fields(cls)}
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

    return {"__init__": __init__}


def _comparing(cls: Any) -> _Methods:
    names = [each.name for each in fields(cls)]
    values: Callable[[Any], Any] = attrgetter(*names) if names else lambda _self: ()

    def __eq__(self: Any, other: object) -> Any:  # noqa: N807
        return values(self) == values(other) if type(other) is cls else NotImplemented

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(values(self))

    return {"__eq__": __eq__, "__hash__": __hash__}


def _showing(cls: Any) -> _Methods:
    names = [each.name for each in fields(cls) if each.repr]

    def __repr__(self: Any) -> str:  # noqa: N807
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{cls.__qualname__}({shown})"

    return {"__repr__": __repr__}


def _freezing(cls: Any) -> _Methods:
    slots = tuple(getattr(cls, each.name) for each in fields(cls))

    def refuse(_self: Any, name: str, *_value: object) -> None:
        raise FrozenInstanceError(f"{cls.__name__}.{name} never changes")

    def __getstate__(self: Any) -> list[Any]:  # noqa: N807
        return [slot.__get__(self) for slot in slots]

    def __setstate__(self: Any, state: list[Any]) -> None:  # noqa: N807
        for slot, value in zip(slots, state, strict=True):
            slot.__set__(self, value)

    return {
        "__setattr__": refuse,
        "__delattr__": refuse,
        "__getstate__": __getstate__,
        "__setstate__": __setstate__,
    }
