"""The text of Copy Diagnostics: versions, service, last errors and the end of the log.

Main thread only. It contains no keys, and no prompts, titles or file names unless asked for.
It contacts no service and imports no package.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

import bpy

from ...api.catalog import SERVICES
from ...api.catalog.service_types import Service
from ...jobs.model.description import describe
from ...jobs.model.job import Job, folder_name
from .. import settings
from ..registration import ADDON_ID
from . import composition, connection
from .dependencies import PACKAGES
from .package_origin import origin_of, own_manifest

_ERRORS: Final = 10
_LINES: Final = 80
_JOB_FOLDER: Final = re.compile(r"(?<=[/\\])[^\s/\\:'\"]+-([0-9a-f]{8})(?=[/\\'\"\s]|$)")


def report(*, with_prompts: bool = False) -> str:
    """Return the whole report, one fact per line."""
    from .log import cleaned

    sections = (
        ("Add-on", _addon()),
        ("Blender", _blender()),
        ("Packages", _packages()),
        ("Service", _service()),
        ("Jobs", _jobs()),
        ("Last errors", _errors(with_prompts=with_prompts)),
        ("End of the log", _log()),
    )
    lines = [line for title, facts in sections for line in (f"== {title}", *facts, "")]
    text = cleaned("\n".join(lines), settings.keys())
    return text if with_prompts else _without_titles(text)


def report_of(jobs: Sequence[Job]) -> str:
    """Return the facts about these jobs, one per line, without prompts and titles."""
    from .log import cleaned

    numbers = {job.id[:8] for job in jobs}
    sections = (
        ("Add-on", _addon()),
        ("Blender", _blender()),
        ("Job", (" ".join(_error(job)) for job in jobs)),
        ("Log", (line for line in _log() if any(number in line for number in numbers))),
    )
    lines = [line for title, facts in sections for line in (f"== {title}", *facts, "")]
    return _without_titles(cleaned("\n".join(lines), settings.keys()))


def addon_version() -> str:
    """Return the version in the manifest."""
    return str(own_manifest().get("version", "unknown"))


def _addon() -> Iterator[str]:
    yield f"{ADDON_ID} {addon_version()}"
    if composition.WIRING.fault:
        yield f"Not working: {composition.WIRING.fault}"


def _blender() -> Iterator[str]:
    app = bpy.app
    built = b" ".join((app.build_hash, app.build_platform)).decode("ascii", "replace")
    yield f"Blender {app.version_string} ({built}){', in background' if app.background else ''}"
    yield f"{platform.platform()}, {platform.machine()}, {os.cpu_count()} processors"
    yield f"Python {sys.version.split()[0]}"
    yield f"Online access: {'on' if settings.online() else 'off'}{_forced()}"


def _forced() -> str:
    return ", by the command line" if bpy.app.online_access_override else ""


def _packages() -> Iterator[str]:
    for module, distribution in PACKAGES.items():
        found = origin_of(module, distribution)
        where = f"from {found.place}" if module in sys.modules else "not loaded"
        differs = f", {found.version} in memory" if found.is_replaced else ""
        whose = f", installed by {found.bringer}" if found.bringer else ""
        version = found.on_disk or "of unknown version"
        yield f"{distribution} {version}{differs}{whose}, {where}"


def _service() -> Iterator[str]:
    chosen = settings.service()
    for row in SERVICES.values():
        if row is chosen or settings.key(row):
            mark = " (chosen)" if row is chosen else ""
            yield f"{row.label}{mark}: {settings.address(row)}, key {_where_key_is(row)}"
    chosen = settings.network()
    extra = ", with a file of certificates" if chosen.certificates else ""
    yield f"Proxy: {chosen.route.value.lower()}{extra}"
    sentence = connection.known().sentence
    if sentence:
        yield sentence


def _where_key_is(row: Service) -> str:
    if os.environ.get(row.key_variable):
        return f"from {row.key_variable}"
    return "from the preferences" if settings.key(row) else "missing"


def _jobs() -> Iterator[str]:
    counted = Counter(job.state.value for job in composition.jobs())
    yield ", ".join(f"{state} {count}" for state, count in counted.items()) or "none"


def _errors(*, with_prompts: bool) -> Iterator[str]:
    troubled = [job for job in composition.jobs() if job.trouble is not None]
    for job in sorted(troubled, key=lambda job: job.updated, reverse=True)[:_ERRORS]:
        yield " ".join(_error(job))
        if with_prompts and job.trouble is not None:
            yield f"    {job.title}: {describe(job).headline}; {job.trouble.message}"
            yield f"    {getattr(job.request, 'prompt', '')}"


def _error(job: Job) -> Iterator[str]:
    trouble = job.trouble
    yield f"{_moment(job.updated)} job {job.id[:8]} ({job.request.kind}, {job.account})"
    yield f"{job.state.value}{f', {job.failure.value}' if job.failure else ''}:"
    if trouble is not None:
        yield f"kind {trouble.kind.value}, code {trouble.code}, trace {trouble.trace_id or 'none'},"
    yield f"task {job.task_id or 'none'}, created {_moment(job.created)}"


def _moment(wall: float) -> str:
    """A time in the log's format, in UTC."""
    return datetime.fromtimestamp(wall, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _log() -> tuple[str, ...]:
    log = composition.WIRING.log
    return log.tail(_LINES) if log is not None else ()


def _without_titles(text: str) -> str:
    """Replace the titles of jobs, which are taken from prompts and file names, and the folders that
    are named after them."""
    for job in sorted(composition.jobs(), key=lambda job: len(job.title), reverse=True):
        known = f"job {job.id[:8]}"
        text = text.replace(folder_name(job), known)
        if job.title:
            text = re.sub(rf"(?<!\w){re.escape(job.title)}(?!\w)", known, text)
    return _JOB_FOLDER.sub(r"job-\1", text)
