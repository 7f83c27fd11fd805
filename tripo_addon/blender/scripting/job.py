"""A script's handle on a job, looked up each time, so that it is never out of date.

Main thread only.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bpy

from ...api.catalog import SERVICES
from ...jobs.model import job as model
from ...jobs.model.description import describe, fraction_of
from ...jobs.model.job import Failure, State
from .. import settings
from ..arrival import landing_choice
from ..messages import scripting as messages
from ..requests import checks
from ..session import composition, timer
from .refused import Refused


class Job:
    """A handle on one job of the list, or on its newest retry. Two handles are equal if their jobs
    are tries of one request."""

    def __init__(self, job_id: str) -> None:
        known = composition.engine().job(job_id)
        self._id = job_id
        self._original = known.original_id or job_id if known is not None else job_id

    def __repr__(self) -> str:
        return messages.represented(self.id[:8], self.name, self.state)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Job) and self._original == other._original

    def __hash__(self) -> int:
        return hash(self._original)

    @property
    def record(self) -> model.Job:
        """The job's frozen record in the engine. Raises `Refused` if it was removed."""
        engine = composition.engine()
        job = engine.job(engine.latest(self._id))
        if job is None:
            raise Refused(messages.NOT_IN_LIST)
        return job

    @property
    def id(self) -> str:
        """The id in the job list."""
        return composition.engine().latest(self._id)

    @property
    def name(self) -> str:
        """The name of the job and of its model."""
        return self.record.title

    @property
    def kind(self) -> str:
        """The kind of task, such as "text_to_model"."""
        return self.record.kind.value

    @property
    def state(self) -> str:
        """One of: rehearsing, pending, uploading, submitting, running, downloading, converting,
        ready, done, failed, cancelled."""
        return self.record.state.value

    @property
    def finished(self) -> bool:
        """Whether it is done, failed or canceled."""
        return self.record.state.final

    @property
    def succeeded(self) -> bool:
        """Whether it is done."""
        return self.record.state is State.DONE

    @property
    def outcome_unknown(self) -> bool:
        """Whether it is unknown if the service accepted the request: `attach` or `retry`
        decides."""
        return self.record.failure is Failure.OUTCOME_UNKNOWN

    @property
    def status(self) -> str:
        """The status of its row in the panel."""
        described = describe(self.record)
        waits = composition.waiting_message(self.record)
        return " · ".join(filter(None, (described.headline, waits or described.detail)))

    @property
    def progress(self) -> float:
        """The progress from 0 to 1; 1 once it is finished."""
        known = fraction_of(self.record)
        return 1.0 if known is None else known

    @property
    def error(self) -> str:
        """What went wrong, as a sentence, or ""."""
        trouble = self.record.trouble
        return trouble.sentence if trouble is not None and self.finished else ""

    @property
    def advice(self) -> str:
        """What to do about the error, or ""."""
        trouble = self.record.trouble
        return trouble.advice if trouble is not None and self.finished else ""

    @property
    def price(self) -> float | None:
        """The price known before it was sent, in the service's credits."""
        return self.record.price

    @property
    def charged(self) -> float | None:
        """The charge that the service reports, in its credits; None if it has not reported one."""
        return self.record.credits

    @property
    def task(self) -> str | None:
        """The id of the service's task, once it has accepted one."""
        return self.record.task_id

    @property
    def request(self) -> Mapping[str, Any]:
        """The request: the settings that are set, by name."""
        return self.record.request.model_dump(mode="json", exclude_none=True)

    @property
    def files(self) -> tuple[Path, ...]:
        """The downloaded files on disk: the model first, then other files, pictures and the
        preview."""
        job = self.record
        listed = (job.model, *job.clips, *job.pictures, job.preview)
        return tuple(path for path in listed if path is not None and path.is_file())

    @property
    def root(self) -> bpy.types.Object | None:
        """The root object of its model in the open file, or None."""
        wanted = self.id
        found = (each for each in bpy.data.objects if each.tripo_addon.job_id == wanted)
        return next((each for each in found if each.users_scene), None)

    @property
    def objects(self) -> tuple[bpy.types.Object, ...]:
        """The objects of its model in the open file, the root first."""
        root = self.root
        return (root, *root.children_recursive) if root is not None else ()

    def cancel(self) -> None:
        """Stop the job. A task that the service has accepted is still charged by most services."""
        if not self.finished:
            composition.engine().cancel(self.id)
            timer.arm()

    def retry_price(self) -> float | None:
        """Return what `retry` costs in the service's credits: 0 if it continues a paid task or uses
        the files on disk; None if unknown."""
        job = self.record
        if not job.retry_needs_service or job.retry_is_free:
            return 0.0
        requests = composition.engine().retried_as(job, composition.WIRING.account)
        return composition.total([each.model_dump(exclude_none=True) for each in requests])

    def retry(self) -> Job:
        """Retry a failed or canceled job, which costs `retry_price`. This handle then refers to the
        new try. Raises `Refused`."""
        former = self.record
        sentence = checks.refuse_retry(former)
        if sentence is not None:
            raise Refused(sentence)
        again = composition.engine().retry(former.id, account=composition.WIRING.account)
        if again is None:
            raise Refused(messages.NOTHING_TO_RETRY)
        timer.arm()
        return self

    def attach(self, task_id: str) -> Job:
        """Continue, free, with the service's task of this id, for a job whose outcome is unknown.
        Raises `Refused`."""
        sentence = composition.engine().refuse_attach(self.id, task_id)
        if sentence is not None:
            raise Refused(sentence)
        composition.engine().attach(self.id, task_id)
        timer.arm()
        return self

    def bring(self) -> Job:
        """Import the finished model into the open file, free, from the files on disk; `objects` has
        it once the job is done again. Raises `Refused`."""
        job = self.record
        if not self.finished and job.state is not State.READY:
            raise Refused(messages.NO_FILES)
        place = landing_choice.default_choice(job, bpy.context)
        if composition.engine().bring(job.id, place) is None:
            raise Refused(messages.NO_FILES)
        timer.arm()
        return self

    def as_dict(self) -> dict[str, object]:
        """Return the job as JSON, as described in `docs/scripting.md`."""
        job = self.record
        service = SERVICES.get(job.service_id, settings.service())
        return {
            "id": job.id,
            "name": job.title,
            "kind": job.kind.value,
            "state": job.state.value,
            "status": self.status,
            "progress": round(self.progress, 3),
            "service": job.service_id,
            "task": job.task_id,
            "price": job.price,
            "charged": job.credits,
            "unit": service.money,
            "created": round(job.created, 3),
            "files": [str(path) for path in self.files],
            "error": self.error,
            "advice": self.advice,
            "outcome_unknown": self.outcome_unknown,
        }
