"""Pictures on disk, and for every field of the catalog a value that is not its default."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tripo_addon.api.catalog.field_types import VIEWS, ParamType
from tripo_addon.api.catalog.parameters import PARAMETERS
from tripo_addon.api.catalog.service_types import Offer, Service
from tripo_addon.api.catalog.task_kinds import Makes, TaskKind
from tripo_addon.api.rules import offered, refuse, takes

COLORS = {"front": "red", "left": "green", "back": "blue", "right": "yellow", "image": "white"}
INPUTS = frozenset(
    {
        ParamType.PICTURE,
        ParamType.PICTURES,
        ParamType.TASK,
        ParamType.MODEL_FILE,
        ParamType.BY_VIEW,
        ParamType.TEXT_LIST,
    }
)
NUMBERS: dict[str, object] = {
    "face_limit": 5000,
    "image_seed": 2_147_483_647,
    "model_seed": 0,
    "texture_seed": 7,
    "flatten_bottom_threshold": 0.5,
    "scale_factor": 2.0,
    "texture_size": 1024,
}
# Values that a setting requires beside it to have an effect.
COMPATIBLE_SETTINGS: dict[str, dict[str, object]] = {
    "delight": {"texture_version": "v3.5-20260815"},
    "generate_parts": {"texture": False, "pbr": False},
    "texture": {"pbr": False},
    "force_symmetry": {"quad": True},
    "flatten_bottom_threshold": {"flatten_bottom": True},
    "export_vertex_colors": {"format": "OBJ"},
    "background": {"output_format": "png"},
}
# The stand-in really paints larger pictures, which takes long.
SAMPLE_CHOICES: dict[str, tuple[object, ...]] = {
    "size": ("1K", "1024x1024"),
    "aspect_ratio": ("16:9", "8:1"),
    "template": ("figure",),
}
MODEL = b"glTF\x02\x00\x00\x00\x14\x00\x00\x00\x00\x00\x00\x00JSON"


def picture(path: Path, *, size: tuple[int, int] = (32, 32), form: str = "PNG") -> Path:
    """Write a picture in one color, derived from the file's name."""
    Image.new("RGB", size, COLORS.get(path.stem, "gray")).save(path, form)
    return path


def views(folder: Path) -> dict[str, Path]:
    """Return four different pictures, one for each view."""
    return {view: picture(folder / f"{view}.png") for view in VIEWS}


def model_file(path: Path, *, size: int = len(MODEL)) -> Path:
    """Write a file that begins like a GLB; further bytes take no space on disk."""
    path.write_bytes(MODEL)
    with path.open("r+b") as file:
        file.truncate(size)
    return path


@dataclass(frozen=True)
class Submission:
    """A request: `settings` are those that differ from the defaults."""

    service: Service
    kind: TaskKind
    model: str
    settings: dict[str, object]

    @property
    def name(self) -> str:
        """The name in the test report."""
        return f"{self.kind.value} {self.model} {self.settings}"

    def values(self, inputs: dict[str, object]) -> dict[str, object]:
        """The request as `rules.refuse` and `tasks.parse_request` take it."""
        model: dict[str, object] = {"model": self.model} if self.model else {}
        return {"kind": self.kind.value, **model, **inputs, **self.settings}


def other_values(offer: Offer, model: str) -> Iterator[dict[str, object]]:
    """Return, for every setting that this version takes, each value that is not the default, and
    the values it requires."""
    version = offer.model(model)
    for name in offer.takes:
        row = PARAMETERS[name]
        if row.type in INPUTS or row.type is ParamType.TEXT or not takes(offer, version, name):
            continue
        values: tuple[object, ...] = (NUMBERS.get(name),)
        if row.type is ParamType.BOOLEAN:
            values = (row.default is False,)
        elif row.type is ParamType.CHOICE:
            values = SAMPLE_CHOICES.get(
                name, tuple(each.id for each in offered(offer, version, row))
            )
        beside = {
            key: value
            for key, value in COMPATIBLE_SETTINGS.get(name, {}).items()
            if key in offer.takes and takes(offer, version, key)
        }
        yield from ({**beside, name: value} for value in values if value != row.default)


def inputs(offer: Offer, place: dict[str, object]) -> dict[str, object]:
    """Return the inputs of this kind of task; `place` has a value for every such field."""
    needed = set(offer.required)
    if "source_task" in offer.takes:
        needed.add("source_task")
    elif "front" in offer.takes:
        needed |= set(VIEWS)
    elif "source_file" in offer.takes:
        needed.add("source_file")
    if "source_file" in needed and "prompt" in offer.takes:
        needed.add("prompt")
    return {name: place[name] for name in offer.takes if name in needed}


def submissions(service: Service, kind: TaskKind, place: dict[str, object]) -> list[Submission]:
    """Return, for every version: the inputs alone, every setting alone with what it requires, and
    as many together as our own rules allow."""
    offer = service.offers[kind]
    made_from = inputs(offer, place)
    found: list[Submission] = []
    for model in [row.id for row in offer.models] or [""]:
        alone = [
            Submission(service, kind, model, each) for each in ({}, *other_values(offer, model))
        ]
        if kind.makes is Makes.PICTURES and found:
            # Painting takes time, so each setting is tested with one version only.
            known = [submission.settings for submission in found]
            alone = [
                submission
                for submission in alone
                if not submission.settings or submission.settings not in known
            ]
        together = Submission(service, kind, model, {})
        for submission in alone:
            more = Submission(service, kind, model, {**together.settings, **submission.settings})
            together = more if allowed(more, made_from) else together
        found += [submission for submission in (*alone, together) if allowed(submission, made_from)]
    return found


def allowed(submission: Submission, made_from: dict[str, object]) -> bool:
    """Return whether our own rules accept it; files are not examined."""
    return refuse(submission.service, submission.kind, submission.values(made_from)) is None
