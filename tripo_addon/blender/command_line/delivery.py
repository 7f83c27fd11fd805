"""Imports the models of jobs one after the other into the command's empty scene, writes each to its
file, and clears the scene for the next.

Main thread only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ...jobs.model.job import State
from ..messages import command_line as messages
from ..objects.placement import placement
from ..scripting import job_list
from ..scripting.export import NotExported, export
from ..session import composition

if TYPE_CHECKING:
    from ...jobs.model import job as model
    from ...jobs.model.events import Event
    from ..scripting.job import Job
    from .terminal import Terminal


class Delivery:
    """Jobs and the files for their models. `errors` says by job why a file is missing."""

    def __init__(self, wanted: Mapping[Job, Path], terminal: Terminal) -> None:
        self._wanted = dict(wanted)
        self._terminal = terminal
        self.written: dict[Job, Path] = {}
        self.errors: dict[Job, str] = {}

    def follow(self, jobs: Sequence[Job]) -> None:
        """Watch the jobs to their end and write the files that are still missing."""
        job_list.follow(jobs, progress=self._progress, place=self._place)
        for job in jobs:
            if job in self._missing() and job.succeeded:
                # What an earlier session imported or downloaded is imported again, free.
                self._bring(job)
        again = [job for job in jobs if not job.finished and job in self._missing()]
        if again:
            job_list.follow(again, progress=self._progress, place=self._place)

    def _missing(self) -> Iterator[Job]:
        done = {*self.written, *self.errors}
        return (job for job in self._wanted if job not in done)

    def _progress(self, jobs: Sequence[Job]) -> None:
        self._terminal.progress(jobs)
        for job in jobs:
            record = job.record
            if record.state is State.READY and not composition.belongs_to_open_file(record):
                self._bring(job)

    def _bring(self, job: Job) -> None:
        # At the origin, not at a free place as in an artist's scene.
        if composition.engine().bring(job.id, placement(bpy.context)) is None:
            self.errors[job] = messages.NOTHING_TO_EXPORT

    def _place(self, record: model.Job) -> Event | None:
        from ...jobs.model.events import Placed
        from ..arrival import landing

        event = landing.place(record)
        if isinstance(event, Placed):
            root = bpy.data.objects[event.root]
            # Not beside the boxes of jobs that still wait: they are not in this scene.
            root.location = record.placement.location
            self._write(record.id, (root, *root.children_recursive))
        return event

    def _write(self, job_id: str, objects: tuple[bpy.types.Object, ...]) -> None:
        job = next((each for each in self._wanted if each.id == job_id), None)
        if job is not None:
            try:
                self.written[job] = export(objects, self._wanted[job])
                self._terminal.print_line(messages.wrote(self.written[job]))
            except NotExported as error:
                self.errors[job] = str(error)
        bpy.data.batch_remove(objects)
        bpy.ops.outliner.orphans_purge(do_recursive=True)
