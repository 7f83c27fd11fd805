"""The machine's table written a second time, with an example of each event."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

from tests.jobs.bench import LOST, PLACE, SERVICE_PROBLEM, text
from tripo_addon.api.errors import Kind, Problem
from tripo_addon.api.replies import FileRef, Output, Status, Task
from tripo_addon.jobs.model.events import (
    BlendLost,
    CancelRequested,
    Converted,
    Downloaded,
    Event,
    Failed,
    FilesLost,
    ImportRequested,
    LinksExpired,
    NotConverted,
    PicturesDownloaded,
    Placed,
    Polled,
    Progressed,
    Rehearsed,
    Rerouted,
    Retry,
    SourceGone,
    Started,
    Submitted,
    Unanswered,
    Uploaded,
)
from tripo_addon.jobs.model.job import Failure, Job, State
from tripo_addon.jobs.model.machine import advance

NOW = 5000.0
LINK = "https://files.example/new.glb?Signature=secret"
REFS = (FileRef(token="file_2", format="png"),)
OTHER_PLACE = replace(PLACE, scene="Another")
BUSY = Problem(kind=Kind.BUSY)
OFFLINE = Problem(kind=Kind.OFFLINE)


def polled(status: Status, *links: str, progress: int = 50) -> Polled:
    task = Task(id="task-1", status=status, progress=progress, output=Output(models=links))
    return Polled(task.model_copy(update={"credits": 20.0}))


EVENTS: dict[str, Event] = {
    "Rehearsed": Rehearsed(),
    "Started": Started(),
    "Uploaded": Uploaded(REFS),
    "Submitted": Submitted("task-2"),
    "SourceGone": SourceGone(SERVICE_PROBLEM),
    "Rerouted": Rerouted(text(), None, "sent as a file"),
    "Unanswered": Unanswered(LOST, 4.0),
    "Polled queued": polled(Status.QUEUED, progress=0),
    "Polled running": polled(Status.RUNNING),
    "Polled success": polled(Status.SUCCESS, LINK),
    "Polled success without a link": polled(Status.SUCCESS),
    "Polled failed": polled(Status.FAILED),
    "Polled refused": polled(Status.REFUSED),
    "Polled timed out": polled(Status.TIMED_OUT),
    "Polled cancelled": polled(Status.CANCELLED),
    "Polled unknown": polled(Status.UNKNOWN),
    "Progressed": Progressed(70),
    "LinksExpired": LinksExpired(),
    "Downloaded": Downloaded(Path("/n/model.glb")),
    "PicturesDownloaded": PicturesDownloaded((Path("/n/picture-1.png"),)),
    "Converted": Converted(Path("/n/model.blend")),
    "NotConverted": NotConverted("no second Blender"),
    "Placed": Placed("Chest", "in another scene"),
    "BlendLost": BlendLost(),
    "FilesLost": FilesLost(),
    "ImportRequested": ImportRequested(OTHER_PLACE),
    "CancelRequested": CancelRequested(),
    "CancelRequested while paying": CancelRequested(paying=True),
    "Retry": Retry(SERVICE_PROBLEM, 4.0),
    "Retry, busy": Retry(BUSY, 4.0),
    "Failed": Failed(Failure.BAD_FILE, SERVICE_PROBLEM),
}
ANYWHERE = {
    "CancelRequested": State.CANCELLED,
    "CancelRequested while paying": State.CANCELLED,
}


def working(state: State) -> dict[str, State]:
    return {**ANYWHERE, "Retry": state, "Retry, busy": state, "Failed": State.FAILED}


TABLE: dict[State, dict[str, State]] = {
    State.REHEARSING: {**ANYWHERE, "Rehearsed": State.PENDING, "Failed": State.FAILED},
    State.PENDING: {**ANYWHERE, "Started": State.SUBMITTING, "Failed": State.FAILED},
    State.UPLOADING: {**working(State.UPLOADING), "Uploaded": State.SUBMITTING},
    State.SUBMITTING: {
        **working(State.SUBMITTING),
        "Submitted": State.RUNNING,
        "SourceGone": State.FAILED,
        "Rerouted": State.PENDING,
        "Unanswered": State.SUBMITTING,
        "CancelRequested while paying": State.SUBMITTING,
    },
    State.RUNNING: {
        **working(State.RUNNING),
        "Polled queued": State.RUNNING,
        "Polled running": State.RUNNING,
        "Polled success": State.DOWNLOADING,
        "Polled success without a link": State.RUNNING,
        "Polled failed": State.FAILED,
        "Polled refused": State.FAILED,
        "Polled timed out": State.FAILED,
        "Polled cancelled": State.FAILED,
        "Polled unknown": State.RUNNING,
    },
    State.DOWNLOADING: {
        **working(State.DOWNLOADING),
        "Progressed": State.DOWNLOADING,
        "LinksExpired": State.RUNNING,
        "Downloaded": State.CONVERTING,
        "PicturesDownloaded": State.DONE,
    },
    State.CONVERTING: {
        **working(State.CONVERTING),
        "Converted": State.READY,
        "NotConverted": State.READY,
        "FilesLost": State.RUNNING,
    },
    State.READY: {
        **working(State.READY),
        "Placed": State.DONE,
        "BlendLost": State.CONVERTING,
        "FilesLost": State.RUNNING,
        "ImportRequested": State.READY,
    },
    State.DONE: {},
    State.FAILED: {},
    State.CANCELLED: {},
}
PAIRS = list(itertools.product(State, EVENTS))

# Where else a pair may lead, depending on the job's fields or after too many failures in a row.
ELSE: dict[tuple[State, str], set[State]] = {
    (State.PENDING, "Started"): {State.UPLOADING},
    (State.UPLOADING, "Retry"): {State.FAILED},
    (State.SUBMITTING, "Retry"): {State.FAILED, State.CANCELLED},
    (State.SUBMITTING, "Unanswered"): {State.FAILED},
    (State.SUBMITTING, "Retry, busy"): {State.CANCELLED},
    (State.SUBMITTING, "Submitted"): {State.CANCELLED},
    (State.RUNNING, "Polled unknown"): {State.FAILED},
    (State.SUBMITTING, "CancelRequested"): {State.FAILED},
    (State.RUNNING, "Polled success"): {State.DONE},
    (State.DOWNLOADING, "LinksExpired"): {State.FAILED},
    (State.DOWNLOADING, "Downloaded"): {State.READY, State.DONE},
    (State.READY, "ImportRequested"): {State.CONVERTING},
    (State.DOWNLOADING, "Retry"): {State.RUNNING},
    (State.DOWNLOADING, "Retry, busy"): {State.RUNNING},
    (State.RUNNING, "Polled success without a link"): {State.FAILED},
    (State.CONVERTING, "FilesLost"): {State.FAILED},
    (State.READY, "FilesLost"): {State.FAILED},
}


def after(job: Job, *events: Event) -> Job:
    for event in events:
        job = advance(job, event, NOW)
    return job
