"""Pictures and meshes as 3D AI Studio accepts them: data URIs, public URLs, files of a form.

A body of the wrong shape is refused at once. What is found unfit only after fetching makes the task
fail later, as Tripo's own refusal would behind the gateway.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from ..contents import PICTURES, look_at
from ..fetch import Unreachable, fetch_into, is_web_address
from ..fields import Unacceptable
from ..messages import FilePart

DATA_URI = re.compile(r"data:image/[\w.+-]+;base64,", re.IGNORECASE)
SIDES = (20, 6000)
LARGEST_PICTURE = 20_000_000


@dataclass(frozen=True)
class Found:
    """A file on disk, or why the task cannot succeed."""

    path: Path | None = None
    trouble: str = ""


def inline_or_linked(given: Mapping[str, object], where: str, folder: Path) -> Found:
    """Return the picture of an object with `image` or `image_url`, never both. Raises
    Unacceptable."""
    image, url = given.get("image"), given.get("image_url")
    if (image is None) == (url is None):
        raise Unacceptable(where, "needs either image or image_url")
    return _inline(image, where, folder) if url is None else linked(url, where, folder)


def linked(url: object, where: str, folder: Path) -> Found:
    """Return the picture at a public URL. Raises Unacceptable if it is no URL."""
    path = _fetched(url, where, folder)
    return path if path.path is None else _judged(path.path)


def sent(part: FilePart, folder: Path) -> Found:
    """Return a picture in a form. Raises Unacceptable for a file that is none."""
    return _kept(part.content, part.label, folder)


def mesh(part: FilePart | None, url: object, folder: Path) -> Found:
    """Return the model to work on: `model` as a file or `model_url`, never both."""
    if (part is None) == (url is None):
        raise Unacceptable("model", "is needed: either as a file or as model_url")
    if part is None:
        found = _fetched(url, "model_url", folder)
        fits = found.path is None or _is_mesh(found.path)
        return found if fits else Found(trouble="The file behind model_url is no 3D model")
    content = look_at(part.content, part.name)
    if not content.is_mesh:
        raise Unacceptable("model", "is not a 3D model of a known format")
    path = folder / f"{uuid4()}.{content.kind}"
    path.write_bytes(part.content)
    return Found(path)


def _is_mesh(path: Path) -> bool:
    return look_at(path.read_bytes(), path.name).is_mesh


def _fetched(url: object, where: str, folder: Path) -> Found:
    if not isinstance(url, str) or not is_web_address(url):
        raise Unacceptable(where, "must be a public http or https URL")
    try:
        return Found(fetch_into(folder, url))
    except Unreachable as error:
        return Found(trouble=f"Could not download {where}: {error}")


def _inline(image: object, where: str, folder: Path) -> Found:
    text = image if isinstance(image, str) else ""
    head = DATA_URI.match(text)
    if head is None:
        raise Unacceptable(where, "must be a data URI: data:image/...;base64,...")
    try:
        content = base64.b64decode(text[head.end() :], validate=True)
    except ValueError as error:
        raise Unacceptable(where, "is not valid base64") from error
    return _kept(content, where, folder)


def _kept(content: bytes, where: str, folder: Path) -> Found:
    if not look_at(content, "").is_picture:
        raise Unacceptable(where, "is not a picture")
    path = folder / f"{uuid4()}.picture"
    path.write_bytes(content)
    return _judged(path)


def _judged(path: Path) -> Found:
    """Check a picture against Tripo's limits; the gateway documents none of its own."""
    data = path.read_bytes()
    content, (low, high) = look_at(data, ""), SIDES
    if content.kind not in PICTURES:
        return Found(trouble="Unsupported image format")
    if len(data) > LARGEST_PICTURE:
        return Found(trouble="The image is larger than 20 MB")
    if not all(low <= side <= high for side in content.sides or ()):
        return Found(trouble=f"The sides of the image must be {low} to {high} pixels")
    return Found(path)
