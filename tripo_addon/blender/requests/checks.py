"""Checks a form or a retry before it is sent: why it is refused, and what it costs.

Main thread only. Unless a docstring says otherwise, no file is opened: panels ask on every redraw.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ...api.catalog.field_types import ParamType
from ...api.catalog.parameters import PARAMETERS
from ...api.http import addresses
from ...api.rules import Refusal, is_web_address, refuse
from .. import settings
from ..messages import prices
from ..messages import requests as messages
from ..objects.placement import refuse_scene
from ..one_drawing import once_a_drawing
from ..pictures import image_files
from ..session import composition

if TYPE_CHECKING:
    from ...jobs.model.job import Job
    from ..forms.task_form import TaskForm


@once_a_drawing
def not_allowed() -> str | None:
    """Why nothing can be sent at all, as a sentence, or None."""
    if composition.WIRING.fault:
        return composition.WIRING.fault
    if (sentence := settings.offline()) is not None:
        return sentence
    refusal = addresses.refuse_key(settings.service(), settings.key()) or addresses.refuse_address(
        settings.address()
    )
    return refusal.sentence if refusal is not None else None


def refusal(form: TaskForm) -> str | None:
    """Why this form cannot be sent now, as a sentence, or None. Opens no file, so `poll` may call
    it."""
    reason, refused = not_allowed() or refuse_scene(bpy.context.scene), form.reading.refused
    return reason or (refused.sentence if refused is not None else None)


def checked_values(form: TaskForm) -> Mapping[str, object] | Refusal:
    """The values to send, or why they cannot be sent. Reads the headers of image files."""
    sentence = not_allowed() or refuse_scene(bpy.context.scene)
    if sentence:
        return Refusal("service", sentence)
    refused = form.reading.refused
    if refused is not None:
        return refused
    values = form.values()
    try:
        values |= form.made_files(bpy.context)
    except image_files.NoPicture as error:
        return Refusal("image", str(error))
    except OSError as error:
        return Refusal("image", messages.image_not_saved(error.strerror or type(error).__name__))
    return refuse_pictures(values) or values


def shortage(price: float | None) -> str:
    """A warning if the last known balance is less than a price in credits, else "". It refuses
    nothing: credits may have been added since."""
    balance = composition.balance()
    if price is None or balance is None or price <= balance:
        return ""
    return prices.shortage(price, settings.service().money, balance)


def refuse_retry(job: Job) -> str | None:
    """Why this job cannot be retried now, as a sentence, or None."""
    if not job.retry_needs_service:
        return None
    if job.retry_is_free:
        return refuse_lookup(job)
    sentence = not_allowed() or _refuse_alone(job)
    if sentence is not None or job.lost_its_source:
        return sentence
    refused = refuse(settings.service(), job.kind, job.request.model_dump(exclude_none=True))
    return refused.sentence if refused is not None else None


def _refuse_alone(job: Job) -> str | None:
    """Why a retry would have nothing to work on, as a sentence, or None."""
    engine = composition.WIRING.engine
    if engine is None:
        return None
    failed = engine.failed_before(job)
    if failed is not None:
        return messages.retry_first(failed.kind.label)
    if not engine.retried_as(job, composition.WIRING.account):
        return messages.NO_FILE_LEFT
    return None


def refuse_lookup(job: Job) -> str | None:
    """Why the job's service cannot be asked about its task, as a sentence, or None."""
    if composition.WIRING.engine is not None and composition.WIRING.engine.connected(job.account):
        return settings.offline()
    return messages.other_account(job.account.partition(" ")[2])


def retry_price(job: Job) -> str:
    """What a retry from the start costs, with the steps that follow it, in words."""
    money, engine = settings.service().money, composition.WIRING.engine
    first = (job.request,)
    later: tuple[Job, ...] = ()
    if engine is not None:
        first = engine.retried_as(job, composition.WIRING.account) or first
        later = engine.retried_with(job)
    requests = (*first, *(each.request for each in later))
    credits = composition.total([each.model_dump(exclude_none=True) for each in requests])
    price = prices.price(credits, money)
    return messages.with_later_steps(price) if later else price


def picture_advice(form: TaskForm) -> str:
    """Warnings about the form's images before they are sent, or "". Refuses nothing. Reads the
    headers of image files."""
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
        # A file that cannot be read is refused later, with the reason.
        with suppress(OSError):
            if path.is_file():
                sides[path.name] = read_header(path).sides
    return messages.advice(advice(name, each, limits) for name, each in sides.items())


def _pictures(values: Mapping[str, object]) -> list[tuple[str, str]]:
    """The image fields among these values, with their paths or addresses."""
    return [
        (name, str(value))
        for name, value in values.items()
        if name in PARAMETERS and PARAMETERS[name].type is ParamType.PICTURE
    ]


def refuse_pictures(values: Mapping[str, object]) -> Refusal | None:
    """Why the images among these values cannot be sent, or None. Reads the headers of image
    files."""
    pictures = _pictures(values)
    web = [pair for pair in pictures if is_web_address(pair[1])]
    paths = [(name, Path(value)) for name, value in pictures if not is_web_address(value)]
    refusals = (
        addresses.refuse_picture_address(name, value, settings.address()) for name, value in web
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
