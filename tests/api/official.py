"""Runs the official SDK 1.0.0 and our own dialect side by side against one stand-in."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import tripo3d

from tests.standin.ledger import Recorded
from tests.standin.messages import items, mapping
from tests.standin.service import DEFAULT_KEY, StandIn
from tripo_addon.api.dialect import Dialect
from tripo_addon.api.tasks import parse_request

Call = Callable[[tripo3d.TripoClient], Awaitable[Any]]


def sdk(service: StandIn, call: Call) -> Any:
    """Call the SDK against the stand-in."""

    async def connected() -> Any:
        async with tripo3d.TripoClient(DEFAULT_KEY, v3_base_url=service.base_url) as client:
            return await call(client)

    return asyncio.run(connected())


def requests_during(service: StandIn, act: Callable[[], object]) -> tuple[Recorded, ...]:
    """Return the requests that the stand-in receives while `act` runs."""
    before = len(service.ledger.requests)
    act()
    return service.ledger.requests[before:]


def plain(service: StandIn, request: Recorded, pictures: Mapping[str, Path]) -> dict[str, object]:
    """Return a request without what differs from call to call: tokens become the names of pictures,
    and uploads lose their file name, which has its own test."""
    names = {path.read_bytes(): f"<{name}>" for name, path in pictures.items()}
    tokens = {each.token: names[each.content] for each in service.ledger.uploads}
    return {
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "media type": request.headers.get("content-type", "").partition(";")[0],
        "key": request.headers["authorization"],
        "accept": request.headers["accept"],
        "body": _named(request.body, tokens, upload=request.path == "/v3/files"),
    }


def _named(value: object, tokens: dict[str, str], *, upload: bool = False) -> object:
    fields, listed = mapping(value), items(value)
    if fields is not None:
        kept = {key: each for key, each in fields.items() if not (upload and key == "name")}
        return {key: _named(each, tokens, upload=upload) for key, each in kept.items()}
    if listed is not None:
        return [_named(each, tokens) for each in listed]
    return tokens.get(value, value) if isinstance(value, str) else value


def we_make(ours: Dialect, values: dict[str, object]) -> str:
    """Upload what the request names, then submit it, with our own dialect."""
    request = parse_request(values)
    files = tuple(ours.upload(path) for path in request.files if isinstance(path, Path))
    return ours.submit(request, files)
