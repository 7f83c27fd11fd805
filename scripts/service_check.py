"""Compare our catalog with what others wrote of the services, and say whose side we took and why.

A difference needs a decision in `service_decisions.toml`: the source, the topic, what the source
says, our reason and the day. One that is not decided, or that says something else by now, fails.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environment
from service_claims import Claim, document_claims, openapi_claims, ours, sdk_claims

DECISIONS = Path(__file__).with_name("service_decisions.toml")
OLD_SDK = environment.VENV / "sdk-0.4.2"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Why we differ from a source: `says` is what the source says. A `*` stands for anything."""

    source: str
    topic: str
    says: str
    why: str
    date: str

    def covers(self, claim: Claim) -> bool:
        """Whether it is about this very statement."""
        told = (claim.source, claim.topic, str(claim.value))
        asked = (self.source, self.topic, self.says)
        return all(map(_fits, asked, told))


def _fits(pattern: str, text: str) -> bool:
    parts = map(re.escape, pattern.split("*"))
    return re.fullmatch(".*".join(parts), text) is not None


@dataclass(frozen=True)
class Difference:
    """A claim that our catalog contradicts, and the decision about it, where there is one."""

    claim: Claim
    ours: object
    decision: Decision | None


@dataclass(frozen=True)
class Comparison:
    """What came of comparing: how much agrees, what differs, and decisions nobody needs."""

    agreed: int
    differences: tuple[Difference, ...]
    unused: tuple[Decision, ...]

    @property
    def good(self) -> bool:
        """Whether everything that differs was decided."""
        return all(each.decision for each in self.differences)


def compare(claims: Iterable[Claim], decisions: Sequence[Decision]) -> Comparison:
    """Hold each claim against the catalog."""
    agreed, differences = 0, list[Difference]()
    for claim in claims:
        own = ours(claim)
        if own == claim.value:
            agreed += 1
            continue
        decision = next((each for each in decisions if each.covers(claim)), None)
        differences.append(Difference(claim, own, decision))
    used = {id(each.decision) for each in differences}
    unused = tuple(each for each in decisions if id(each) not in used)
    return Comparison(agreed, tuple(differences), unused)


def read_decisions(file: Path = DECISIONS) -> tuple[Decision, ...]:
    """All decisions. Raises `TypeError` for one that lacks its reason or its day."""
    told: Any = tomllib.loads(file.read_text(encoding="utf-8"))
    return tuple(
        Decision(**{key: str(value) for key, value in row.items()}) for row in told["decision"]
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
    """Compare with every source that is to be had, and print it. The newest SDK comes from the
    registry; without an OpenAPI copy its part is left out, and that is said."""
    with tempfile.TemporaryDirectory() as folder:
        claims = [*document_claims(), *sdk_claims(_newest_sdk(Path(folder)), "tripo-v3")]
    if OLD_SDK.exists():
        claims += sdk_claims(OLD_SDK, "tripo-v2")
    else:
        print("not compared: tripo3d 0.4.2 is not installed; scripts/test.py does that")
    if openapi is not None:
        claims += openapi_claims(openapi)
    else:
        print("not compared: the OpenAPI document; name a JSON copy with --openapi FILE")
    found = compare(claims, read_decisions())
    report(found)
    return found.good


def _newest_sdk(folder: Path) -> Path:
    """Install the newest official SDK there. Raises `subprocess.CalledProcessError`."""
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    subprocess.run((*pip, "--no-deps", "--target", str(folder), "tripo3d"), check=True)
    return folder
