"""Settings that exclude each other: every known pair is refused with a sentence, or tested
elsewhere."""

import dataclasses
from dataclasses import dataclass

import pytest

from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.parameters import PARAMETERS
from tripo_addon.api.catalog.pixazo import PIXAZO
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.catalog.studio import STUDIO
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.catalog.tripo_v2 import TRIPO_V2
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.corrections import apply_corrections
from tripo_addon.api.rules import refuse, sendable_values

TEXT, IMAGE, VIEWS_KIND = (
    TaskKind.TEXT_TO_MODEL,
    TaskKind.IMAGE_TO_MODEL,
    TaskKind.MULTIVIEW_TO_MODEL,
)
TEXTURE, CONVERT = TaskKind.TEXTURE_MODEL, TaskKind.CONVERT_MODEL
V31, V25, P1, P2 = "v3.1-20260211", "v2.5-20250123", "P1-20260311", "P2-20260801"
T30, RIG1 = "v3.0-20250812", "v1.0-20240301"
CHEST: dict[str, object] = {"prompt": "a chest"}
PHOTO: dict[str, object] = {"image": "a.png"}
BARE: dict[str, object] = {"texture": False, "pbr": False}
PARTS: dict[str, object] = {**BARE, "generate_parts": True}
SOURCE: dict[str, object] = {"source_task": "t"}
SKIN: dict[str, object] = {"model": T30, **SOURCE}


@dataclass(frozen=True)
class Exclusion:
    """Values that exclude each other, the field that is blamed, and the same values corrected."""

    id: str
    kind: TaskKind
    values: dict[str, object]
    field: str
    mended: dict[str, object] = dataclasses.field(default_factory=dict[str, object])
    service: Service = TRIPO_V3


