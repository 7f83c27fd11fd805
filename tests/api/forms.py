"""Generates any form with Hypothesis: every field of an offer, within its range and beyond."""

from collections.abc import Mapping
from pathlib import Path

from hypothesis import strategies as st

from tripo_addon.api.catalog.conditions import AtLeast
from tripo_addon.api.catalog.field_types import VIEWS, Parameter, ParamType
from tripo_addon.api.catalog.parameters import PARAMETERS
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.corrections import apply_corrections

WORDS = st.text(max_size=12) | st.sampled_from(
    ["a chest", " ", "\x1f", "é" * 255, "x" * 1024, "x" * 1025, "x" * 1801, "a 🙂", "\ud83d"]
)
NUMBERS = st.sampled_from(
    [-1, 0, 1, 48, 50, 128, 499, 500, 1000, 4096, 10_000, 10_001, 20_000, 20_001, 25_001, 50_001]
) | st.sampled_from([150_001, 500_001, 1_000_001, 1_500_001, 2_000_001, 2**31 - 1, 2**31])
FRACTIONS = st.sampled_from([0.0, 0.01, 0.5, 1.0, 1.5, -1.0, 1e9, float("nan"), float("inf")])
# Those that fit the rig of `Customer`. Another test covers which animation fits which rig.
CLIPS = st.sampled_from(["preset:walk", "preset:run", "preset:idle", "preset:climb", " "])

ANYTHING: dict[ParamType, st.SearchStrategy[object]] = {
    ParamType.BOOLEAN: st.booleans(),
    ParamType.INTEGER: st.none() | NUMBERS,
    ParamType.FLOAT: FRACTIONS,
    ParamType.TEXT: WORDS,
    ParamType.BY_VIEW: st.dictionaries(st.sampled_from(VIEWS), WORDS),
}


def field(row: Parameter, place: Mapping[str, object]) -> st.SearchStrategy[object]:
    """Return a strategy for the values of one field, most of them allowed somewhere."""
    if row.type is ParamType.CHOICE:
        ids = [choice.id for choice in row.choices]
        return st.sampled_from([*ids, *ids, "beyond"])
    if row.type is ParamType.TEXT_LIST:
        return st.lists(CLIPS if row.name == "animations" else WORDS, max_size=7).map(tuple)
    if row.type is ParamType.PICTURES:
        return st.lists(st.just(place["image"]), max_size=18).map(tuple)
    return ANYTHING.get(row.type, st.just(place.get(row.name)))


def raw_forms(
    service: Service, kind: TaskKind, place: Mapping[str, object]
) -> st.SearchStrategy[dict[str, object]]:
    """Return a strategy for forms of this kind: inputs mostly valid, settings anything."""
    offer = service.offers[kind]
    rows = {name: PARAMETERS[name] for name in offer.takes}
    counted = [rule for rule in offer.rules if isinstance(rule, AtLeast) and rule.when is None]
    needed = {*offer.required, *(name for rule in counted for name in rule.names[: rule.count])}
    given = {
        name: st.just(place[name]) | field(row, place)
        for name, row in rows.items()
        if name in needed
    }
    optional = {name: field(row, place) for name, row in rows.items() if name not in given}
    models = [version.id for version in offer.models]
    if models:
        given["model"] = st.sampled_from([*models, *models, "v9.9-20300101", ""])
    return st.fixed_dictionaries(given, optional=optional)


def settled(
    service: Service, kind: TaskKind, raw: Mapping[str, object], *, changed: str = ""
) -> dict[str, object]:
    """Return a form's values after corrections."""
    found = dict(raw)
    for correction in apply_corrections(service, kind, found, changed={changed}):
        found[correction.field] = correction.value
    return found


def with_kind(kind: TaskKind, values: Mapping[str, object]) -> dict[str, object]:
    """Return the values as `parse_request` takes them."""
    return {"kind": kind.value, **values}


IMAGE = Path("image.png")
# Nothing is sent, so the inputs need not exist.
NOTHING_SENT: dict[str, object] = {
    **{view: Path(f"{view}.png") for view in VIEWS},
    "image": IMAGE,
    "style_image": IMAGE,
    "ref_image": IMAGE,
    "references": (IMAGE,),
    "source_task": "task",
    "views_task": "task",
    "source_file": Path("model.glb"),
    "prompt": "a chest",
    "format": "FBX",
    "animations": ("preset:walk",),
    "prompts": {"front": "a door"},
}
