"""Records, defined without compiling code.

`@dataclass(frozen=True, slots=True)` writes six methods as source and compiles them, which takes
0.7 ms a class in Python 3.11: with sixty classes it was half of what enabling the add-on took.
`@record` makes the same dataclass (for `fields`, `replace`, `match` and pydantic as well), but its
methods are written here: most are the same functions for every record, the others are closures over
the names of its fields, and what `dataclasses` knows of a class is made when somebody asks. A class
costs a twentieth of that, an instance one microsecond more.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, FrozenInstanceError, field, fields, make_dataclass
from operator import attrgetter
from typing import Any, Final, TypeVar, cast, dataclass_transform, overload

_Class = TypeVar("_Class", bound=type)
_Record = TypeVar("_Record")


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
        names = tuple(inspect.get_annotations(cls))
        equal, hashed = _comparing(names)
        return _with_slots(
            cls,
            names,
            kw_only,
            __eq__=equal,
            __hash__=hashed,
            __setattr__=_refuse,
            __delattr__=_refuse,
            __getstate__=_values,
            __setstate__=_restore,
        )

    return make if cls is None else make(cls)


@dataclass_transform(eq_default=False, field_specifiers=(field,))
def mutable_record(cls: _Class, /) -> _Class:
    """Class decorator, like `dataclass(slots=True, eq=False)`, with the limits of `record`."""
    return _with_slots(cls, tuple(inspect.get_annotations(cls)), kw_only=False)


def replace(row: _Record, /, **changes: Any) -> _Record:
    """Return a copy of a record with other values, like `dataclasses.replace`, without making what
    that reads."""
    former = {name: getattr(row, name) for name in cast("Any", row).__slots__}
    return type(row)(**(former | changes))


class _AsDataclass:
    """What `dataclasses` stores on a class, made when it is first read."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, _instance: object, cls: Any) -> Any:
        kw_only, its_defaults = cls.__record__
        its_fields: list[Any] = [
            (name, kind, its_defaults[name]) if name in its_defaults else (name, kind)
            for name, kind in inspect.get_annotations(cls).items()
        ]
        # With a text of its own, since dataclasses would compute one from its signature.
        body = {"__doc__": cls.__doc__ or cls.__name__}
        options: Any = {"init": False, "repr": False, "eq": False, "kw_only": kw_only}
        twin = make_dataclass(cls.__name__, its_fields, namespace=body, **options)
        for name in _KNOWN_TO_DATACLASSES:
            type.__setattr__(cls, name, getattr(twin, name))
        return getattr(cls, self._name)


_KNOWN_TO_DATACLASSES: Final = ("__dataclass_fields__", "__dataclass_params__")
_AS_DATACLASS: Final = {name: _AsDataclass(name) for name in _KNOWN_TO_DATACLASSES}


def _with_slots(cls: Any, names: tuple[str, ...], kw_only: bool, **methods: Any) -> Any:
    """Return the class with slots, `__init__`, `__repr__` and these methods."""
    declared: dict[str, Any] = dict(cls.__dict__)
    body = {name: value for name, value in declared.items() if name not in _OF_A_CLASS}
    its_defaults = {name: body.pop(name) for name in names if name in body}
    made: Any = type(cls)(
        cls.__name__,
        cls.__bases__,
        {
            **body,
            **_AS_DATACLASS,
            **methods,
            "__slots__": names,
            "__match_args__": () if kw_only else names,
            "__qualname__": cls.__qualname__,
            "__record__": (kw_only, its_defaults),
            "__repr__": _show,
        },
    )
    made.__init__ = _making(made, names, its_defaults, kw_only)
    return made


_OF_A_CLASS: Final = frozenset({"__dict__", "__weakref__"})


def _making(
    cls: Any, names: tuple[str, ...], its_defaults: Mapping[str, Any], kw_only: bool
) -> Callable[..., None]:
    slots = tuple((name, getattr(cls, name).__set__) for name in names)
    known = frozenset(names)
    setters, count = tuple(put for _name, put in slots), len(names)
    by_position = () if kw_only else names
    defaults, made = _defaults(its_defaults)

    def __init__(self: Any, *given: Any, **named: Any) -> None:  # noqa: N807
        # Rows of tables are given by position and whole: there are hundreds of them.
        if not named and len(given) == count == len(by_position):
            for put, value in zip(setters, given, strict=True):
                put(self, value)
            return
        values = defaults | named
        values.update(zip(by_position, given, strict=False))
        for name, make in made:
            if name not in values:
                values[name] = make()
        twice = named.keys() & by_position[: len(given)] if given else ()
        if values.keys() != known or len(given) > len(by_position) or twice:
            wrong = sorted({*(values.keys() ^ known), *twice})
            raise TypeError(f"{cls.__name__} does not fit {len(given)} values, {wrong}")
        for name, put in slots:
            put(self, values[name])

    return __init__


def _defaults(
    given: Mapping[str, Any],
) -> tuple[dict[str, Any], tuple[tuple[str, Callable[[], Any]], ...]]:
    """Return the default values by name, and what makes those that are new for each instance."""
    values: dict[str, Any] = {}
    made: list[tuple[str, Callable[[], Any]]] = []
    for name, value in given.items():
        row = cast("Field[Any]", value) if isinstance(value, Field) else None
        if row is None:
            values[name] = value
        elif row.default_factory is not MISSING:
            made.append((name, row.default_factory))
        elif row.default is not MISSING:
            values[name] = row.default
    return values, tuple(made)


def _comparing(
    names: tuple[str, ...],
) -> tuple[Callable[[Any, object], Any], Callable[[Any], int]]:
    values: Callable[[Any], Any] = attrgetter(*names) if names else lambda _self: ()

    def __eq__(self: Any, other: object) -> Any:  # noqa: N807
        return values(self) == values(other) if type(other) is type(self) else NotImplemented

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
