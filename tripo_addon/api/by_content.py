"""Caches what pure functions return for the values of a request, by the values' content.

Panels ask the same about the same values several times per redraw.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec, TypeVar

from .catalog.conditions import Values
from .catalog.service_types import Service
from .catalog.task_kinds import TaskKind

_MOST: Final = 256
_Options = ParamSpec("_Options")
_Answer = TypeVar("_Answer")
_Function = Callable[Concatenate[Service, TaskKind, Values, _Options], _Answer]


def kept_by_content(function: _Function[_Options, _Answer]) -> _Function[_Options, _Answer]:
    """Decorator: compute the result once for each service, kind, values and options. With values
    that cannot be hashed, it is computed each time."""
    # The service is kept alive, because the key only has its id, which another object could get
    # later.
    known: dict[object, tuple[_Answer, Service]] = {}

    @wraps(function)
    def answer(
        service: Service,
        kind: TaskKind,
        values: Values,
        *args: _Options.args,
        **options: _Options.kwargs,
    ) -> _Answer:
        # Types count, because True equals 1.
        types = tuple(map(type, values.values()))
        key = (id(service), kind, tuple(values.items()), types, args, tuple(options.items()))
        try:
            kept = known.get(key)
        except TypeError:
            return function(service, kind, values, *args, **options)
        if kept is None:
            kept = (function(service, kind, values, *args, **options), service)
            if len(known) >= _MOST:
                known.clear()
            known[key] = kept
        return kept[0]

    return answer
