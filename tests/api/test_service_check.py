"""Our catalog against other sources: a difference without a decision makes the check fail."""

from pathlib import Path

import pytest

import service_check
from service_claims import Claim, document_claims, openapi_claims
from tripo_addon.api.catalog.task_kinds import TaskKind

MIGRATION = "Tripo's migration guide, from its server's code"


def test_every_documented_table_agrees_or_has_a_decision() -> None:
    claims = list(document_claims())
    found = service_check.compare(claims, service_check.read_decisions())
    assert found.good, [each.claim.topic for each in found.differences if not each.decision]
    assert found.agreed > 60
    assert found.agreed + len(found.differences) == len(claims)


def test_difference_without_a_decision_fails() -> None:
    decisions = service_check.read_decisions()
    dearer = Claim(
        source="somebody", service="tripo-v3", kind=TaskKind.UNWRAP_MESH, what="price", value=21
    )
    assert not service_check.compare([dearer], decisions).good


def test_decision_expires_when_its_source_changes() -> None:
    decisions = service_check.read_decisions()
    conditions = {"model": "P1-20260311"}
    for value, good in (([48, 20_000], True), ([40, 20_000], False)):
        claim = Claim(
            source=MIGRATION,
            service="tripo-v3",
            kind=TaskKind.TEXT_TO_MODEL,
            what="window",
            name="face_limit",
            value=value,
            conditions=conditions,
        )
        assert service_check.compare([claim], decisions).good is good


def test_openapi_references_are_resolved() -> None:
    body = {
        "properties": {
            "prompt": {"type": "string", "maxLength": 1024},
            "texture_quality": {"enum": ["standard", "detailed", "extreme", "fast"]},
            "pbr": {"type": "boolean", "default": False},
        }
    }
    content = {"application/json": {"schema": {"allOf": [{"$ref": "#/components/schemas/Text"}]}}}
    document = {
        "paths": {"/v3/generation/text-to-model": {"post": {"requestBody": {"content": content}}}},
        "components": {"schemas": {"Text": body}},
    }
    found = service_check.compare(openapi_claims(document), ())
    differing = {each.claim.topic for each in found.differences}
    assert "tripo-v3 text_to_model pbr default" in differing
    assert "tripo-v3 text_to_model face_limit taken" in differing
    assert not any("prompt characters" in topic for topic in differing)
    assert not any("texture_quality" in topic for topic in differing)


@pytest.mark.parametrize("missing", ["why", "date", "says"])
def test_decision_without_reason_or_date_is_invalid(tmp_path: Path, missing: str) -> None:
    row = {"source": "a", "topic": "b", "says": "c", "why": "d", "date": "2026-11-28"}
    lines = [f'{key} = "{value}"' for key, value in row.items() if key != missing]
    file = tmp_path / "decisions.toml"
    file.write_text("[[decision]]\n" + "\n".join(lines), encoding="utf-8")
    with pytest.raises(TypeError, match=missing):
        service_check.read_decisions(file)


def test_answer_that_breaks_the_schema_fails_unless_decided() -> None:
    decisions = service_check.read_decisions()
    known = service_check.Misfit("OpenAPI copy", "answer 200 of /account/usage", "$.data: {…} is")
    new = service_check.Misfit("OpenAPI copy", "answer 200 of /account/balance", "$.data: no")
    assert service_check.compare([known], decisions).good
    assert not service_check.compare([known, new], decisions).good
