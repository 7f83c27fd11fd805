"""Caches answers while a panel is drawn, because drawing asks the same questions several times.

A `draw` changes nothing, and nothing else runs on the main thread until it has ended, so answers
stay valid until then. No answer outlives its drawing. Main thread only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar, cast

_Arguments = ParamSpec("_Arguments")
_Answer = TypeVar("_Answer")
_UNKNOWN: Final = object()


class _Answers:
    """The answers since the drawing began; None while nothing is drawn."""

    now: dict[object, Any] | None = None


class one_drawing:  # noqa: N801 - used like a function
    """Run the block as one drawing, which begins without answers; inside another one it is part of
    that."""

    def __enter__(self) -> None:
        self._before = _Answers.now
        if self._before is None:
            _Answers.now = {}

    def __exit__(self, *_raised: object) -> None:
        _Answers.now = self._before


def is_drawing() -> bool:
    """Return whether a panel is being drawn."""
    return _Answers.now is not None


def once_a_drawing(function: Callable[_Arguments, _Answer]) -> Callable[_Arguments, _Answer]:
    """Decorator for a function that only reads: within a drawing, call it once for the same
    arguments, which must be hashable; outside, each time."""
    plain = cast("Any", function)
    code = plain.__code__
    if code.co_argcount + code.co_kwonlyargcount < 2:
        simpler = _with_argument if code.co_argcount else _without_arguments
        return cast("Callable[_Arguments, _Answer]", simpler(plain))

    @wraps(function)
    def answer(*arguments: _Arguments.args, **options: _Arguments.kwargs) -> _Answer:
        known = _Answers.now
        if known is None:
            return function(*arguments, **options)
        key = (function, arguments, *options.items())
        found = known.get(key, _UNKNOWN)
        if found is _UNKNOWN:
            found = known[key] = function(*arguments, **options)
        return found

    return answer


def _with_argument(function: Callable[[Any], _Answer]) -> Callable[[Any], _Answer]:
    """Do the same in half the time, for one argument."""

    @wraps(function)
    def answer(argument: Any) -> _Answer:
        known = _Answers.now
        if known is None:
            return function(argument)
        key = (function, argument)
        found = known.get(key, _UNKNOWN)
        if found is _UNKNOWN:
            found = known[key] = function(argument)
        return found

    return answer


def _without_arguments(function: Callable[[], _Answer]) -> Callable[[], _Answer]:
    """Do the same in a third of the time, since such functions are called fifty times per
    drawing."""

    @wraps(function)
    def answer() -> _Answer:
        known = _Answers.now
        if known is None:
            return function()
        found = known.get(function, _UNKNOWN)
        if found is _UNKNOWN:
            found = known[function] = function()
        return found

    return answer
