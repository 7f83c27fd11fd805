"""The states that each event may lead to.

`machine.advance` decides which of them it is, and raises `IllegalTransition` for any other.

REHEARSING  → PENDING (Rehearsed); FAILED (Failed); CANCELLED (CancelRequested)
PENDING     → UPLOADING (Started); SUBMITTING (Started); FAILED (Failed); CANCELLED
              (CancelRequested)
UPLOADING   → UPLOADING (Retry); SUBMITTING (Uploaded); FAILED (Failed, Retry); CANCELLED
              (CancelRequested)
SUBMITTING  → PENDING (Rerouted); SUBMITTING (CancelRequested, Retry, Unanswered); RUNNING
              (Submitted); FAILED (CancelRequested, Failed, Retry, SourceGone, Unanswered);
              CANCELLED (CancelRequested, Retry, Submitted)
RUNNING     → RUNNING (Polled, Retry); DOWNLOADING (Polled); DONE (Polled); FAILED (Failed,
              Polled); CANCELLED (CancelRequested)
DOWNLOADING → RUNNING (LinksExpired, Retry); DOWNLOADING (Progressed, Retry); CONVERTING
              (Downloaded); READY (Downloaded); DONE (Downloaded, PicturesDownloaded); FAILED
              (Failed, LinksExpired); CANCELLED (CancelRequested)
CONVERTING  → RUNNING (FilesLost); CONVERTING (Retry); READY (Converted, NotConverted); FAILED
              (Failed, FilesLost); CANCELLED (CancelRequested)
READY       → RUNNING (FilesLost); CONVERTING (BlendLost, ImportRequested); READY
              (ImportRequested, Retry); DONE (Placed); FAILED (Failed, FilesLost); CANCELLED
              (CancelRequested)
DONE        → nothing
FAILED      → nothing
CANCELLED   → nothing
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Final

from .events import (
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
from .job import State

_BEFORE_WORK: Final = (State.REHEARSING, State.PENDING)
WORKING: Final = (
    State.UPLOADING,
    State.SUBMITTING,
    State.RUNNING,
    State.DOWNLOADING,
    State.CONVERTING,
    State.READY,
)
"""States in which a step may be tried again."""

NEXT: Final[Mapping[tuple[State, type[Event]], frozenset[State]]] = {
    (State.REHEARSING, Rehearsed): frozenset({State.PENDING}),
    # Without files there is nothing to upload.
    (State.PENDING, Started): frozenset({State.UPLOADING, State.SUBMITTING}),
    (State.UPLOADING, Uploaded): frozenset({State.SUBMITTING}),
    # CANCELLED: the artist cancelled while the paid request was out.
    (State.SUBMITTING, Submitted): frozenset({State.RUNNING, State.CANCELLED}),
    (State.SUBMITTING, SourceGone): frozenset({State.FAILED}),
    (State.SUBMITTING, Rerouted): frozenset({State.PENDING}),
    (State.SUBMITTING, Unanswered): frozenset({State.SUBMITTING, State.FAILED}),
    # DONE: a check or an import makes no model to download.
    (State.RUNNING, Polled): frozenset(
        {State.RUNNING, State.DOWNLOADING, State.DONE, State.FAILED}
    ),
    (State.DOWNLOADING, Progressed): frozenset({State.DOWNLOADING}),
    (State.DOWNLOADING, LinksExpired): frozenset({State.RUNNING, State.FAILED}),
    # READY: its target is not captured yet. DONE: it is only saved.
    (State.DOWNLOADING, Downloaded): frozenset({State.CONVERTING, State.READY, State.DONE}),
    (State.DOWNLOADING, PicturesDownloaded): frozenset({State.DONE}),
    (State.CONVERTING, Converted): frozenset({State.READY}),
    (State.CONVERTING, NotConverted): frozenset({State.READY}),
    (State.CONVERTING, FilesLost): frozenset({State.RUNNING, State.FAILED}),
    (State.READY, FilesLost): frozenset({State.RUNNING, State.FAILED}),
    (State.READY, BlendLost): frozenset({State.CONVERTING}),
    (State.READY, ImportRequested): frozenset({State.READY, State.CONVERTING}),
    (State.READY, Placed): frozenset({State.DONE}),
    **{(state, Failed): frozenset({State.FAILED}) for state in (*_BEFORE_WORK, *WORKING)},
    **{
        (state, CancelRequested): frozenset({State.CANCELLED})
        for state in (*_BEFORE_WORK, *WORKING)
    },
    # The answer to a paid request that has left must still be received. FAILED: it was lost, and
    # whoever cancels does not wait for the repeat.
    (State.SUBMITTING, CancelRequested): frozenset(
        {State.SUBMITTING, State.CANCELLED, State.FAILED}
    ),
    **{(state, Retry): frozenset({state}) for state in WORKING},
    # Before payment, too many tries end the job. After a failing file server, the service is asked
    # for a new link, which may have another host.
    (State.UPLOADING, Retry): frozenset({State.UPLOADING, State.FAILED}),
    (State.SUBMITTING, Retry): frozenset({State.SUBMITTING, State.FAILED, State.CANCELLED}),
    (State.DOWNLOADING, Retry): frozenset({State.DOWNLOADING, State.RUNNING}),
}


_WIDTH: Final = 96


def drawing() -> str:
    """Return the table as text: a line for each state, with the states that it leads to and by
    which events."""
    lines: list[str] = []
    for state in State:
        ways: dict[State, list[str]] = {}
        for (source, event), targets in NEXT.items():
            for target in targets if source is state else ():
                ways.setdefault(target, []).append(event.__name__)
        shown = (f"{to.name} ({', '.join(sorted(ways[to]))})" for to in State if to in ways)
        line = f"{state.name:<11} → {'; '.join(shown) or 'nothing'}"
        lines += textwrap.wrap(line, _WIDTH, subsequent_indent=" " * len("DOWNLOADING → "))
    return "\n".join(lines)
