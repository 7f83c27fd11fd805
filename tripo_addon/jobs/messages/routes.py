"""How a service gets a shape: by its own task, or as a file, and what that costs."""

from __future__ import annotations

from typing import Final

from ...api.messages.prices import price

OWN_MESH: Final = "Your own mesh"
EDITED: Final = "Edited since it was generated"
FROM_SCENE: Final = "Taken from the scene"


def known(service: str, until: str) -> str:
    """The service has the shape already; `until` is the day when it forgets it, or ""."""
    has = f"keeps this model until {until}" if until else "already has this model"
    return f"{service} {has}; nothing to upload"


def imported_first(why: str, service: str, cost: str) -> str:
    """The shape is made a task of the service before it is worked on."""
    return f"{why}: it is uploaded to {service} as a file ({cost})"


def sent_along(why: str, service: str) -> str:
    """The shape goes with the request itself."""
    return f"{why}: it is uploaded to {service} with the request"


def only_own_models(service: str) -> str:
    """The service works on nothing else."""
    return f"{service} works only on models that it generated"


def task_unknown(service: str) -> str:
    """The service said that it does not know the task."""
    return f"{service} no longer knows this object's task"


def task_too_old(service: str, period: str) -> str:
    """The service keeps no task for so long."""
    return f"{service} keeps a task for {period}, and this one is older"


def follows(why: str, rule: str) -> str:
    """Why the task is gone, and what the service works on."""
    return f"{why}. {rule}"


def generate_again(why: str) -> str:
    """The shape cannot be sent as a file."""
    return f"{why}: generate the model again"


def by_file(why: str, cost: str, again: str) -> str:
    """The shape is sent as a file in place of its task. `cost` of importing it, "" where it is not
    imported; `again` says what is made again first, or ""."""
    imported = f" ({cost})" if cost else ""
    return f"{why}: the object is uploaded as a file{imported}{again}"


def made_again(kind: str, credits: int | None, unit: str) -> str:
    """A step that the work follows is done again first. Goes on from a sentence."""
    return f". {kind} is done again first ({price(credits, unit)})"


def cost(credits: int | None, unit: str) -> str:
    """What importing a file costs."""
    return "free" if credits == 0 else price(credits, unit)
