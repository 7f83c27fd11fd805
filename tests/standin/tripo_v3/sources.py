"""Where a Tripo v3 task gets its pictures and meshes from: tokens, URLs, tasks, four slots.

Finds and checks; starts nothing. Native and legacy forms are both read, never both at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from ..contents import PICTURES, Content, look_at
from ..fetch import Unreachable, fetch
from ..fields import Checked
from ..ledger import Ledger, Task, Upload
from ..messages import items, mapping
from .refusals import Refused
from .table import Endpoint

VIEWS = ("front", "left", "back", "right")
LARGEST_PICTURE = 20_000_000
LARGEST_MESH = 150_000_000
SIDES = (20, 6000)


@dataclass(frozen=True)
class Source:
    """A file that is here, or the task that was named."""

    path: Path | None = None
    task: Task | None = None


@dataclass(frozen=True)
class Finder:
    """Looks things up for one key. `folder` takes what is fetched by URL."""

    ledger: Ledger
    folder: Path
    key: str

    def picture(self, value: object, name: str, endpoint: Endpoint | None = None) -> Source:
        """A picture by string or file object; by task only where the endpoint lists kinds."""
        source = self._named(value, name, endpoint)
        if source.path is not None:
            content = look_at(source.path.read_bytes(), source.path.name)
            if not content.is_picture:
                raise Refused(2004)
            check_file(content, source.path.read_bytes())
        return source

    def mesh(self, body: Checked, endpoint: Endpoint) -> Source:
        """The one mesh a body names."""
        name, value = self._only(body, ("input", "file", "original_model_task_id"))
        source = self._named(value, name, endpoint)
        if (
            source.path is not None
            and not look_at(source.path.read_bytes(), source.path.name).is_mesh
        ):
            raise Refused(2004)
        return source

    def single(self, body: Checked, endpoint: Endpoint) -> Source:
        """The one picture of image-to-model."""
        name, value = self._only(body, ("input", "file"))
        return self.picture(value, name, endpoint)

    def views(self, body: Checked, endpoint: Endpoint) -> tuple[Path | None, ...]:
        """Four slots: front, left, back, right; the front is there, and at least one other."""
        name, value = self._only(body, ("inputs", "files", "original_model_task_id"))
        given = [value] if isinstance(value, str) else items(value) or []
        if name == "files" and len(given) != len(VIEWS):
            raise Refused(1004, "parameter 'files' must have exactly 4 items")
        if not 0 < len(given) <= len(VIEWS):
            raise Refused(1004, f"parameter '{name}' must have 1 to 4 items")
        task_id = value if isinstance(value, str) else (mapping(given[0]) or {}).get("task_id")
        if task_id is not None:
            self._task(str(task_id), endpoint)
        slots = _by_name(given) if _keyed(given) else _by_place(given)
        paths = tuple(
            None if slot is None else self.picture(slot, f"{name}[{view}]").path
            for view, slot in zip(VIEWS, slots, strict=True)
        )
        if paths[0] is None:
            raise Refused(1004, f"parameter '{name}' needs a front view")
        if sum(path is not None for path in paths) < 2:
            raise Refused(1004, f"parameter '{name}' needs at least 2 views")
        return paths

    def _only(self, body: Checked, names: Sequence[str]) -> tuple[str, object]:
        given = [name for name in names if body.value(name) is not None]
        if len(given) != 1:
            raise Refused(1004, f"exactly one of {', '.join(names)} is required")
        return given[0], body.value(given[0])

    def _named(self, value: object, name: str, endpoint: Endpoint | None) -> Source:
        text = value if isinstance(value, str) else _reference(value, name)
        if text.startswith("data:"):
            raise Refused(1004, f"parameter '{name}' must not be a data URI")
        if text.startswith(("http://", "https://")):
            return Source(path=self._fetched(text, name))
        upload = self.ledger.upload(text)
        if upload is not None and upload.key == self.key:
            return Source(path=_file_of(upload))
        if _is_uuid(text) and endpoint is not None:
            return Source(task=self._task(text, endpoint))
        raise Refused(1004, f"parameter '{name}': the file_token is unknown or has expired")

    def _task(self, task_id: str, endpoint: Endpoint) -> Task:
        task = self.ledger.find(task_id, self.key)
        if task is None:
            raise Refused(2001)
        if task.kind not in endpoint.sources:
            raise Refused(2006)
        if task.end is None or task.end.status != "success":
            raise Refused(2007)
        return task

    def _fetched(self, url: str, name: str) -> Path:
        try:
            content, file_name = fetch(url)
        except Unreachable as error:
            raise Refused(1004, f"parameter '{name}' cannot be fetched: {error}") from error
        path = self.folder / f"{uuid4()}-{Path(file_name).name}"
        path.write_bytes(content)
        return path


def check_file(content: Content, data: bytes) -> None:
    """The limits for an upload, by what it is. Raises Refused."""
    if not data:
        raise Refused(2003)
    if content.is_picture:
        _check_picture(content, len(data))
    elif not content.is_mesh:
        raise Refused(2004)
    elif len(data) > LARGEST_MESH:
        raise Refused(2021, "A mesh may have 150 MB at most")


def _check_picture(content: Content, size: int) -> None:
    if content.kind not in PICTURES:
        raise Refused(2004)
    if size > LARGEST_PICTURE:
        raise Refused(2021, "A picture may have 20 MB at most")
    low, high = SIDES
    if not all(low <= side <= high for side in content.sides or ()):
        raise Refused(1004, f"the sides of the file must be {low} to {high} pixels")


def _file_of(upload: Upload) -> Path:
    if not upload.arrived or not upload.path.stat().st_size:
        raise Refused(2003)
    return upload.path


def _reference(value: object, name: str) -> str:
    """The token or URL in a legacy file object, where exactly one must stand."""
    given = mapping(value) or {}
    found = [each for key in ("file_token", "url") if isinstance(each := given.get(key), str)]
    if len(found) != 1:
        raise Refused(1004, f"parameter '{name}' needs either a file_token or a url")
    return found[0]


def _keyed(given: Sequence[object]) -> bool:
    return any(set(mapping(each) or {}) & set(VIEWS) for each in given)


def _by_name(given: Sequence[object]) -> list[object]:
    slots: dict[str, object] = {}
    for each in given:
        named: Mapping[str, object] = mapping(each) or {}
        if not named or not set(named) <= set(VIEWS) or set(named) & set(slots):
            raise Refused(1004, "parameter 'inputs' must name each view once")
        slots |= named
    return [slots.get(view) for view in VIEWS]


def _by_place(given: Sequence[object]) -> list[object]:
    slots = [each if each not in (None, "", {}) else None for each in given]
    return slots + [None] * (len(VIEWS) - len(slots))


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
