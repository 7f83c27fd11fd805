"""Checks what an artist asks for before it is sent: why it cannot be had now, and what it costs.

Main thread only. Refusals open no file but where they say so: they are asked on every redraw.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ...api.catalog.parameters import PARAMETERS
from ...api.catalog.records import ParamType
from ...api.http.addresses import refuse_address, refuse_key, refuse_picture_address
from ...api.rules import Refusal, is_web_address, refuse
from ...jobs.model.job import Failure, Job
from .. import settings
from ..forms.image_files import NoPicture
from ..objects.placement import refuse_scene
from ..session import composition

if TYPE_CHECKING:
    from ..forms.task_form import TaskForm


def not_allowed() -> str | None:
    """Why nothing can be sent at all, as a sentence, or None."""
    if composition.WIRING.fault:
        return composition.WIRING.fault
    if (sentence := settings.offline()) is not None:
        return sentence
    refusal = refuse_key(settings.service(), settings.key()) or refuse_address(settings.address())
    return refusal.sentence if refusal is not None else None


def refusal(form: TaskForm, values: Mapping[str, object] | None = None) -> str | None:
    """Why this form cannot be sent now, as a sentence, or None. Opens no file: fit for `poll`.
    `values` is the form's wish, for a caller who has it."""
    refused = refuse(settings.service(), form.kind, form.values() if values is None else values)
    reason = not_allowed() or refuse_scene(bpy.context.scene)
    return reason or (refused.sentence if refused is not None else None)


def checked_values(form: TaskForm) -> Mapping[str, object] | Refusal:
    """The values to send, or the reason why not. Looks at the pictures' headers on disk."""
    sentence = not_allowed() or refuse_scene(bpy.context.scene)
    if sentence:
        return Refusal("service", sentence)
    values = form.values()
    refused = refuse(settings.service(), form.kind, values)
    if refused is not None:
        return refused
    try:
        values |= form.made_files(settings.downloads() / "sent")
    except NoPicture as error:
        return Refusal("image", str(error))
    except OSError as error:
        return Refusal("image", f"The image cannot be written to disk: {error.strerror}")
    return refuse_pictures(values) or values


def shortage(price: float | None) -> str:
    """What is to be said where the account is known to have less than a price, in credits. Nothing
    is refused for it: the balance may have been topped up since."""
    known = composition.balance()
    if price is None or known is None or price <= known:
        return ""
    costs = f"This costs {price:g} {settings.service().money}"
    return f"{costs}, and you have {known:,.0f}: top up in the service's console"


def refuse_retry(job: Job) -> str | None:
    """Why a new try of this job cannot be made now, as a sentence, or None."""
    if not job.retry_needs_service:
        return None
    if job.retry_is_free:
        return refuse_asking(job)
    sentence = not_allowed() or _refuse_alone(job)
    if sentence is not None or job.lost_its_source:
        return sentence
    refused = refuse(settings.service(), job.kind, job.request.model_dump(exclude_none=True))
    return refused.sentence if refused is not None else None


def _refuse_alone(job: Job) -> str | None:
    """Why there is nothing for a new try to work on, as a sentence, or None."""
    engine = composition.WIRING.engine
    if engine is None:
        return None
    failed = engine.failed_before(job)
    if failed is not None:
        return f"Retry {failed.kind.label} first: this step follows by itself"
    if not engine.retried_as(job, composition.WIRING.account):
        return "There is no file of this shape to send: select the object and ask again"
    return None


def refuse_asking(job: Job) -> str | None:
    """Why the service that knows this job's task cannot be asked about it, as a sentence, or
    None."""
    if composition.WIRING.engine is not None and composition.WIRING.engine.connected(job.account):
        return settings.offline()
    where = job.account.partition(" ")[2]
    return f"This task belongs to {where}: give the key for it in the preferences first"


def retry_price(job: Job) -> str:
    """What a new try from the start costs, with the steps that it takes along, in words."""
    money, engine = settings.service().money, composition.WIRING.engine
    asked, later = (job.request,), tuple[Job, ...]()
    if engine is not None:
        asked = engine.retried_as(job, composition.WIRING.account) or asked
        later = engine.retried_with(job)
    requests = (*asked, *(each.request for each in later))
    credits = composition.total([each.model_dump(exclude_none=True) for each in requests])
    words = money if credits is None else f"{credits:g} {money}"
    return f"{words}, with the steps after it" if later else words


def asks_for_more(job: Job) -> bool:
    """Whether a new try costs more than was shown for the job, and can be made: what the service
    has forgotten is made once more. The row shows that price on a button."""
    forgotten = job.lost_its_source or job.failure is Failure.LAPSED
    return forgotten and refuse_retry(job) is None


def picture_advice(form: TaskForm) -> str:
    """What is to be said of the form's pictures before they are sent, though nothing is refused for
    it, or "". Looks at their headers on disk."""
    limits = settings.service().pictures
    if not limits.files:
        return ""
    from ..session.dependencies import dependency_report

    if dependency_report() is not None:
        return ""
    from ...api.pictures import advice, read_header

    sides = dict(form.held_pictures)
    for _name, text in _pictures(form.values()):
        path = Path(text)
        # What is wrong with a file is the refusals' to say.
        with suppress(OSError):
            if path.is_file():
                sides[path.name] = read_header(path).sides
    said = (advice(name, each, limits) for name, each in sides.items())
    return ". ".join(filter(None, said))


def _pictures(values: Mapping[str, object]) -> list[tuple[str, str]]:
    """The picture fields among these values, and what they hold."""
    return [
        (name, str(value))
        for name, value in values.items()
        if name in PARAMETERS and PARAMETERS[name].type is ParamType.PICTURE
    ]


def refuse_pictures(values: Mapping[str, object]) -> Refusal | None:
    """Why the pictures among these values cannot be sent, or None. Looks at their headers on
    disk."""
    given = _pictures(values)
    addresses = [pair for pair in given if is_web_address(pair[1])]
    paths = [(name, Path(value)) for name, value in given if not is_web_address(value)]
    refusals = (
        refuse_picture_address(name, value, settings.address()) for name, value in addresses
    )
    refused = next((each for each in refusals if each is not None), None)
    if refused is not None or not paths:
        return refused
    from ..session.dependencies import dependency_report

    report = dependency_report()
    if report is not None:
        return Refusal("service", report)
    from ...api.pictures import refuse_picture

    refusals = (refuse_picture(name, path, settings.service().pictures) for name, path in paths)
    return next((each for each in refusals if each is not None), None)
