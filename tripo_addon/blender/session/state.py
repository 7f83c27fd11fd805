"""The add-on's mutable state while it is enabled; Blender does not save it.

Main thread only.
"""

from __future__ import annotations

import os
from dataclasses import field
from typing import TYPE_CHECKING, Final, Protocol

from ...api.record import mutable_record, record
from . import open_file

if TYPE_CHECKING:
    from ...api.catalog.task_kinds import TaskKind
    from ...api.http.network import Network
    from ...api.rules import Refusal
    from ...jobs.engine.engine import JobEngine
    from ...jobs.engine.workers import Pending, ThreadWorkers
    from ...jobs.model.job import Job
    from ...jobs.storage.claims import Claim
    from ...jobs.storage.store import Store
    from .log import SessionLog


def new_token() -> str:
    """Return a unique id. Does not use the module uuid, which is slow to import."""
    return os.urandom(16).hex()


@record
class Prepared:
    """The store, opened in a worker, and the jobs that it held."""

    store: Store
    claim: Claim
    finished: tuple[Job, ...]


class Arriving(Protocol):
    """The model that is being appended to the file."""

    def belongs_to(self, job: Job) -> bool:
        """Whether the model is the job's."""
        ...

    def spoil(self) -> None:
        """Start over: an undo or redo may have removed a part of it."""
        ...

    def abandon(self) -> None:
        """Remove what was appended so far."""
        ...


@record
class SelectedArrival:
    """The selection that the last import made (`now`), and those that it and the imports just
    before it replaced (`before`): names, the active object first."""

    before: frozenset[tuple[str, ...]]
    now: tuple[str, ...]


@record
class Sent:
    """A request that a form has sent: when (`time.monotonic`), and the first of its jobs."""

    form: str
    when: float
    job_id: str


@record
class ConnectedAs:
    """The settings that a service's dialect was created with."""

    address: str
    key: str = field(repr=False)
    network: Network


@mutable_record
class Wiring:
    """The state; `composition.stop` resets it."""

    engine: JobEngine | None = None
    store: Store | None = None
    workers: ThreadWorkers | None = None
    pending: Pending[Prepared | str] | None = None
    account: str = ""
    connected_as: dict[str, ConnectedAs] = field(default_factory=dict, repr=False)
    # Path of the certificate file, and the check's result: why it cannot be used, or "".
    certificates: tuple[str, Pending[str]] | None = None
    fault: str = ""
    # A connection test was requested before the engine existed.
    test_wanted: bool = False
    # Why the pasted text is not a key.
    key_refused: str = ""
    document: str = field(default_factory=new_token)
    refusals: dict[str, Refusal] = field(default_factory=dict)
    notes: dict[TaskKind, tuple[str, ...]] = field(default_factory=dict)
    correcting: bool = False
    announced: set[str] = field(default_factory=set)
    # Jobs whose model waited because the user was in another mode or using a tool.
    waited: set[str] = field(default_factory=set)
    pinned: open_file.Destinations = field(default_factory=open_file.Destinations)
    waiting_for: str = ""
    arriving: Arriving | None = None
    selected_arrival: SelectedArrival | None = None
    sent: dict[str, Sent] = field(default_factory=dict[str, Sent], repr=False)
    log: SessionLog | None = None


WIRING: Final = Wiring()
