"""Turns a checked body into the forge's order: what each parameter does to the model.

Only parameters with a visible effect appear. Missing seeds are random.
"""

from pathlib import Path

from ..fields import Checked
from ..orders import Delivery, Look, ModelKind, Order, dice, seed
from ..tripo.recipes import texture_format
from .table import P1

PIXELS = {"standard": 512, "detailed": 1024}
LOW_POLY_FACES, QUAD_FACES, P1_FACES = 2000, 10_000, 8000
METERS = (0.3, 2.2)


def generated(
    kind: ModelKind,
    version: str,
    body: Checked,
    *,
    text: str = "",
    pictures: tuple[Path | None, ...] = (),
) -> Order:
    """Order a new model: the prompt in letters, a relief of one picture, a box of four slots."""
    root = text or kind
    geometry = seed(root, body.whole("image_seed") or 0, body.whole("model_seed"))
    sized = dice(geometry).uniform(*METERS)
    return Order(
        kind=kind,
        text=text,
        pictures=pictures,
        look=look(body),
        pixels=PIXELS[body.text("texture_quality")],
        geometry_seed=geometry,
        texture_seed=seed(root, body.whole("texture_seed")),
        face_limit=_faces(body, version),
        # Tripo delivers quads as FBX, and this gateway names every model a GLB.
        quad=body.on("quad"),
        parts=body.on("generate_parts"),
        fine=body.text("geometry_quality") == "detailed",
        meters=sized if body.on("auto_size") else 1.0,
    )


def textured(
    source: Path, body: Checked, *, text: str, pictures: tuple[Path, ...], style: Path | None
) -> Order:
    """Order a given shape with a new texture; an FBX stays an FBX, as at Tripo."""
    return Order(
        kind="retexture",
        source=source,
        text=text,
        pictures=pictures,
        style=style,
        quad=source.suffix == ".fbx",
        look="pbr" if body.on("pbr") else "color",
        pixels=PIXELS[body.text("texture_quality")],
        texture_seed=seed(text, body.whole("texture_seed")),
    )


def converted(source: Path, body: Checked) -> Order:
    """Order the same shape in another format. `pack_uv`, `bake` and `fbx_preset` change nothing."""
    threshold = body.number("flatten_bottom_threshold") or 0.0
    return Order(
        kind="convert",
        source=source,
        # Tripo's GLTF is a GLB.
        form="glb" if body.text("format") == "GLTF" else body.text("format").lower(),
        face_limit=body.whole("face_limit"),
        quad=body.on("quad"),
        delivery=Delivery(
            scale=body.number("scale_factor") or 1.0,
            on_floor=body.on("pivot_to_center_bottom"),
            flatten=threshold if body.on("flatten_bottom") else 0.0,
            symmetric=body.on("force_symmetry"),
            texture_size=body.whole("texture_size") if "texture_size" in body.given else None,
            texture_format=texture_format(body),
            animated=body.on("with_animation"),
        ),
    )


def segmented(source: Path) -> Order:
    """Order the same shape in parts."""
    return Order(kind="segment", source=source)


def look(body: Checked) -> Look:
    """Return the look: `texture=false` is geometry alone, which is also its price."""
    if not body.on("texture"):
        return "bare"
    return "pbr" if body.on("pbr") else "color"


def _faces(body: Checked, version: str) -> int | None:
    given = body.whole("face_limit")
    if given is not None:
        return given
    if body.on("smart_low_poly"):
        return LOW_POLY_FACES
    if body.on("quad"):
        return QUAD_FACES
    return P1_FACES if version == P1 else None
