"""Prepares files for a form, or uploads them to the service's storage.

A storage never gets the service's key, only its own signature.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..dialect import Stop, never
from ..errors import Kind, Problem, Rejected
from ..http.presigned_upload import put_file
from ..http.transport import Form
from ..messages import services as messages
from ..pictures import mime_type

if TYPE_CHECKING:
    from requests.auth import AuthBase

    from ..catalog.service_types import Service

_MODELS: Final = {
    "glb": "model/gltf-binary",
    "fbx": "application/octet-stream",
    "obj": "model/obj",
    "stl": "model/stl",
    "zip": "application/zip",
}


def describe_file(path: Path) -> tuple[str, str]:
    """Return the usual extension and MIME type of a picture or model. Raises `Rejected` for a file
    that cannot be read or is neither."""
    extension = path.suffix.lower().removeprefix(".")
    if extension in _MODELS:
        return extension, _MODELS[extension]
    try:
        kind = mime_type(path)
    except OSError as error:
        raise unreadable(path, error) from None
    if kind is None:
        raise Rejected(Problem(kind=Kind.FILE, detail=messages.not_a_picture(path.name)))
    mime, extension = kind
    return extension, mime


def admit(path: Path, service: Service) -> str:
    """Return the usual extension of a file that the service accepts. Raises `Rejected` for a file
    that cannot be read, is neither picture nor model, or is too large a model."""
    extension, _mime = describe_file(path)
    size, most = size_of(path), service.max_model_bytes
    if extension in _MODELS and size > most:
        detail = messages.file_too_large(path.name, size, most)
        raise Rejected(Problem(kind=Kind.FILE, detail=detail))
    return extension


def part(path: Path) -> tuple[str, bytes, str]:
    """Return a file as a form part. Its real name, which may be private, is not sent."""
    extension, mime = describe_file(path)
    name = "model" if extension in _MODELS else "image"
    return f"{name}.{extension}", content(path), mime


def content(path: Path) -> bytes:
    """Read all bytes of a file. Raises `Rejected`."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from None


def form(path: Path) -> Form:
    """Return a form with one part, named `file`."""
    return Form(files={"file": part(path)})


def size_of(path: Path) -> int:
    """Return the size in bytes. Raises `Rejected`."""
    try:
        return path.stat().st_size
    except OSError as error:
        raise unreadable(path, error) from None


def put(
    url: str, path: Path, *, local: bool, stop: Stop = never, auth: AuthBase | None = None
) -> None:
    """PUT a file to a presigned URL, streamed. Raises `Transient`, `Rejected`, `Stopped`."""
    _extension, mime = describe_file(path)
    try:
        put_file(url, path, mime=mime, local=local, stop=stop, auth=auth)
    except OSError as error:
        raise unreadable(path, error) from None


def unreadable(path: Path, error: OSError) -> Rejected:
    """Return the error for a file that cannot be read; it does not name the folder."""
    return Rejected(
        Problem(kind=Kind.FILE, detail=messages.file_not_readable(path.name, error.strerror))
    )