EXCLUSIONS = [
    Exclusion("R01", TEXT, {**CHEST, "model": V31, "texture": False}, "pbr", {"pbr": False}),
    Exclusion(
        "R02 texture", TEXT, {**CHEST, "model": V31, "generate_parts": True}, "texture", BARE
    ),
    Exclusion(
        "R02 pbr",
        TEXT,
        {**CHEST, "model": V31, "generate_parts": True, "texture": False, "pbr": True},
        "pbr",
        {"pbr": False},
    ),
    Exclusion("R03", TEXT, {**CHEST, "model": V31, **PARTS, "quad": True}, "quad", {"quad": False}),
    Exclusion(
        "R04",
        TEXT,
        {**CHEST, "model": V31, **PARTS, "smart_low_poly": True},
        "smart_low_poly",
        {"smart_low_poly": False},
    ),
    *(
        Exclusion(
            f"{rule} {name}",
            TEXT,
            {**CHEST, "model": model, name: value},
            name,
            {name: PARAMETERS[name].default},
        )
        for rule, model, names in (
            ("R05", P1, {"quad", "smart_low_poly", "generate_parts", "geometry_quality"}),
            ("R06", P2, {"smart_low_poly", "generate_parts", "geometry_quality"}),
            ("R07", V25, {"geometry_quality"}),
            ("R08", V25, {"texture_quality", "auto_size", "quad", "smart_low_poly"}),
            ("R08", V25, {"generate_parts", "compress"}),
        )
        for name, value in {
            "quad": True,
            "smart_low_poly": True,
            "generate_parts": True,
            "geometry_quality": "detailed",
            "texture_quality": "detailed",
            "auto_size": True,
            "compress": "geometry",
        }.items()
        if name in names
    ),
    Exclusion(
        "R09",
        TEXT,
        {**CHEST, "model": V31, "quad": True, "face_limit": 150_001},
        "face_limit",
        {"face_limit": 10_000},
    ),
    Exclusion(
        "R10",
        IMAGE,
        {**PHOTO, "model": V31, **BARE, "orientation": "align_image"},
        "orientation",
        {"orientation": "default"},
    ),
    Exclusion(
        "R11",
        IMAGE,
        {**PHOTO, "model": V31, **BARE, "auto_size": True},
        "auto_size",
        {"texture": True},
    ),
    Exclusion(
        "R12",
        IMAGE,
        {**PHOTO, "model": V31, **BARE, "texture_quality": "detailed"},
        "texture_quality",
        {"texture_quality": "standard"},
    ),
    Exclusion(
        "R13 fast",
        TEXT,
        {**CHEST, "model": V31, "texture_quality": "fast"},
        "texture_version",
        {"texture_version": "v3.5-20260815"},
    ),
    Exclusion(
        "R13 delight", TEXT, {**CHEST, "model": V31, "delight": False}, "delight", {"delight": True}
    ),
    Exclusion(
        "R14", TEXT, {**CHEST, "model": V31, "export_orientation": "-y"}, "export_orientation"
    ),
    Exclusion(
        "R15 no front",
        VIEWS_KIND,
        {"model": V31, "left": "l", "back": "b"},
        "front",
        {"front": "f"},
    ),
    Exclusion("R15 one", VIEWS_KIND, {"model": V31, "front": "f"}, "left", {"right": "r"}),
    Exclusion(
        "R16",
        VIEWS_KIND,
        {"model": V31, "front": "f", "left": "l", "views_task": "t"},
        "front",
        {"views_task": ""},
    ),
    Exclusion("R17 two", TEXTURE, {**SKIN, **CHEST, **PHOTO}, "image", {"image": None}),
    Exclusion("R17 style", TEXTURE, {**SKIN, "style_image": "s"}, "style_image", CHEST),
    Exclusion(
        "R18", TEXTURE, {**SKIN, "front": "f", "back": "b"}, "left", {"left": "l", "right": "r"}
    ),
    Exclusion("R19", TEXTURE, {"model": T30, "source_file": "m.glb"}, "prompt", CHEST),
    Exclusion("R20", TEXTURE, {**SKIN, "texture": False}, "texture", {"texture": True}),
    Exclusion(
        "R24", CONVERT, {**SOURCE, "format": "GLTF", "quad": True}, "format", {"format": "FBX"}
    ),
    Exclusion(
        "R25 symmetry",
        CONVERT,
        {**SOURCE, "format": "FBX", "force_symmetry": True},
        "force_symmetry",
        {"quad": True},
    ),
    Exclusion(
        "R25 threshold",
        CONVERT,
        {**SOURCE, "format": "FBX", "flatten_bottom_threshold": 0.5},
        "flatten_bottom_threshold",
        {"flatten_bottom": True},
    ),
    Exclusion(
        "R25 colors",
        CONVERT,
        {**SOURCE, "format": "FBX", "export_vertex_colors": True},
        "export_vertex_colors",
        {"format": "OBJ"},
    ),
    Exclusion(
        "R25 preset",
        CONVERT,
        {**SOURCE, "format": "OBJ", "fbx_preset": "mixamo"},
        "fbx_preset",
        {"format": "FBX"},
    ),
    Exclusion(
        "R26",
        CONVERT,
        {**SOURCE, "format": "FBX", "scale_factor": 0.0},
        "scale_factor",
        {"scale_factor": 0.5},
    ),
    Exclusion(
        "R28",
        TaskKind.RIG,
        {**SOURCE, "model": RIG1, "rig_type": "avian"},
        "rig_type",
        {"model": "v2.5-20260210"},
    ),
    *(
        Exclusion(
            f"R29 {spec}",
            TaskKind.RIG,
            {**SOURCE, "model": RIG1, "spec": spec},
            "spec",
            {"model": "v3.0-20260909"},
        )
        for spec in ("unity", "unreal", "vrm")
    ),
    Exclusion(
        "R31 six clips",
        TaskKind.RETARGET,
        {**SOURCE, "animations": ("preset:walk",) * 6},
        "animations",
        {"animations": ("preset:walk",) * 5},
    ),
    *(
        Exclusion(
            f"R33 {name}",
            TaskKind.SEGMENT_MESH,
            {**SOURCE, "model": "v1.0-20250506", name: value},
            name,
            {"model": "v2.0-20260430"},
        )
        for name, value in (
            ("segmentation_granularity", "simple"),
            ("split_by_connectivity", False),
            ("ref_image", "r.png"),
        )
    ),
    Exclusion(
        "R34 file",
        TaskKind.COMPLETE_MESH,
        {**SOURCE, "source_file": "m.glb"},
        "source_file",
        {"source_file": None},
    ),
    Exclusion(
        "R35 uv",
        TaskKind.DECIMATE_MESH,
        {**SOURCE, "model": "v2.0", "smart_uv": True},
        "smart_uv",
        {"model": "v3.0"},
    ),
    Exclusion(
        "R35 bake",
        TaskKind.DECIMATE_MESH,
        {**SOURCE, "model": "v1.0", "face_limit": 500, "bake": False},
        "bake",
        {"bake": True},
    ),
    Exclusion(
        "R35 parts",
        TaskKind.DECIMATE_MESH,
        {**SOURCE, "model": "v1.0", "face_limit": 500, "part_names": ("lid",)},
        "part_names",
        {"part_names": ()},
    ),
    Exclusion(
        "R35 faces",
        TaskKind.DECIMATE_MESH,
        {**SOURCE, "model": "v1.0"},
        "face_limit",
        {"face_limit": 2_000_000},
    ),
    Exclusion("R36", TaskKind.REFINE_MODEL, SOURCE, "kind"),
    Exclusion("R38", TEXT, CHEST, "model", {"model": V31}),
    Exclusion("R39", IMAGE, {"model": "3.1"}, "image", PHOTO, STUDIO),
    Exclusion(
        "R40",
        CONVERT,
        {"source_file": "m.glb", "format": "3MF", "quad": True},
        "format",
        {"quad": False},
        STUDIO,
    ),
    Exclusion(
        "R41 two",
        TEXTURE,
        {"source_file": "m.glb", **CHEST, **PHOTO},
        "image",
        {"prompt": " "},
        STUDIO,
    ),
    Exclusion("R41 none", TEXTURE, {"source_file": "m.glb"}, "prompt", CHEST, STUDIO),
    Exclusion("R42", IMAGE, PHOTO, "image", {"image": "https://example.com/a.png"}, PIXAZO),
    Exclusion(
        "v1.x lacks",
        TEXT,
        {**CHEST, "model": "v1.4-20240625", "face_limit": 5000},
        "face_limit",
        {"model": "v2.0-20240919"},
        TRIPO_V2,
    ),
]
# The rest of the list, and the tests that cover it.
TESTED_ELSEWHERE = {
    "R21": "a texture step never says texture=false (R20), so standard and both off cannot be",
    "R22": "needs the kind of the source task, which a request does not hold",
    "R23": "a warning, in the words of the formats STL and 3MF",
    "R27": "a warning; needs the kind of the source task",
    "R30": "needs the model and bones of the source rig, which a request does not hold",
    "R32": "a warning about order; needs the kind of the source task",
    "R37": "needs the service of the source task, which a request does not hold",
}


