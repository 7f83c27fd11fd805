"""HTTP as values: requests, responses, and the parsing of bodies.

No sockets here, and no service's rules.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

Role = Literal["api", "artifacts"]
NOTE_HEADER = ("X-Stand-In", "no AI")


class Malformed(Exception):
    """A body that does not match its Content-Type."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request. Header names are in lower case; `role` says on which port it came."""

    role: Role
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes = field(repr=False)

    @property
    def media_type(self) -> str:
        """The Content-Type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True)
class Stream:
    """A body too large for memory: `read(start, stop)` yields the bytes in between."""

    size: int
    read: Callable[[int, int], Iterator[bytes]]


@dataclass(frozen=True, kw_only=True)
class Response:
    """One answer. A stream is sent in full, so a range of a file is a stream of that range."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes | Stream = b""

    @property
    def size(self) -> int:
        """The Content-Length."""
        return self.body.size if isinstance(self.body, Stream) else len(self.body)


@dataclass(frozen=True)
class FilePart:
    """A file of a multipart form; `label` is its field's name."""

    label: str
    name: str
    media_type: str
    content: bytes = field(repr=False)


def json_response(
    value: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an answer in JSON."""
    return Response(
        status=status,
        headers={"Content-Type": "application/json; charset=utf-8", **(headers or {})},
        # Half a surrogate pair is sent back as the escape it came as.
        body=json.dumps(value, ensure_ascii=False).encode(errors="backslashreplace"),
    )


def json_object(content: bytes) -> dict[str, object]:
    """Return the JSON object in a body. Raises Malformed for anything else."""
    try:
        value = json.loads(content)
    except ValueError as error:
        raise Malformed(str(error)) from error
    found = mapping(value)
    if found is None:
        raise Malformed("the body is not an object")
    return found


def mapping(value: object) -> dict[str, object] | None:
    """Return the value if it is a JSON object. Only this and `items` give JSON values types."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def items(value: object) -> list[object] | None:
    """Return the value if it is a JSON list."""
    return cast("list[object]", value) if isinstance(value, list) else None


def file_parts(request: Request) -> tuple[FilePart, ...]:
    """Return the parts of a multipart form that have a file name. Raises Malformed."""
    return tuple(
        FilePart(names.get("name", ""), names["filename"], media_type, content)
        for names, media_type, content in _parts(request)
        if "filename" in names
    )


def form_texts(request: Request) -> dict[str, str]:
    """Return the other parts of a multipart form, as texts by label. Raises Malformed."""
    return {
        names.get("name", ""): content.decode("utf-8", "replace")
        for names, _, content in _parts(request)
        if "filename" not in names
    }


def _parts(request: Request) -> Iterator[tuple[dict[str, str], str, bytes]]:
    """Yield names (`name`, `filename`), media type and content of each part. Raises Malformed."""
    found = re.search(r'boundary="?([^";]+)"?', request.headers.get("content-type", ""))
    if request.media_type != "multipart/form-data" or found is None:
        raise Malformed("not a multipart form")
    pieces = request.content.split(b"--" + found[1].encode())
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise Malformed("the form has no end")
    return map(_part, pieces[1:-1])


def _part(piece: bytes) -> tuple[dict[str, str], str, bytes]:
    head, gap, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    if not gap:
        raise Malformed("a part has no end of its headers")
    lines = head.decode("utf-8", "replace").split("\r\n")
    headers = {name.strip().lower(): text.strip() for name, _, text in _split(lines)}
    disposition = headers.get("content-disposition", "")
    names = dict(re.findall(r'\b(name|filename)="((?:[^"\\]|\\.)*)"', disposition))
    media_type = headers.get("content-type", "application/octet-stream")
    return names, media_type, content.removesuffix(b"\r\n")


def _split(lines: list[str]) -> Iterator[tuple[str, str, str]]:
    return (line.partition(":") for line in lines if line)


def summary(request: Request) -> object:
    """Return the body as the ledger stores it: JSON and texts as they are, files described."""
    if request.media_type == "application/json":
        try:
            return json_object(request.content)
        except Malformed:
            return {"bytes": len(request.content)}
    if request.media_type == "multipart/form-data":
        try:
            files = {part.label: _described(part) for part in file_parts(request)}
            return {**form_texts(request), **files}
        except Malformed:
            return {"bytes": len(request.content)}
    return {"bytes": len(request.content)} if request.content else None


def _described(part: FilePart) -> dict[str, object]:
    return {"name": part.name, "media_type": part.media_type, "bytes": len(part.content)}
