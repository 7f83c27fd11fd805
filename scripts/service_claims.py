"""Collects statements of other sources about the services, as claims to compare with our catalog.

Sources: an official SDK (`service_sdk_child.py` prints its parameters), a copy of Tripo's OpenAPI
document, and the tables of `service_documents.toml`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.conditions import Values
from tripo_addon.api.catalog.field_types import ParamType
from tripo_addon.api.catalog.parameters import PARAMETERS
from tripo_addon.api.catalog.service_types import Offer
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.prices import estimate
from tripo_addon.api.rules import max_length, offered, takes, window_of
from tripo_addon.api.services.tripo_v3 import PATHS

HERE = Path(__file__).parent
DOCUMENTS = HERE / "service_documents.toml"

# The method of the SDKs for each kind of task, in the order of 1.0.0 and 0.4.2.
METHODS = {
    TaskKind.TEXT_TO_MODEL: ("text_to_model",),
    TaskKind.IMAGE_TO_MODEL: ("image_to_model",),
    TaskKind.MULTIVIEW_TO_MODEL: ("multiview_to_model",),
    TaskKind.TEXTURE_MODEL: ("texture_model",),
    TaskKind.CONVERT_MODEL: ("convert_model",),
    TaskKind.IMPORT_MODEL: ("import_model",),
    TaskKind.SEGMENT_MESH: ("mesh_segment", "mesh_segmentation"),
    TaskKind.COMPLETE_MESH: ("mesh_complete", "mesh_completion"),
    TaskKind.DECIMATE_MESH: ("mesh_decimate", "smart_lowpoly"),
    TaskKind.UNWRAP_MESH: ("mesh_uv",),
    TaskKind.RIG: ("rig", "rig_model"),
    TaskKind.RETARGET: ("retarget", "retarget_animation"),
    TaskKind.TEXT_TO_IMAGE: ("text_to_image",),
    TaskKind.EDIT_IMAGE: ("image_to_image", "generate_image"),
}
_MODEL = ("model", "model_version")
_WORDS = {"text_prompt": "prompt"}
# The sources of a task have different names and shapes in every SDK.
_INPUTS = frozenset(
    row.name
    for row in PARAMETERS.values()
    if row.type
    in {
        ParamType.PICTURE,
        ParamType.PICTURES,
        ParamType.TASK,
        ParamType.MODEL_FILE,
        ParamType.BY_VIEW,
    }
) | {"input", "inputs", "file", "files", "image", "images", "image_prompt", "animation", "prompts"}


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A source's statement about a field of one kind of task: whether it is taken, its default, its
    values, its range, its length; without a field: the price. `conditions` are the other values."""

    source: str
    service: str
    kind: TaskKind
    what: str
    name: str = ""
    value: object = None
    conditions: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def topic(self) -> str:
        """What the claim is about, as one line."""
        conditions = "".join(f" {key}={value}" for key, value in self.conditions.items())
        return (
            " ".join(filter(None, (self.service, self.kind.value, self.name, self.what)))
            + conditions
        )


def ours(claim: Claim) -> object:
    """Return what our catalog says about the same."""
    service = SERVICES[claim.service]
    offer = service.offers.get(claim.kind)
    if offer is None:
        return "not offered"
    usual = {"model": offer.default_model} if offer.models else {}
    values = {**usual, **claim.conditions}
    if claim.what == "price":
        return estimate(service, claim.kind, values)
    return _OF_OFFER[claim.what](offer, claim.name, values)


def _values(offer: Offer, name: str, _values: Values) -> list[str]:
    versions = offer.models or (None,)
    found = {row.id for each in versions for row in offered(offer, each, PARAMETERS[name])}
    return sorted(found - {""})


def _window(offer: Offer, name: str, values: Values) -> list[int] | None:
    window = window_of(offer, values, name)
    return [int(window.low), int(window.high)] if window is not None else None


_OF_OFFER: dict[str, Callable[[Offer, str, Values], object]] = {
    "triangles": lambda offer, _name, _values: offer.most_triangles,
    "versions": lambda offer, _name, _values: sorted(row.id for row in offer.models),
    "taken": lambda offer, name, _values: any(
        takes(offer, row, name) for row in offer.models or (None,)
    ),
    "default": lambda _offer, name, _values: PARAMETERS[name].default,
    "values": _values,
    "characters": lambda offer, name, values: max_length(offer, values, name),
    "window": _window,
}