@pytest.mark.parametrize("each", EXCLUSIONS, ids=lambda each: each.id)
def test_conflicting_settings_are_refused_until_corrected(
    each: Exclusion,
) -> None:
    refusal = refuse(each.service, each.kind, each.values)
    assert refusal is not None
    assert refusal.field == each.field
    assert len(refusal.sentence.split()) > 3
    if each.mended:
        assert refuse(each.service, each.kind, {**each.values, **each.mended}) is None


def test_every_documented_exclusion_is_tested() -> None:
    covered = {each.id.partition(" ")[0] for each in EXCLUSIONS} | set(TESTED_ELSEWHERE)
    assert {f"R{number:02}" for number in range(1, 43)} <= covered
    assert all(TESTED_ELSEWHERE.values())


SHAPES = {row.name for row in PARAMETERS.values() if row.group in {"shape", "surface", "rig"}}


@pytest.mark.parametrize(
    "each",
    [each for each in EXCLUSIONS if each.field in SHAPES],
    ids=lambda each: each.id,
)
def test_corrected_form_is_never_refused_for_its_settings(
    each: Exclusion,
) -> None:
    values = dict(each.values)
    for correction in apply_corrections(each.service, each.kind, values):
        assert correction.sentence
        values[correction.field] = correction.value
    refusal = refuse(
        each.service, each.kind, sendable_values(each.service.offers[each.kind], values)
    )
    assert refusal is None or refusal.field not in each.values


def test_settings_that_decide_cost_or_waiting_are_not_offered() -> None:
    never = {"priority", "style", "watermark", "parameters", "mode", "check_printable"}
    assert not never & set(PARAMETERS)
    hidden = {name for name, row in PARAMETERS.items() if not row.shown}
    assert "compress" in hidden
    assert not [
        row.id for row in SERVICES.values() if "export_orientation" in row.offers[IMAGE].takes
    ]
