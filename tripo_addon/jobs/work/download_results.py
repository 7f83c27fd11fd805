"""Downloads what a task made into the job's folder.

Blocks: for workers. Raises what `http.downloads.download` does, and UnusableFile.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...api.catalog.field_types import VIEWS
from ...api.catalog.task_kinds import MAKES_VIEWS, Makes
from ...api.errors import Kind, Rejected, ServiceFault
from ...api.file_names import file_stem, folder_trouble
from ...api.http.downloads import Bounds, download
from ...api.messages import folders
from ...api.pictures import mime_type
from ...api.tasks import kind_of
from ..messages import steps as messages
from ..model.events import Downloaded, Event, PicturesDownloaded, Progressed
from ..model_files.model_format import recognize
from ..model_files.unusable_file import UnusableFile
from .save_copy import saved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..model.job import Job
    from .tools import Tools

_log = logging.getLogger(__name__)


def download_results(job: Job, tools: Tools) -> Event:
    """Download what the task made. File names follow the first bytes, never the link."""
    if kind_of(job.request).makes is Makes.PICTURES:
        pairs = zip(job.links, _picture_names(job), strict=True)
        pictures = tuple(_picture(link, name, tools) for link, name in pairs)
        return _saved_pictures(job, pictures)
    names = (f"clip-{number}" for number in range(1, len(job.clip_links) + 1))
    pairs = zip(job.clip_links, names, strict=True)
    clips = tuple(_model(link, name, tools) for link, name in pairs)
    fetched = Downloaded(_best_model(job, tools), clips, _preview(job, tools))
    return _saved(job, fetched) if job.placement.save_to else fetched


def _saved(job: Job, fetched: Downloaded) -> Downloaded:
    """Move the files to the chosen folder. If that fails, they stay where they are, and the row
    says so; they are not downloaded again."""
    folder = Path(job.placement.save_to)
    try:
        model = saved(fetched.model, folder, job.title)
        clips = tuple(saved(clip, folder, job.title) for clip in fetched.clips)
    except OSError as error:
        why = folder_trouble(error, folders.CHOSEN).sentence
        _log.warning("Job %s: %s", job.id, why)
        return replace(fetched, note=messages.files_stay(why, fetched.model.parent))
    return replace(fetched, model=model, clips=clips)


def _saved_pictures(job: Job, pictures: tuple[Path, ...]) -> PicturesDownloaded:
    """Copy the images to the chosen folder, if there is one. What was made is kept either way."""
    if not job.placement.save_to:
        return PicturesDownloaded(pictures)
    folder = Path(job.placement.save_to)
    try:
        return PicturesDownloaded(tuple(saved(each, folder, each.stem) for each in pictures))
    except OSError as error:
        why = folder_trouble(error, folders.CHOSEN).sentence
        _log.warning("Job %s: %s", job.id, why)
        return PicturesDownloaded(pictures, messages.files_stay(why, pictures[0].parent))


def _preview(job: Job, tools: Tools) -> Path | None:
    """Download the service's preview for the Asset Browser. Optional, so it is tried once."""
    if not (job.placement.finish.asset and job.preview_link):
        return None
    try:
        return _picture(job.preview_link, "preview", tools)
    except (ServiceFault, UnusableFile) as error:
        _log.info("There is no preview: %s", error)
        return None


def _best_model(job: Job, tools: Tools) -> Path:
    """Download the model from the best link. After a fresh link was refused, use the next one; a
    link that is not opened is skipped at once."""
    best = max(0, job.expired - 1) % len(job.links)
    *others, last = (*job.links[best:], *job.links[:best])
    for link in others:
        try:
            return _model(link, "model", tools)
        except Rejected as refused:
            if refused.trouble.kind is not Kind.LINK:
                raise
    return _model(last, "model", tools)


def _picture_names(job: Job) -> Sequence[str]:
    """The names of a job's images without their endings: an artist sees them in the slots."""
    stem, count = file_stem(job.title, "image"), len(job.links)
    if count == 1:
        return [stem]
    if count == len(VIEWS) and kind_of(job.request) in MAKES_VIEWS:
        return [f"{stem} {view}" for view in VIEWS]
    return [f"{stem} {number}" for number in range(1, count + 1)]


def _picture(link: str, name: str, tools: Tools) -> Path:
    """Download an image and name it after its content."""
    raw = _fetched(link, name, tools)
    kind = mime_type(raw)
    if kind is None:
        raw.replace(raw.with_name(f"{name}.unusable"))
        raise UnusableFile(messages.NOT_AN_IMAGE)
    return raw.replace(raw.with_name(f"{name}.{kind[1]}"))


def _model(link: str, name: str, tools: Tools) -> Path:
    """Download a model and name it after its content."""
    raw = _fetched(link, name, tools)
    try:
        model = raw.with_name(f"{name}.{recognize(raw).value}")
    except UnusableFile:
        raw.replace(raw.with_name(f"{name}.unusable"))
        raise
    return raw.replace(model)


def _fetched(link: str, name: str, tools: Tools) -> Path:
    """Download a file of any kind."""
    raw = tools.folder / f"{name}.download"
    shown = -1

    def progress(done: int, total: int | None) -> None:
        nonlocal shown
        reached = done * 100 // total if total else done // 10**6
        if reached > shown:
            shown = reached
            note = messages.size_so_far(reached)
            tools.report(Progressed(reached) if total else Progressed(0, note))

    local = tools.dialect is not None and tools.dialect.is_local
    bounds = Bounds(local=local, spare=tools.room.spare)
    download(link, raw, stop=tools.stop, progress=progress, bounds=bounds)
    return raw