def sdk_claims(folder: Path, service: str) -> Iterator[Claim]:
    """Return the claims of the SDK in this folder. Raises `subprocess.CalledProcessError`."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "TRIPO_DISABLE_GEO_DETECTION": "1"}
    child = (sys.executable, str(HERE / "service_sdk_child.py"))
    done = subprocess.run(child, env=environment, capture_output=True, text=True, check=True)
    result: Any = json.loads(done.stdout)
    source, methods = f"tripo3d {result['version']}", result["methods"]
    for kind, names in METHODS.items():
        method = next((methods[name] for name in names if name in methods), None)
        if method is not None:
            fields = method["fields"].items()
            rows = {name: (row["default"], row["values"]) for name, row in fields}
            yield from _field_claims(source, service, kind, rows)
            # If a method passes on any other argument, a missing name says nothing.
            if not method["open"]:
                yield from _unknown_claims(source, service, kind, rows)


def openapi_claims(document: Any) -> Iterator[Claim]:
    """Return the claims of a parsed OpenAPI document of API v3 about request bodies."""
    for kind, path in PATHS.items():
        route = document["paths"].get(path) or document["paths"].get(path.removeprefix("/v3"))
        if route is None:
            continue
        schema = route["post"]["requestBody"]["content"]["application/json"]["schema"]
        found = _properties(document, schema)
        rows = {name: (row.get("default"), row.get("enum", ())) for name, row in found.items()}
        yield from _field_claims("OpenAPI copy", "tripo-v3", kind, rows)
        yield from _unknown_claims("OpenAPI copy", "tripo-v3", kind, rows)
        for name, row in found.items():
            if "maxLength" in row and name in PARAMETERS:
                yield Claim(
                    source="OpenAPI copy",
                    service="tripo-v3",
                    kind=kind,
                    what="characters",
                    name=name,
                    value=row["maxLength"],
                )


def document_claims(file: Path = DOCUMENTS) -> Iterator[Claim]:
    """Return the claims in the tables of the documents: one for each number or list they print."""
    document: Any = tomllib.loads(file.read_text(encoding="utf-8"))
    for table in document["table"]:
        for row in table["rows"]:
            conditions = {
                key: value for key, value in row.items() if key not in {"kind", "field", "is"}
            }
            yield Claim(
                source=table["source"],
                service=table["service"],
                kind=TaskKind(row["kind"]),
                what=table["what"],
                name=row.get("field", ""),
                value=row["is"],
                conditions=conditions,
            )


def _field_claims(
    source: str, service: str, kind: TaskKind, rows: Mapping[str, tuple[object, Any]]
) -> Iterator[Claim]:
    """For each field that is no input, claim that it is taken, and its default and values."""
    common: Any = {"source": source, "service": service, "kind": kind}
    for name, (default, values) in _named(rows).items():
        if name in _MODEL and values:
            yield Claim(**common, what="versions", value=sorted(values))
        if name not in PARAMETERS or name in _INPUTS:
            continue
        yield Claim(**common, what="taken", name=name, value=True)
        # In the SDKs this is a boolean; the service's field is a word.
        if default is not None and name != "compress":
            yield Claim(**common, what="default", name=name, value=default)
        if values and PARAMETERS[name].type is ParamType.CHOICE:
            yield Claim(**common, what="values", name=name, value=sorted(values))


def _unknown_claims(
    source: str, service: str, kind: TaskKind, rows: Mapping[str, tuple[object, Any]]
) -> Iterator[Claim]:
    """For each field that we send but the source lacks, claim that it is not taken."""
    offer, named = SERVICES[service].offers.get(kind), _named(rows)
    for name in offer.takes if offer is not None else ():
        if name not in named and name not in _INPUTS and name != "animations":
            yield Claim(
                source=source, service=service, kind=kind, what="taken", name=name, value=False
            )


def _named(rows: Mapping[str, tuple[object, Any]]) -> dict[str, tuple[object, Any]]:
    """Return the fields by our names."""
    return {_WORDS.get(name, name): row for name, row in rows.items()}


def _properties(document: Any, schema: Any) -> dict[str, Any]:
    """Return the fields of a schema, with references followed and parts merged."""
    if "$ref" in schema:
        place = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            place = place[step]
        return _properties(document, place)
    found = dict(schema.get("properties", {}))
    for part in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        found |= _properties(document, part)
    return found
