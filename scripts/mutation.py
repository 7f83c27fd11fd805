"""What a fault is that mutants.py puts into the code.

Each replaces a text that is in its file exactly once; `tests` are those that must notice it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    """One fault: the file, the text, its replacement, and the tests to run."""

    name: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]
