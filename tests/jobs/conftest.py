"""Fixtures of the job tests: a clock, a tiny model, and a stand-in that serves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.doubles import Clock
from tests.jobs.bench import Bench, small_glb
from tests.standin.service import StandIn
from tripo_addon.jobs.storage.store import Store


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "user" / "jobs.sqlite3"


@pytest.fixture
def store(path: Path) -> Store:
    made = Store(path, "one")
    made.prepare()
    return made


@pytest.fixture
def other(path: Path, store: Store) -> Store:
    """The same list as another Blender opens it."""
    return Store(path, "another")


@pytest.fixture
def glb(tmp_path: Path) -> Path:
    return small_glb(tmp_path / "served" / "tiny.glb")


@pytest.fixture
def stand_in(clock: Clock, glb: Path) -> Iterator[Callable[..., StandIn]]:
    """Start a stand-in on the test's clock; its tasks take no time by default."""
    with ExitStack() as open_ones:

        def start(**options: Any) -> StandIn:
            given: dict[str, Any] = {"seconds": 0, "model": glb, "clock": clock.wall}
            return open_ones.enter_context(StandIn(**given | options))

        yield start


@pytest.fixture
def bench(tmp_path: Path, clock: Clock) -> Iterator[Callable[..., Bench]]:
    """Make benches with a stand-in, sharing one user folder by default, and close them all."""
    made: list[Bench] = []

    def make(service: StandIn, **options: Any) -> Bench:
        given: dict[str, Any] = {"folder": tmp_path / "user", "clock": clock}
        made.append(Bench(service, **given | options))
        return made[-1]

    yield make
    for each in made:
        each.close()
