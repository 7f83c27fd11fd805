"""The router's models as data: their names, and the fields that each one's page lists."""

from collections.abc import Mapping
from dataclasses import replace

from ..fields import Field
from ..tripo import generation
from ..tripo.endpoint import Endpoint, Manner

VERSIONS: Mapping[str, str] = {
    "v3.1-20260211": "H3",
    "v3.0-20250812": "H3",
    "P1-20260311": "P1",
    "P2-20260801": "P2",
}
MANNER = Manner(retired=(), token="file_", at_once={"H": 10_000, "P": 10_000})
_COMMON = {
    "model",
    "texture",
    "pbr",
    "model_seed",
    "texture_seed",
    "compress",
    "texture_quality",
    "face_limit",
    "geometry_quality",
    "auto_size",
    "quad",
    "smart_low_poly",
    "generate_parts",
    "export_uv",
    "export_orientation",
}


def _fields(own: tuple[Field, ...], *names: str) -> tuple[Field, ...]:
    listed = tuple(each for each in generation.MAKING if each.name in _COMMON)
    fields = (*listed, *(each for each in own if each.name in names))
    narrow = ("standard", "detailed")
    return tuple(
        replace(each, allowed=narrow) if each.name == "texture_quality" else each for each in fields
    )


def _endpoint(kind: str, fields: tuple[Field, ...], *named: str) -> Endpoint:
    return Endpoint(
        kind=kind,
        fields=fields,
        models=VERSIONS,
        named_in=named,
        clashes=generation.CLASHES[:3],
        windows=generation.face_windows(low_poly_from=500),
    )


_IN_PICTURES = ("texture_alignment", "orientation")
ENDPOINTS: Mapping[str, Endpoint] = {
    "text-to-model": _endpoint(
        "text_to_model",
        _fields(generation.FROM_TEXT, "prompt", "negative_prompt", "image_seed"),
    ),
    "image-to-model": _endpoint(
        "image_to_model",
        _fields(generation.FROM_IMAGE, "input", "enable_image_autofix", *_IN_PICTURES),
        "input",
    ),
    "multiview-to-model": _endpoint(
        "multiview_to_model", _fields(generation.FROM_VIEWS, "inputs", *_IN_PICTURES), "inputs"
    ),
}
MODELS: Mapping[str, tuple[str, Endpoint]] = {
    f"{version.lower()}-{name}": (version, endpoint)
    for version in VERSIONS
    for name, endpoint in ENDPOINTS.items()
}
