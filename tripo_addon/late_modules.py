"""Modules that load when they are first used.

Enabling the add-on declares classes; most of the code that those call is needed with the first
drawing or the first click only. A package whose `__init__` calls `load_late` hands its modules out
unloaded: after `from ..objects import selection`, `selection.selected(…)` loads the module. What is
imported by name (`from ..objects.selection import selected`) is loaded at once, as ever.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _LateModule:
    """Stands for a module until one of its names is used, then shares the module's names."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __getattr__(self, name: str) -> Any:
        module = import_module(self.__name__)
        self.__dict__ = module.__dict__
        return getattr(module, name)


def load_late(package: str) -> None:
    """Let the modules of a package load with their first use.

    Set from here, so that type checkers still report a name that no module has.
    """
    names = vars(sys.modules[package])

    def hand_out(name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"{package} has no {name}")
        return names.setdefault(name, _LateModule(f"{package}.{name}"))

    names["__getattr__"] = hand_out


def is_loaded(module: ModuleType) -> bool:
    """Whether a module that a package handed out is loaded by now."""
    return module.__name__ in sys.modules
