"""Loggers that load with their first line: enabling logs nothing, and Python's `logging` takes as
long to load as ten modules of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from logging import Logger


class _LateLogger:
    """Stands for a logger."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        import logging

        return getattr(logging.getLogger(self._module), name)


def logger(module: str) -> Logger:
    """Return the logger of a module."""
    return cast("Logger", _LateLogger(module))
