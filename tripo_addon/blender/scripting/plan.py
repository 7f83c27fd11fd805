"""What would be sent, to whom and at what price: written by the code that sends it, but not sent.

Main thread only.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from ...api.record import record, replace
from ...jobs.model import routes
from .. import settings
from ..requests import checks
from ..requests.steps import PREVIOUS_STEP
from ..session import composition
from ..session.dependencies import dependency_report
from . import account
from .generation import ModelRequest, Views, WantedStyle, model_request
from .object_work import Objects, WorkPlan, work_plan
from .refused import NotReady, Refused

_MODEL: Final = "model.glb"


@record(kw_only=True)
class Plan:
    """A request that was not sent. `price` is in `unit`, None if only the service knows it; `body`
    is the request's content, byte for byte; `uploads` are the files that are uploaded first, whose
    tokens appear in the body as `<NAME>`. `added` is what a style added to the request, and
    `left_out` what of it is not sent, as texts."""

    name: str
    kind: str
    service: str
    method: str
    url: str
    body: bytes
    uploads: tuple[Path, ...]
    price: float | None
    unit: str
    settings: Mapping[str, Any]
    added: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Return the plan as JSON; `body` is its text."""
        return {
            "name": self.name,
            "kind": self.kind,
            "service": self.service,
            "method": self.method,
            "url": self.url,
            "body": self.body.decode("utf-8", "replace"),
            "uploads": [str(path) for path in self.uploads],
            "price": self.price,
            "unit": self.unit,
            "settings": dict(self.settings),
            "added": list(self.added),
            "left_out": list(self.left_out),
        }


def plan(
    *,
    text: str | None = None,
    image: str | Path | None = None,
    views: Views | None = None,
    name: str = "",
    style: WantedStyle | None = None,
    **given: object,
) -> Plan:
    """Return what `generate` would send with these arguments. Needs neither network nor key. Raises
    `Refused`."""
    return plan_of(
        model_request(text=text, image=image, views=views, name=name, style=style, **given)
    )


def plan_work(name: str, objects: Objects, **options: object) -> tuple[Plan, ...]:
    """Return what `work` would send with these arguments, step by step. Raises `Refused`."""
    return plans_of_work(work_plan(name, objects, **cast("dict[str, Any]", options)))


def plan_of(request: ModelRequest) -> Plan:
    """Return the plan of a checked generation. Reads its files; sends nothing. Raises `Refused`."""
    planned = _plan(request.values, request.name)
    return replace(planned, added=request.added, left_out=request.left_out)


def plans_of_work(planned: WorkPlan) -> tuple[Plan, ...]:
    """Return the plans of a work's steps. The shape is captured only when it is sent, so
    `<model.glb>` represents it; `previous-step` represents the task of the step before."""
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder, _MODEL)
        model.write_text(f"<{_MODEL}>", encoding="ascii")
        works = [each.values for each in planned.made.requests]
        steps = routes.requests(planned.made.way, works, str(model))
        later = [{"source_task": PREVIOUS_STEP, **step} for step in steps[1:]]
        plans = [_plan(each, planned.name) for each in (steps[0], *later)]
    last = replace(plans[-1], added=planned.added, left_out=planned.left_out)
    return (*plans[:-1], last)


def _plan(values: Mapping[str, object], name: str) -> Plan:
    report = dependency_report()
    if report is not None:
        raise NotReady(report)
    from ...api.errors import Rejected
    from ...api.services.written import written_request
    from ...api.tasks import kind_of, parse_request

    refused = checks.refuse_pictures(values)
    if refused is not None:
        raise Refused(refused.sentence, refused.field)
    service, request = settings.service(), parse_request(values)
    try:
        written = written_request(request, composition.connector(service), settings.address())
    except Rejected as error:
        raise Refused(error.trouble.sentence) from None
    kind = kind_of(request)
    return Plan(
        name=name,
        kind=kind.value,
        service=service.label,
        method=written.method,
        url=written.url,
        body=written.body,
        uploads=tuple(file for file in request.files if isinstance(file, Path)),
        price=account.price_of(kind, values, ask=False),
        unit=service.money,
        settings=request.model_dump(mode="json", exclude_none=True),
    )
