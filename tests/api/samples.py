"""Pictures on disk, and wishes for every kind of task: what the tests of this ring send."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tripo_addon.api.catalog import TRIPO_V3, VIEWS, ModelVersion, TaskKind
from tripo_addon.api.rules import refuse

COLOURS = {"front": "red", "left": "green", "back": "blue", "right": "yellow", "image": "white"}

# A value other than the default for every setting; wide enough for every model version.
OTHER_VALUES: dict[str, object] = {
    "texture": False,
    "pbr": False,
    "texture_quality": "detailed",
    "geometry_quality": "detailed",
    "quad": True,
    "face_limit": 5000,
    "model_seed": 0,
    "texture_seed": 7,
    "image_seed": 2_147_483_647,
    "negative_prompt": "rust, holes",
}


def picture(path: Path, *, size: tuple[int, int] = (32, 32), form: str = "PNG") -> Path:
    """Write a picture in one colour, which follows from the file's name."""
    Image.new("RGB", size, COLOURS.get(path.stem, "grey")).save(path, form)
    return path


def views(folder: Path) -> dict[str, Path]:
    """Four different pictures, one a view."""
    return {view: picture(folder / f"{view}.png") for view in VIEWS}


@dataclass(frozen=True)
class Wish:
    """What is asked for: `settings` are those that differ from the defaults."""

    kind: TaskKind
    version: ModelVersion
    settings: dict[str, object]

    @property
    def name(self) -> str:
        """For the test report."""
        settings = "-".join(self.settings) if len(self.settings) < 5 else "all"
        return f"{self.kind.value}-{self.version.label}-{settings or 'minimal'}"

    def values(self, inputs: dict[str, object]) -> dict[str, object]:
        """The wish as `rules.refuse` and `tasks.parse_request` take it."""
        return {
            "kind": self.kind.value,
            "model": self.version.id,
            **inputs,
            **self.settings,
        }


def inputs(kind: TaskKind, pictures: dict[str, Path]) -> dict[str, object]:
    """What a model of this kind is made from; `pictures` holds the views and `image`."""
    match kind:
        case TaskKind.TEXT_TO_MODEL:
            return {"prompt": "a small wooden chest"}
        case TaskKind.IMAGE_TO_MODEL:
            return {"image": pictures["image"]}
        case _:
            return {view: pictures[view] for view in VIEWS}


def wishes() -> tuple[Wish, ...]:
    """For every kind and version: nothing but the inputs, each setting alone, and all together."""
    found: list[Wish] = []
    for kind, versions in TRIPO_V3.models.items():
        for version in versions:
            takes = {
                name: value for name, value in OTHER_VALUES.items() if version.accepts(kind, name)
            }
            alone = [{name: value} for name, value in takes.items() if name != "texture"]
            textured = {name: value for name, value in takes.items() if name != "texture"}
            bare = {"texture": False, "pbr": False}
            settings = ({}, bare, *alone, textured)
            found.extend(Wish(kind, version, dict(each)) for each in settings)
    return tuple(found)


def allowed(wish: Wish) -> bool:
    """Whether our own rules let it pass; the pictures are not looked at."""
    stand_ins = {view: Path(f"{view}.png") for view in (*VIEWS, "image")}
    return refuse(TRIPO_V3, wish.kind, wish.values(inputs(wish.kind, stand_ins))) is None
