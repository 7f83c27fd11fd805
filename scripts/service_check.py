"""Compares our catalog with other sources about the services, and reports which differences are
decided.

A difference needs a decision in `service_decisions.toml`: the source, the topic, what the source
says, our reason and the day. A difference without a decision, or a decision whose source has
changed, fails. The stand-in's answers and random requests of ours are checked against the OpenAPI
document in the same way.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import urllib.request
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environment
from service_claims import Claim, document_claims, openapi_claims, ours, sdk_claims

DECISIONS = Path(__file__).with_name("service_decisions.toml")
OLD_SDK = environment.VENV / "sdk-0.4.2"
# Tripo publishes no such document; this one is kept by hand from its documentation.
OPENAPI = "https://raw.githubusercontent.com/tryAGI/Tripo/main/src/libs/Tripo/openapi.yaml"
KEPT = environment.cache() / "tripo-openapi.yaml"
LARGEST, PATIENCE = 5_000_000, 10.0
_READER = ("pyyaml==6.0.4", "jsonschema==4.26.0")
_OTHER_STATEMENT = "said otherwise"
FORMS_A_KIND = 250


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Why we differ from a source: `says` is the source's statement. A `*` matches anything."""

    source: str
    topic: str
    says: str
    why: str
    date: str

    def covers(self, claim: Claim | Misfit) -> bool:
        """Return whether the decision is about this statement."""
        statement = (claim.source, claim.topic, str(claim.value))
        pattern = (self.source, self.topic, self.says)
        return all(map(_fits, pattern, statement))


def _fits(pattern: str, text: str) -> bool:
    parts = map(re.escape, pattern.split("*"))
    return re.fullmatch(".*".join(parts), text) is not None


@dataclass(frozen=True)
class Misfit:
    """An answer of the stand-in or a request of ours that does not match, and why."""

    source: str
    topic: str
    value: object


@dataclass(frozen=True)
class Difference:
    """A claim that our catalog or stand-in contradicts, and the decision about it, if any."""

    claim: Claim | Misfit
    ours: object
    decision: Decision | None


@dataclass(frozen=True)
class Comparison:
    """The result of a comparison: how many claims agree, what differs, and unused decisions."""

    agreed: int
    differences: tuple[Difference, ...]
    unused: tuple[Decision, ...]

    @property
    def good(self) -> bool:
        """Whether every difference is decided."""
        return all(each.decision for each in self.differences)


def compare(claims: Iterable[Claim | Misfit], decisions: Sequence[Decision]) -> Comparison:
    """Compare each claim with the catalog; a misfit is always a difference."""
    agreed, differences = 0, list[Difference]()
    for claim in claims:
        own = _OTHER_STATEMENT if isinstance(claim, Misfit) else ours(claim)
        if own == claim.value:
            agreed += 1
            continue
        decision = next((each for each in decisions if each.covers(claim)), None)
        differences.append(Difference(claim, own, decision))
    used = {id(each.decision) for each in differences}
    unused = tuple(each for each in decisions if id(each) not in used)
    return Comparison(agreed, tuple(differences), unused)


def read_decisions(file: Path = DECISIONS) -> tuple[Decision, ...]:
    """Return all decisions. Raises `TypeError` if one lacks its reason or day."""
    document: Any = tomllib.loads(file.read_text(encoding="utf-8"))
    return tuple(
        Decision(**{key: str(value) for key, value in row.items()}) for row in document["decision"]
    )


def report(found: Comparison) -> None:
    """Print what differs, the undecided first, and what agrees as a number."""
    for each in sorted(found.differences, key=lambda each: each.decision is not None):
        claim = each.claim
        mark = "decided " if each.decision else "UNDECIDED"
        print(f"{mark} {claim.source}: {claim.topic}: {claim.value!r}, we have {each.ours!r}")
        if each.decision is not None:
            print(f"          {each.decision.date}: {each.decision.why}")
    for each in found.unused:
        print(f"no longer needed: {each.source}: {each.topic}")
    undecided = sum(each.decision is None for each in found.differences)
    print(f"{found.agreed} agree, {len(found.differences)} differ, {undecided} undecided")


def run(openapi: Path | None) -> bool:
    """Compare with every available source, and print the result. The newest SDK comes from the
    registry; without a copy of the OpenAPI document that part is skipped, with a message."""
    claims: list[Claim | Misfit] = [*document_claims()]
    with tempfile.TemporaryDirectory() as folder:
        claims += sdk_claims(_installed(Path(folder), "--no-deps", "tripo3d"), "tripo-v3")
    if OLD_SDK.exists():
        claims += sdk_claims(OLD_SDK, "tripo-v2")
    else:
        print("not compared: tripo3d 0.4.2 is not installed; scripts/test.py does that")
    document = openapi or _newest_copy()
    if document is not None:
        claims += _against(document)
    else:
        print(f"not compared: the OpenAPI document; {OPENAPI} has a copy, for --openapi FILE")
    found = compare(claims, read_decisions())
    report(found)
    return found.good


def _against(file: Path) -> list[Claim | Misfit]:
    """Return the OpenAPI document's claims about requests, and the misfits of the stand-in's
    answers and of our random requests, each kind once. Raises `subprocess.CalledProcessError` for a
    file that is no such document."""
    from tests.api.answers import all_answers, all_requests

    with tempfile.TemporaryDirectory() as folder:
        bodies = {"answers": all_answers(Path(folder)), "requests": all_requests(FORMS_A_KIND)}
    with tempfile.TemporaryDirectory() as folder:
        place = str(_installed(Path(folder), *_READER))
        child = Path(__file__).with_name("service_openapi_child.py")
        done = subprocess.run(
            (sys.executable, str(child), str(file)),
            input=json.dumps(bodies),
            env={**os.environ, "PYTHONPATH": place},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    result: Any = json.loads(done.stdout)
    for name, fit in result["fit"].items():
        print(f"{fit} of {len(bodies[name])} {name} fit the OpenAPI document")
    misfits = [Misfit("OpenAPI copy", topic, wrong) for topic, wrong in result["wrong"].items()]
    return [*openapi_claims(result["document"]), *misfits]


def _newest_copy() -> Path | None:
    """Return the copy as published now, else the last one fetched, else None."""
    try:
        with urllib.request.urlopen(OPENAPI, timeout=PATIENCE) as answer:
            content = answer.read(LARGEST)
    except OSError as missing:
        print(f"the OpenAPI document cannot be fetched: {missing}")
        return KEPT if KEPT.exists() else None
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    KEPT.write_bytes(content)
    return KEPT


def _installed(folder: Path, *packages: str) -> Path:
    """Install packages alone into a folder. Raises `subprocess.CalledProcessError`."""
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    subprocess.run((*pip, "--target", str(folder), *packages), check=True)
    return folder
