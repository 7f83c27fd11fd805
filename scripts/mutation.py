"""What a fault is that mutants.py puts into the code.

Each replaces a text that is in its file exactly once; `tests` are those that must notice it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# Rooms and tests of several topics.
JOBS_ROOM: Final = "tripo_addon/jobs"
BLENDER_ROOM: Final = "tripo_addon/blender"
TRIES: Final = ("tests/jobs/test_request_tries.py", "tests/jobs/test_paid_once.py")
LEASES: Final = ("tests/jobs/test_leases.py", "tests/jobs/test_lease_transfer.py")


@dataclass(frozen=True)
class Mutation:
    """One fault: the file, the text, its replacement, and the tests to run."""

    name: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]
