"""Loggers, loaded with the first line that is logged: enabling logs nothing, and Python's `logging`
takes as long to load as ten modules of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger


def log(module: str) -> Logger:
    """Return the logger of a module."""
    import logging

    return logging.getLogger(module)
