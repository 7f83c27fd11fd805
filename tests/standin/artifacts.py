"""The artifact host, on its own port: serves signed links, takes presigned and AWS-signed uploads.

Behaves like object storage: no API key is accepted here; Range and HEAD work; errors are XML. It
looks up in the ledger which file a link is for.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from .faults import Fault, FaultQueue
from .filler import FillerGlb
from .ledger import Ledger, Task, Upload
from .links import Links
from .messages import Request, Response, Stream
from .signatures import Forged, check, plain_body
from .workshop import extension

LARGEST_UPLOAD = 150_000_000
PIECE = 1 << 18
BUCKET = "tripo-data"
KEY_HEADERS = ("authorization", "ocp-apim-subscription-key", "x-api-key")
MEDIA_TYPES = {
    "glb": "model/gltf-binary",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "zip": "application/zip",
    "usdz": "model/vnd.usdz+zip",
    "stl": "model/stl",
    "3mf": "model/3mf",
}


class ArtifactHost:
    """Serves `/results/<task>/<name>`, for v2 under `/downloads/`; takes `/uploads/<token>`, and
    objects in `tripo-data`."""

    def __init__(self, ledger: Ledger, faults: FaultQueue, links: Links) -> None:
        self._ledger = ledger
        self._faults = faults
        self._links = links

    def meet(self, request: Request) -> Fault:
        """Record the request and return the fault queued for it."""
        self._ledger.note(request)
        return self._faults.for_answer(request.method, request.path)

    def answer(self, request: Request) -> Response:
        """Serve or store a file, after checking the link."""
        if request.path.startswith(f"/{BUCKET}/"):
            return self._put(request, request.path.removeprefix(f"/{BUCKET}/"))
        if any(name in request.headers for name in self._unwelcome(request)):
            return _error(400, "InvalidArgument", "Only one auth mechanism allowed")
        match self._links.check(request.path, request.query):
            case "forged":
                return _error(403, "SignatureDoesNotMatch", "The signature is not ours")
            case "expired":
                return _error(403, "AccessDenied", "Request has expired")
            case _:
                return self._opened(request)

    def _unwelcome(self, request: Request) -> tuple[str, ...]:
        # The servers of v2's files only check the link, because Tripo's own SDK also sends the key.
        return KEY_HEADERS[1:] if request.path.startswith("/downloads/") else KEY_HEADERS

    def _put(self, request: Request, key: str) -> Response:
        """Store an object that is sent with temporary credentials, in one piece."""
        upload = self._ledger.upload(key)
        if request.method != "PUT" or request.query:
            return _error(501, "NotImplemented", "Only a PUT of the whole object is played here")
        if upload is None or upload.grant is None:
            return _error(403, "AccessDenied", "Access Denied")
        try:
            check(request, upload.grant, self._links.now)
        except Forged as error:
            status = 400 if error.region else 403
            return _error(status, error.code, str(error), region=error.region)
        return self._kept(upload, plain_body(request))

    def _opened(self, request: Request) -> Response:
        room, _, rest = request.path.lstrip("/").partition("/")
        match request.method, room:
            case (("GET" | "HEAD"), ("results" | "downloads")):
                return self._result(request, *rest.partition("/")[::2])
            case "PUT", "uploads":
                return self._stored(request, rest)
            case _:
                return _error(405, "MethodNotAllowed", "Not allowed on this link")

    def _result(self, request: Request, task_id: str, name: str) -> Response:
        task = next((each for each in self._ledger.tasks if each.id == task_id), None)
        body = _body(task, name) if task is not None else None
        if body is None:
            return _error(404, "NoSuchKey", "The specified key does not exist")
        headers = {
            "Content-Type": MEDIA_TYPES.get(name.rpartition(".")[2], "application/octet-stream"),
            "ETag": f'"{task_id}-{name}"',
            "Accept-Ranges": "bytes",
        }
        start, stop = _range(request, body.size, headers["ETag"])
        if start >= stop:
            short = {"Content-Range": f"bytes */{body.size}"}
            return Response(status=416, headers=headers | short)
        if (start, stop) == (0, body.size):
            return Response(headers=headers, body=body)
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{body.size}"
        return Response(status=206, headers=headers, body=_part(body, start, stop))

    def _stored(self, request: Request, token: str) -> Response:
        upload = self._ledger.upload(token)
        if upload is None:
            return _error(404, "NoSuchKey", "The specified key does not exist")
        if "content-length" not in request.headers:
            return _error(411, "MissingContentLength", "You must provide the Content-Length")
        return self._kept(upload, request.content)

    def _kept(self, upload: Upload, content: bytes) -> Response:
        if len(content) > LARGEST_UPLOAD:
            return _error(400, "EntityTooLarge", "The file is larger than 150 MB")
        upload.path.write_bytes(content)
        return Response(headers={"ETag": f'"{hashlib.md5(content).hexdigest()}"'})


def role_path(task: Task, role: str) -> str | None:
    """Return the path of a task's file with this role; None if the task has none."""
    file = task.made.files.get(role) if task.made else None
    return None if file is None else result_path(task, role, extension(file))


def result_path(task: Task, name: str, extension: str) -> str:
    """Return the path on this host of a task's file."""
    return f"/results/{task.id}/{name}.{extension}"


def _body(task: Task, name: str) -> Stream | None:
    if task.made is None:
        return None
    files = {f"{role}.{extension(file)}": file for role, file in task.made.files.items()}
    # Some services name every model a GLB, whatever it is.
    files["asset.glb"] = task.made.model
    found = files.get(name)
    if isinstance(found, FillerGlb):
        return Stream(found.size, found.read)
    return found and _of_file(found)


def _of_file(path: Path) -> Stream:
    def read(start: int, stop: int) -> Iterator[bytes]:
        with path.open("rb") as file:
            file.seek(start)
            while start < stop and (piece := file.read(min(PIECE, stop - start))):
                start += len(piece)
                yield piece

    return Stream(path.stat().st_size, read)


def _part(body: Stream, start: int, stop: int) -> Stream:
    return Stream(stop - start, lambda low, high: body.read(start + low, start + high))


def _range(request: Request, size: int, etag: str) -> tuple[int, int]:
    """Return the first byte and the one after the last; the whole file unless a single range is
    requested."""
    wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", ""))
    if wanted is None or wanted[0] == "bytes=-" or request.headers.get("if-range", etag) != etag:
        return 0, size
    first, last = wanted[1], wanted[2]
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size


def _error(status: int, code: str, message: str, *, region: str = "") -> Response:
    where = f"<Region>{region}</Region>" if region else ""
    text = (
        "<?xml version='1.0'?>"
        f"<Error><Code>{code}</Code><Message>{message}</Message>{where}</Error>"
    )
    headers = {"Content-Type": "application/xml"}
    return Response(status=status, headers=headers, body=text.encode())
