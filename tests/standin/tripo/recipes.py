"""Turns a checked body into the forge's order: what each Tripo parameter does to the model.

Only parameters with a visible effect appear. Missing seeds are random.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..fields import Checked, Unacceptable, check_text
from ..messages import items, mapping
from ..orders import Delivery, Kind, Look, Order, dice, seed
from .prices import is_textured
from .sources import Finder, Source

FORMATS = {
    "GLTF": "glb",
    "USDZ": "usdz",
    "FBX": "fbx",
    "OBJ": "obj",
    "STL": "stl",
    "3MF": "3mf",
}
PIXELS = {"fast": 512, "standard": 512, "detailed": 1024, "extreme": 2048}
TURNS = {"+x": 0.0, "+y": 90.0, "-x": 180.0, "-y": -90.0}
LOW_POLY_FACES, QUAD_FACES, P_FACES = 2000, 10_000, 8000
METERS = (0.3, 2.2)
LONGEST_PROMPT = 1024


def letters(body: Checked, family: str, *, plain_too: bool, style: Path | None = None) -> Order:
    """Order the prompt itself as standing letters."""
    prompt = body.text("prompt").strip()
    root = seed(prompt, body.whole("image_seed") or 0)
    made = _ordered("letters", body, family, root=root, text=prompt, pictures=())
    return replace(made, plain_too=plain_too and is_textured(body), style=style)


def pictured(
    kind: Kind,
    pictures: tuple[Path | None, ...],
    body: Checked,
    family: str,
    *,
    plain_too: bool,
) -> Order:
    """Order one picture as a relief, four slots as a box."""
    made = _ordered(kind, body, family, root=kind, text="", pictures=pictures)
    return replace(made, plain_too=plain_too and is_textured(body))


@dataclass(frozen=True)
class TextureInput:
    """The requested look: words, or one picture, or four slots, or nothing."""

    text: str = ""
    pictures: tuple[Path | None, ...] = ()
    style: Path | None = None

    @property
    def empty(self) -> bool:
        """Whether the service has to choose the look."""
        return not self.text and not self.pictures


def texture_input(body: Checked, finder: Finder) -> TextureInput:
    """Read `texture_prompt` or the flat fields. Raises Unacceptable or Refused."""
    nested = mapping(body.value("texture_prompt"))
    flat = {
        "text": body.value("text_prompt"),
        "image": body.value("image_prompt"),
        "style_image": body.value("style_image"),
    }
    if nested is not None and any(value is not None for value in flat.values()):
        raise Unacceptable("texture_prompt", "is given beside the flat prompt fields")
    given = {key: value for key, value in (flat if nested is None else nested).items() if value}
    chosen = [key for key in ("text", "image", "images") if key in given]
    if len(chosen) > 1:
        raise Unacceptable("texture_prompt", f"has both {' and '.join(chosen)}")
    if "style_image" in given:
        if chosen != ["text"]:
            raise Unacceptable("texture_prompt", "may have a style_image beside a text only")
        style = finder.picture(given["style_image"], "style_image").path
        return replace(_texture_input(given, finder), style=style)
    return _texture_input(given, finder)


def _texture_input(given: dict[str, object], finder: Finder) -> TextureInput:
    if "text" in given:
        text = given["text"]
        if not isinstance(text, str):
            raise Unacceptable("texture_prompt", "must have a text in 'text'")
        check_text("texture_prompt", text, longest=LONGEST_PROMPT)
        return TextureInput(text=text.strip())
    if "image" in given:
        return TextureInput(pictures=(finder.picture(given["image"], "image").path,))
    if "images" in given:
        slots = items(given["images"]) or []
        if len(slots) != 4:
            raise Unacceptable("texture_prompt", "must have exactly 4 images")
        return TextureInput(pictures=tuple(finder.picture(slot, "images").path for slot in slots))
    return TextureInput()


def retextured(source: Source, look: TextureInput, body: Checked) -> Order:
    """Order the source's shape with a new texture; an FBX stays an FBX."""
    path = source.file
    return Order(
        kind="retexture",
        source=path,
        text=look.text,
        pictures=look.pictures,
        style=look.style,
        delivery=Delivery(parts=body.words("part_names")),
        look=_look(body),
        pixels=PIXELS[body.text("texture_quality")],
        texture_seed=seed(look.text, body.whole("texture_seed")),
        quad=is_fbx(path),
    )


def refined(source: Source, body: Mapping[str, object]) -> Order:
    """Order a draft again, with more detail."""
    text = body.get("prompt")
    return Order(
        kind="retexture",
        source=source.file,
        text=text if isinstance(text, str) else "refined",
        pixels=PIXELS["detailed"],
        texture_seed="refined",
    )


def is_fbx(path: Path | None) -> bool:
    """Return whether a source is an FBX: models made from it are FBX too."""
    return path is not None and path.suffix == ".fbx"


def converted(source: Source, body: Checked) -> Order:
    """Order another format, with the other requested changes."""
    given = body.given
    delivery = Delivery(
        scale=body.number("scale_factor") or 1.0,
        on_floor=body.on("pivot_to_center_bottom"),
        flatten=(body.number("flatten_bottom_threshold") or 0) * body.on("flatten_bottom"),
        symmetric=body.on("force_symmetry") and body.on("quad"),
        texture_size=body.whole("texture_size") if "texture_size" in given else None,
        texture_format=texture_format(body),
        in_place=body.on("animate_in_place"),
        vertex_colors=body.on("export_vertex_colors"),
        animated=body.on("with_animation"),
        parts=body.words("part_names"),
    )
    if source.kind == "convert_model":
        delivery = Delivery()
    return Order(
        kind="convert",
        source=source.file,
        form=FORMATS[body.text("format")],
        quad=body.on("quad"),
        face_limit=body.whole("face_limit"),
        turn=TURNS.get(body.text("export_orientation"), 0.0),
        delivery=delivery,
    )


def texture_format(body: Checked) -> str:
    """Return the texture format: JPEG by default, but PNG for an FBX."""
    as_given = "texture_format" in body.given or body.text("format") != "FBX"
    return body.text("texture_format") if as_given else "PNG"


def _ordered(
    kind: Kind,
    body: Checked,
    family: str,
    *,
    root: str,
    text: str,
    pictures: tuple[Path | None, ...],
) -> Order:
    geometry = seed(root, body.whole("model_seed"))
    sized = dice(geometry).uniform(*METERS)
    return Order(
        kind=kind,
        text=text,
        pictures=pictures,
        look=_look(body),
        pixels=PIXELS[body.text("texture_quality")],
        geometry_seed=geometry,
        texture_seed=seed(root, body.whole("texture_seed")),
        face_limit=_faces(body, family),
        quad=body.on("quad"),
        parts=body.on("generate_parts") and not body.on("smart_low_poly"),
        fine=body.text("geometry_quality") == "detailed",
        meters=sized if body.on("auto_size") else 1.0,
        turn=TURNS.get(body.text("export_orientation"), 0.0),
    )


def _look(body: Checked) -> Look:
    if not is_textured(body):
        return "bare"
    return "pbr" if body.on("pbr") else "color"


def _faces(body: Checked, family: str) -> int | None:
    given = body.whole("face_limit")
    if given is not None:
        return given
    if body.on("smart_low_poly"):
        return LOW_POLY_FACES
    if body.on("quad"):
        return QUAD_FACES
    return P_FACES if family.startswith("P") else None
