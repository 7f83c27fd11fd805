"""The texts of errors: every kind has one, and the report is complete."""

import copy
import pickle
from dataclasses import fields, replace

import pytest

from tripo_addon.api.errors import (
    Kind,
    LinkExpired,
    OutcomeUnknown,
    Problem,
    Rejected,
    ServiceFault,
    Stopped,
    Transient,
)

FULL = Problem(
    kind=Kind.SETTING,
    detail="Face Limit",
    code=1004,
    message="parameter 'face_limit' must be within 1 and 10",
    suggestion="Check the parameters",
    trace_id="0b1c6a0e",
)


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.value)
def test_every_kind_says_what_happened_and_what_to_do(kind: Kind) -> None:
    for words in (kind.sentence, kind.advice):
        assert words == words.strip()
        assert len(words) > 10
        assert words[0].isupper()
        assert words[-1] not in ".!:,"
        assert "  " not in words


def test_every_kind_has_its_own_text() -> None:
    assert len({kind.sentence for kind in Kind}) == len(Kind)
    assert len({kind.value for kind in Kind}) == len(Kind)


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.value)
def test_kind_is_stored_and_loaded_by_name(kind: Kind) -> None:
    assert Kind(kind.value) is kind
    assert kind.value == kind.name.lower()
    assert pickle.loads(pickle.dumps(kind)) is copy.deepcopy(kind) is kind


def test_sentence_has_the_detail_and_the_services_code() -> None:
    sentence = Kind.SETTING.sentence
    assert Problem(kind=Kind.SETTING).sentence == sentence
    assert Problem(kind=Kind.SETTING, detail="Quads").sentence == f"{sentence}: Quads"
    assert Problem(kind=Kind.SETTING, code=1004).sentence == f"{sentence} (code 1004)"
    assert FULL.sentence == f"{sentence}: Face Limit (code 1004)"
    assert FULL.advice == Kind.SETTING.advice


def test_report_lists_every_known_fact_once_on_its_own_line() -> None:
    assert FULL.report().splitlines() == [
        f"What happened: {Kind.SETTING.sentence}: Face Limit (code 1004)",
        f"What to do: {Kind.SETTING.advice}",
        "Service message: parameter 'face_limit' must be within 1 and 10",
        "Service suggestion: Check the parameters",
        "Trace ID: 0b1c6a0e",
    ]


@pytest.mark.parametrize(
    "name", [each.name for each in fields(Problem) if each.name not in {"kind", "code"}]
)
def test_report_omits_unknown_facts(name: str) -> None:
    shorter = replace(FULL, **{name: ""})
    assert getattr(FULL, name) in FULL.report()
    assert getattr(FULL, name) not in shorter.report()
    assert not [line for line in shorter.report().splitlines() if line.endswith(": ")]


def test_report_shows_the_code() -> None:
    assert "1004" in FULL.report()
    assert "code" not in replace(FULL, code=None).report()


@pytest.mark.parametrize("fault", [Transient, OutcomeUnknown, Rejected, LinkExpired])
def test_every_exception_carries_its_problem_as_text(fault: type[ServiceFault]) -> None:
    raised = fault(FULL)
    assert isinstance(raised, ServiceFault)
    assert raised.trouble is FULL
    assert str(raised) == FULL.sentence


def test_only_transient_errors_have_retry_after() -> None:
    assert Transient(FULL).retry_after is None
    assert Transient(FULL, retry_after=2.5).retry_after == 2.5


def test_stopped_is_no_service_fault() -> None:
    assert not issubclass(Stopped, ServiceFault)
