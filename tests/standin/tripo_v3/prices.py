"""What a Tripo v3 task costs, in credits, by the published price list.

Pure: a checked body in, a number out.
"""

from collections.abc import Mapping

from ..fields import Checked

# family → (bare, textured), for a text and for pictures.
FROM_TEXT: Mapping[str, tuple[float, float]] = {
    "H": (10, 20),
    "P1": (30, 40),
    "P2": (100, 110),
}
FROM_PICTURES: Mapping[str, tuple[float, float]] = {
    "H": (20, 30),
    "P1": (40, 50),
    "P2": (100, 110),
}
TEXTURE: Mapping[str, float] = {"fast": 10, "standard": 10, "detailed": 20, "extreme": 30}
ADDED_FOR_QUALITY: Mapping[str, float] = {"detailed": 10, "extreme": 20}


def credits(kind: str, family: str, body: Checked) -> float:
    """The price of one task. pbr=true makes it a textured one whatever `texture` says."""
    if kind == "import_model":
        return 0.0
    if kind == "texture_model":
        # Seen to be billed double for the same result, so a client that sends it pays here too.
        double = 1 if body.on("texture") else 2
        return double * TEXTURE[body.text("texture_quality")]
    table = FROM_TEXT if kind == "text_to_model" else FROM_PICTURES
    bare, textured = table["H" if family.startswith("H") else family]
    return (textured if is_textured(body) else bare) + _additions(body)


def is_textured(body: Checked) -> bool:
    """Whether the result carries a texture."""
    return body.on("texture") or body.on("pbr")


def _additions(body: Checked) -> float:
    total = 0.0
    if is_textured(body):
        total += ADDED_FOR_QUALITY.get(body.text("texture_quality"), 0)
    if body.text("geometry_quality") == "detailed":
        total += 20
    total += 5 * body.on("quad")
    total += 10 * body.on("smart_low_poly")
    total += 20 * body.on("generate_parts")
    return total
