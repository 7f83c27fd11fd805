"""Candidates in the money soak: several drafts of a model, of which the person keeps one, clicking
more often than necessary. Whatever happens, each draft and the one that is kept are paid once.
"""

from __future__ import annotations

import random
from collections.abc import Container, Iterator
from dataclasses import replace
from typing import Final

from tests.jobs.bench import ACCOUNT, MODEL, PLACE
from tests.standin.ledger import Ledger, Task
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.tasks import TextToModel, parse_request
from tripo_addon.jobs.engine.engine import JobEngine
from tripo_addon.jobs.model.job import Draft, Job, State
from tripo_addon.jobs.model.keeping import requests_to_keep
from tripo_addon.jobs.model.recipes import Step
from tripo_addon.jobs.model.routes import Origin

COUNT: Final = 3
"""Drafts of each model; they are numbered, and so seeded, from the number of their request on."""
CHOSEN: Final = 2
TEXTURE: Final = "/v3/models/texture"
_AGAIN: Final = 0.002
"""How likely the person imports the chosen draft once more, in each turn."""


def drafts(number: int) -> list[Step]:
    """Return the drafts of a request of that number. Each has its own prompt: a person can tell
    apart what a search for a lost task finds."""
    steps: list[Step] = []
    for place in range(COUNT):
        seed = number + place
        asked = TextToModel(model=MODEL, prompt=f"chest number {seed}", model_seed=seed)
        asked = asked.model_copy(update={"texture_seed": number})
        draft = Draft(number=place + 1, count=COUNT, seed=seed, requests=(asked,), home=PLACE)
        draft = replace(draft, title=f"chest {number}")
        bare = asked.model_copy(update={"texture": False, "pbr": False, "texture_seed": None})
        steps.append(Step(request=bare, title=f"chest {seed}", placement=PLACE, draft=draft))
    return steps


def keep(engine: JobEngine, chance: random.Random) -> None:
    """Keep the chosen draft of each request once it has come, with two clicks, unless it was kept
    already; and now and then import it again, which makes it another job."""
    jobs = engine.jobs()
    for job in jobs:
        chosen = job.draft is not None and job.draft.number == CHOSEN
        if not chosen or job.elsewhere or job.state is not State.DONE:
            continue
        if not any(each.keeps == job.first_try for each in jobs):
            step = replace(_step(job), keeps=job.first_try)
            for _click in range(2):
                engine.submit(ACCOUNT, (step,), key=f"{job.first_try} kept 0")
        elif chance.random() < _AGAIN:
            engine.bring(job.id, PLACE)


def is_kept(engine: JobEngine) -> bool:
    """Whether a draft of each request was kept."""
    jobs = engine.jobs()
    kept = {job.keeps for job in jobs if job.keeps}
    chosen = [job for job in jobs if job.draft is not None and job.draft.number == CHOSEN]
    return all(job.first_try in kept for job in chosen if job.state is State.DONE)


def _step(job: Job) -> Step:
    origin = Origin(
        task_id=job.result_task or "",
        kind=job.kind.value,
        model=job.request.model or "",
        request=job.request.model_dump(exclude_none=True),
    )
    requests = job.draft.requests if job.draft is not None else ()
    wanted = [each.model_dump(exclude_none=True) for each in requests]
    (texture,) = requests_to_keep(TRIPO_V3, origin, wanted, now=0.0)
    return Step(request=parse_request(texture), title=job.title, placement=PLACE)


def kept_of(ledger: Ledger, number: int) -> list[Task]:
    """Return the tasks that made the kept model of a request; those that failed are not paid."""
    tasks = (task for task in ledger.tasks if task.body.get("texture_seed") == number)
    return [task for task in tasks if task.kind == "texture_model" and not task.ending.ending]


def twice(ledger: Ledger, number: int) -> Iterator[str]:
    """Yield how often the one that was kept was paid for, if more than once."""
    count = len(kept_of(ledger, number))
    if count > 1:
        yield f"the kept one of {number}: {count} tasks"


def lost(ledger: Ledger, number: int, come: Container[str], *, maybe: bool) -> Iterator[str]:
    """Yield what is missing of the one that was kept. `come` are the tasks whose models are on
    disk; `maybe`: its row says that it may have been paid for."""
    kept = kept_of(ledger, number)
    chosen = number + CHOSEN - 1
    drafts = (task for task in ledger.tasks if task.body.get("model_seed") == chosen)
    if not (kept or maybe) and any(task.id in come for task in drafts):
        yield f"the kept one of {number} was not made"
    for task in kept:
        if task.id not in come and not maybe:
            yield f"the kept one of {number}: task {task.id} did not come"
