"""Lets modules load when they are first used.

Enabling the add-on declares classes; most of the code that they call is needed only with the first
drawing or click. A package whose `__init__` calls `load_late` gives out its modules unloaded: after
`from ..objects import selection`, `selection.selected(…)` loads the module. A name that is imported
(`from ..objects.selection import selected`) loads its module at once, as usual.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _LateModule:
    """Represents a module until one of its names is used, then shares the module's names."""

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
    """Return whether a module that a package has given out is loaded."""
    return module.__name__ in sys.modules
