"""Defines a schedule of the soak: requests, faults of the network, and how each Blender ends.

Pure, from a seed alone, so that a schedule can be repeated. Starts nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.standin.faults import Fault

VIEWS: Final = ("front", "left", "back", "right")
# All journal entries of a job, in order; a job without files has no "uploading".
ENTRIES: Final = (
    "pending",
    "uploading",
    "submitting",
    "about to pay",
    "paid",
    "running",
    "downloading",
    "converting",
    "ready",
    "done",
)
# Operations between two entries, by their audit events in Python.
ACTIONS: Final = ("entry", "commit", "connect", "request", "write", "rename", "child")
CREATE: Final = "/v3/generation"
TEXTURE: Final = "/v3/models/texture"
IMPORT: Final = "/v3/models/import"
LOOK: Final = "/v3/tasks"
UPLOAD: Final = "/v3/files"
RESULT: Final = "/results/"
_MOST_ACTIONS: Final = {"entry": 12, "commit": 25, "connect": 5, "request": 8, "write": 6}


@dataclass(frozen=True)
class Part:
    """A paid request: the kind of its task, its path, and which seed in its body has the number."""

    kind: str
    path: str
    seed: str

    def number(self, body: Any) -> int:
        """Return the number of the request with this body; 0 for any other."""
        return int(body.get(self.seed) or 0) if isinstance(body, dict) else 0


_TEXTURING: Final = Part("texture_model", TEXTURE, "texture_seed")
PARTS: Final = {
    **{
        kind: (Part(f"{kind}_to_model", f"{CREATE}/{kind}-to-model", "model_seed"),)
        for kind in ("text", "image", "multiview")
    },
    # A model that is textured once it is there, and an object of the scene that is sent for it.
    "textured": (Part("text_to_model", f"{CREATE}/text-to-model", "model_seed"), _TEXTURING),
    "own": (_TEXTURING,),
}
KINDS: Final = tuple(PARTS)


@dataclass(frozen=True)
class Submission:
    """One request of the artist; `number` is sent as a seed of each paid request, so that it can be
    found in every record."""

    number: int
    kind: str

    @property
    def parts(self) -> tuple[Part, ...]:
        """What is paid for, in order."""
        return PARTS[self.kind]


@dataclass(frozen=True)
class End:
    """How a Blender ends. `way` is "before" or "after" the commit of the journal entry `what`, at
    the `count`-th operation of the kind `what` ("action"), so many `seconds` after its start
    ("moment", "quit"), or by itself ("idle"). All but the last two are a SIGKILL."""

    way: str
    what: str = ""
    count: int = 1
    seconds: float = 0.0


@dataclass(frozen=True)
class Life:
    """One Blender: its requests, the faults meanwhile, and how it ends."""

    submissions: tuple[Submission, ...]
    faults: tuple[Fault, ...]
    end: End


@dataclass(frozen=True)
class Schedule:
    """Several Blenders in sequence over one job list; in the last there are no faults. `converts`:
    whether a second Blender can be started, so that a child prepares the models."""

    name: str
    lives: tuple[Life, ...]
    converts: bool
    task_seconds: float
    model_bytes: int


def boundaries() -> tuple[Schedule, ...]:
    """Return a schedule for every kind, killed before and after every entry of its journal."""
    return tuple(
        Schedule(
            name=f"{kind} killed {way} {entry}" + (f" {count}" if count > 1 else ""),
            lives=(
                Life((Submission(1, kind),), (), End(way, entry, count)),
                Life((), (), End("idle")),
            ),
            converts=kind == "own" or entry in ("converting", "ready", "done"),
            task_seconds=0.1,
            model_bytes=20_000,
        )
        for kind in KINDS
        for entry, times in entries(kind).items()
        for count in range(1, times + 1)
        for way in ("before", "after")
    )


def entries(kind: str) -> dict[str, int]:
    """Return the journal entries of such a request, and how often each occurs: two steps are two
    jobs. An object that is only sent for the next step is not downloaded."""
    times: dict[str, int] = dict.fromkeys(ENTRIES, 2 if kind in ("textured", "own") else 1)
    if kind in ("text", "textured"):
        times["uploading"] = 0
    if kind == "own":
        times |= dict.fromkeys(("uploading", "downloading", "converting", "ready"), 1)
    return times


def schedule(seed: int, number: int) -> Schedule:
    """The schedule of that number."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 - is meant to come out the same again
    lives: list[Life] = []
    submitted = 0
    for _ in range(chance.choice((1, 1, 2, 2, 3))):
        submissions = tuple(
            Submission(submitted + each, KINDS[(number + submitted + each) % len(KINDS)])
            for each in range(1, chance.choice((1, 1, 2)) + 1 if submitted < 3 else 1)
        )
        submitted += len(submissions)
        faults = tuple(_fault(chance) for _ in range(chance.choice((0, 1, 2, 4))))
        lives.append(Life(submissions, faults, _end(chance)))
    return Schedule(
        name=f"{number} of seed {seed}",
        lives=(*lives, Life((), (), End("idle"))),
        # An object is written to a file by a second Blender, or not sent at all.
        converts=any(w.kind == "own" for life in lives for w in life.submissions)
        or chance.random() < 0.25,
        task_seconds=chance.choice((0.0, 0.05, 0.3)),
        model_bytes=chance.choice((2_000, 60_000, 900_000)),
    )


def _end(chance: random.Random) -> End:
    way = chance.choice(("moment", "action", "action", "before", "after", "quit"))
    if way in ("before", "after"):
        return End(way, chance.choice(ENTRIES))
    if way == "action":
        action = chance.choice(ACTIONS)
        return End(way, action, chance.randint(1, _MOST_ACTIONS.get(action, 1)))
    return End(way, seconds=chance.uniform(0.0, 1.2))


def _fault(chance: random.Random) -> Fault:
    return chance.choice(_FAULTS)(chance)


def _anywhere(chance: random.Random) -> str:
    return chance.choice((CREATE, TEXTURE, IMPORT, LOOK, LOOK, UPLOAD, RESULT, RESULT))


_FAULTS: Final[tuple[Callable[[random.Random], Fault], ...]] = (
    lambda c: Fault(path=_anywhere(c), cut="before"),
    lambda c: Fault(path=_anywhere(c), cut="after"),
    lambda c: Fault(path=_anywhere(c), status=c.choice((500, 502, 503)), body="busy"),
    lambda c: Fault(path=_anywhere(c), status=429, headers={"Retry-After": "1"}, times=2),
    lambda c: Fault(path=_anywhere(c), delay=c.uniform(0.05, 0.5)),
    lambda c: Fault(path=_anywhere(c), truncate=c.randint(0, 1500)),
    lambda c: Fault(path=RESULT, truncate=c.randint(0, 800_000)),
    lambda _: Fault(path=RESULT, status=403),
    lambda _: Fault(path=RESULT, status=200, body="<html>Gateway</html>"),
    lambda _: Fault(path=RESULT, headers={"Content-Type": "text/html"}),
    lambda _: Fault(path=LOOK, merge={"tasks": []}),
    lambda c: Fault(path=c.choice((CREATE, TEXTURE)), ending="failed", error_code=2008),
)
