"""Finds the pictures and meshes of a Tripo task: tokens, URLs, objects, tasks, slots.

Finds and checks; starts nothing. Reads native and legacy forms, never both at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from ..artifacts import BUCKET
from ..contents import PICTURES, Content, look_at
from ..fetch import Unreachable, fetch_into
from ..fields import Checked
from ..ledger import Ledger, Task, Upload
from ..messages import items, mapping
from ..orders import VIEWS
from .endpoint import MADE_KINDS, Endpoint, Manner
from .refusals import Refused

LARGEST_PICTURE = 20_000_000
LARGEST_MESH = 150_000_000
SIDES = (20, 6000)
PARENT = ("input", "original_model_task_id", "draft_model_task_id")


@dataclass(frozen=True)
class Source:
    """What was named: a file, or a task with its main file, if that is on disk."""

    path: Path | None = None
    task: Task | None = None

    @property
    def kind(self) -> str:
        """The kind of the task; empty for a file."""
        return self.task.kind if self.task else ""

    @property
    def file(self) -> Path | None:
        """The file itself, or what the task made; None if that is only a recipe."""
        made = self.task.made.model if self.task and self.task.made else self.path
        return made if isinstance(made, Path) else None

    def view(self, name: str) -> Path | None:
        """Return one of the four pictures a task has made."""
        made = self.task.made if self.task else None
        return made.more.get(name) if made else None


@dataclass(frozen=True)
class Finder:
    """Finds sources for one key. Files fetched by URL go into `folder`."""

    ledger: Ledger
    folder: Path
    key: str
    manner: Manner

    def picture(self, value: object, name: str, endpoint: Endpoint | None = None) -> Source:
        """Return a picture by string or file object; by task only if the endpoint lists kinds."""
        source = self._named(value, name, endpoint)
        if source.path is not None:
            content = look_at(source.path.read_bytes(), source.path.name)
            if not content.is_picture:
                raise Refused(2004)
            check_file(content, source.path.read_bytes())
        return source

    def mesh(self, body: Checked, endpoint: Endpoint) -> Source:
        """Return the one mesh a body names."""
        name, value = self._only(body, endpoint.named_in)
        source = self._named(value, name, endpoint)
        if (
            source.path is not None
            and not look_at(source.path.read_bytes(), source.path.name).is_mesh
        ):
            raise Refused(2004)
        return source

    def lineage(self, source: Source) -> Iterator[Task]:
        """Yield the task that a source is, then the one that it was made from, and so on."""
        task, seen = source.task, set[str]()
        while task is not None and task.id not in seen:
            seen.add(task.id)
            yield task
            names = (task.body.get(name) for name in PARENT)
            given = next((name for name in names if isinstance(name, str)), "")
            task = self.ledger.find(given, self.key)

    def single(self, body: Checked, endpoint: Endpoint) -> Source:
        """Return the one picture of a task."""
        name, value = self._only(body, endpoint.named_in)
        return self.picture(value, name, endpoint)

    def references(self, body: Checked, endpoint: Endpoint, *, most: int) -> tuple[Source, ...]:
        """Return the pictures that a picture task refers to: one, a list, or none if they are
        optional."""
        given = [name for name in endpoint.named_in if body.value(name) is not None]
        if len(given) > 1:
            raise Refused(1004, f"only one of {', '.join(given)} may be given")
        if not given and endpoint.named_in and not endpoint.optional:
            raise Refused(1004, f"one of {', '.join(endpoint.named_in)} is required")
        if not given:
            return ()
        value = body.value(given[0])
        listed = [value] if (several := items(value)) is None else several
        if not 1 <= len(listed) <= most:
            raise Refused(1004, f"parameter '{given[0]}' may have {most} pictures at most")
        return tuple(self.picture(each, given[0], endpoint) for each in listed)

    def views(self, body: Checked, endpoint: Endpoint) -> tuple[Path | None, ...]:
        """Return four slots: front, left, back, right, with the front and at least one other."""
        name, value = self._only(body, endpoint.named_in)
        given = [value] if isinstance(value, str) else items(value) or []
        if name == "files" and len(given) != len(VIEWS):
            raise Refused(1004, "parameter 'files' must have exactly 4 items")
        if not 0 < len(given) <= len(VIEWS):
            raise Refused(1004, f"parameter '{name}' must have 1 to 4 items")
        task_id = value if isinstance(value, str) else (mapping(given[0]) or {}).get("task_id")
        if task_id is not None:
            return self.four(Source(task=self._task(str(task_id), endpoint)))
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

    def four(self, source: Source) -> tuple[Path | None, ...]:
        """Return the four pictures of a task."""
        return tuple(source.view(view) for view in VIEWS)

    def _only(self, body: Checked, names: Sequence[str]) -> tuple[str, object]:
        given = [name for name in names if body.value(name) is not None]
        if len(given) != 1:
            raise Refused(1004, f"exactly one of {', '.join(names)} is required")
        return given[0], body.value(given[0])

    def _named(self, value: object, name: str, endpoint: Endpoint | None) -> Source:
        text = value if isinstance(value, str) else self._reference(value, name)
        if text.startswith("data:"):
            raise Refused(1004, f"parameter '{name}' must not be a data URI")
        found = self._file(text, name) if endpoint is None or endpoint.files else None
        if found is not None:
            return Source(path=found)
        if endpoint is not None and endpoint.sources and isinstance(value, str):
            if name.endswith("task_id") or is_uuid(text):
                return Source(task=self._task(text, endpoint))
            if not endpoint.files:
                raise Refused(1004, f"parameter '{name}' must be the id of a task")
        raise self._lost(name)

    def _file(self, text: str, name: str) -> Path | None:
        """Return the file of a URL, a token or a key; None if it is none of ours."""
        if text.startswith(("http://", "https://")):
            return self._fetched(text, name)
        upload = self.ledger.upload(text)
        if upload is None or not self._is_ours(upload):
            return None
        if upload.grant is not None and not upload.arrived:
            raise self._lost(name)
        return _file_of(upload)

    def _is_ours(self, upload: Upload) -> bool:
        """Reject tokens of the other version of the API and of other keys."""
        is_file = upload.token.startswith("file_")
        return upload.key == self.key and is_file == (self.manner.token == "file_")

    def _lost(self, name: str) -> Refused:
        if self.manner.lost_file == 1004:
            message = f"parameter '{name}': the file_token is unknown or has expired"
            return Refused(1004, message)
        return Refused(self.manner.lost_file)

    def _task(self, task_id: str, endpoint: Endpoint) -> Task:
        task = self.ledger.find(task_id, self.key)
        if task is None:
            raise Refused(2001)
        if task.kind not in endpoint.sources:
            raise Refused(endpoint.wrong_source)
        if task.end is None or task.end.status != "success":
            raise Refused(2007)
        # All later steps refuse what the oldest models made; refine accepts nothing else.
        if (task.model.startswith("v1.") and task.kind in MADE_KINDS) != (
            endpoint.kind == "refine_model"
        ):
            raise Refused(2006)
        return task

    def _fetched(self, url: str, name: str) -> Path:
        try:
            return fetch_into(self.folder, url)
        except Unreachable as error:
            message = f"parameter '{name}' cannot be fetched: {error}"
            raise Refused(self.manner.unreachable, message) from error

    def _reference(self, value: object, name: str) -> str:
        """Return the token, URL or key in a file object, which must have exactly one."""
        given = mapping(value) or {}
        found = [each for key in ("file_token", "url") if isinstance(each := given.get(key), str)]
        stored = mapping(given.get("object"))
        if stored is not None:
            if stored.get("bucket") != BUCKET:
                raise self._lost(name)
            found.append(str(stored.get("key")))
        if len(found) != 1:
            raise Refused(1004, f"parameter '{name}' needs one of file_token, url and object")
        return found[0]


def check_file(content: Content, data: bytes) -> None:
    """Check the limits for an upload, by what it is. Raises Refused."""
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
    slots = [None if _is_gap(each) else each for each in given]
    return slots + [None] * (len(VIEWS) - len(slots))


def _is_gap(slot: object) -> bool:
    """Return whether it is null, an empty text, or an object that names no file, as in v2's
    documents."""
    given = mapping(slot)
    return not slot or (given is not None and not {"file_token", "url", "object"} & set(given))


def is_uuid(text: str) -> bool:
    """Return whether a text has the form of a task's id."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
