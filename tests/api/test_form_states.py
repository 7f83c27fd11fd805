"""Any state of a form is refused with a sentence, or accepted by the service at the price shown."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tripo_addon.api.catalog.conditions import AtLeast
from tripo_addon.api.catalog.field_types import ParamType
from tripo_addon.api.catalog.parameters import PARAMETERS
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.catalog.task_kinds import Makes, TaskKind
from tripo_addon.api.corrections import apply_corrections
from tripo_addon.api.prices import estimate
from tripo_addon.api.rules import (
    active,
    chosen_version,
    offered,
    refuse,
    sendable_values,
    takes,
    window_of,
)
from tripo_addon.api.tasks import parse_request

from .customer import ALL_KIND_IDS, ALL_KINDS, Customer
from .forms import NOTHING_SENT, raw_forms, settled, with_kind
from .samples import INPUTS

KINDS = pytest.mark.parametrize(("row", "kind"), ALL_KINDS, ids=ALL_KIND_IDS)
SOURCES = {
    name for name, row in PARAMETERS.items() if row.type in INPUTS or row.type is ParamType.TEXT
}


@pytest.mark.slow
@KINDS
def test_any_form_is_refused_with_a_sentence_or_costs_the_price_shown(
    customer: Customer, row: Service, kind: TaskKind
) -> None:
    place = customer.place(row, kind)
    bought = 0
    # Painting takes the stand-in long.
    examples = 12 if kind.makes is Makes.PICTURES else 60

    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        derandomize=True,
    )
    @given(raw_forms(row, kind, place), st.sampled_from(["as it is", "shown", "in order"]))
    def judged(raw: dict[str, object], state: str) -> None:
        nonlocal bought
        form = settled(row, kind, raw) if state == "in order" else raw
        sent = raw if state == "as it is" else sendable_values(row.offers[kind], form)
        refusal = refuse(row, kind, sent)
        if refusal is not None:
            assert refusal.sentence
            assert refusal.field in {*sent, *row.offers[kind].takes, "model"}
            return
        # A request is checked again before it is sent, with the value of every field.
        whole = parse_request(with_kind(kind, sent)).model_dump()
        assert refuse(row, kind, whole) is None, sent
        shown, booked = estimate(row, kind, sent), customer.ask(row, with_kind(kind, sent))
        assert shown in (None, booked.credits), sent
        assert booked.ignored == (), sent
        bought += 1

    judged()
    assert bought > 0


def refused_setting(row: Service, kind: TaskKind, sent: dict[str, object]) -> str | None:
    """Return the setting that the rules still refuse, or None."""
    refusal = refuse(row, kind, sent)
    if refusal is None or refusal.field in SOURCES:
        return None
    missing = refusal.field not in sent
    counted = [rule.field for rule in row.offers[kind].rules if isinstance(rule, AtLeast)]
    return None if missing and refusal.field in counted else refusal.field


@pytest.mark.slow
@KINDS
def test_settled_form_has_no_refused_setting(row: Service, kind: TaskKind) -> None:
    offer = row.offers[kind]

    @settings(max_examples=150, deadline=None, derandomize=True)
    @given(raw_forms(row, kind, NOTHING_SENT), st.sampled_from(["model", *offer.takes]))
    def ordered(raw: dict[str, object], changed: str) -> None:
        made_from = {name: NOTHING_SENT[name] for name in offer.takes if name in offer.required}
        form = settled(row, kind, {**raw, **made_from}, changed=changed)
        sent = sendable_values(offer, form)
        assert refused_setting(row, kind, sent) is None, sent
        assert apply_corrections(row, kind, sent, changed={changed}) == ()

    ordered()


@pytest.mark.slow
@KINDS
def test_changed_setting_stays_if_the_version_allows_it(row: Service, kind: TaskKind) -> None:
    offer = row.offers[kind]

    @settings(max_examples=150, deadline=None, derandomize=True)
    @given(raw_forms(row, kind, NOTHING_SENT), st.data())
    def changed(raw: dict[str, object], data: st.DataObject) -> None:
        before = settled(row, kind, raw)
        shown = [name for name in sendable_values(offer, before) if name != "model"]
        if not shown:
            return
        name = data.draw(st.sampled_from(shown))
        parameter = PARAMETERS[name]
        version = chosen_version(offer, before)
        choices = [choice.id for choice in offered(offer, version, parameter)]
        if parameter.type is ParamType.BOOLEAN:
            value: object = data.draw(st.booleans())
        elif parameter.type is ParamType.CHOICE:
            value = data.draw(st.sampled_from(choices))
        else:
            return
        after = settled(row, kind, {**before, name: value}, changed=name)
        assert after[name] == value
        assert refused_setting(row, kind, sendable_values(offer, after)) is None

    changed()


@pytest.mark.slow
@KINDS
def test_changed_version_stays_and_settings_follow(row: Service, kind: TaskKind) -> None:
    offer = row.offers[kind]
    if len(offer.models) < 2:
        return

    @settings(max_examples=100, deadline=None, derandomize=True)
    @given(raw_forms(row, kind, NOTHING_SENT), st.sampled_from(offer.models))
    def changed(raw: dict[str, object], version: object) -> None:
        model = getattr(version, "id", "")
        before = settled(row, kind, raw)
        after = settled(row, kind, {**before, "model": model}, changed="model")
        assert after["model"] == model
        sent = sendable_values(offer, after)
        assert refused_setting(row, kind, sent) is None
        for name in set(sent) - {"model"}:
            assert takes(offer, offer.model(model), name)
            assert active(offer, after, name) or sent[name] is PARAMETERS[name].without
            window, value = window_of(offer, sent, name), sent[name]
            if window is not None and isinstance(value, int | float):
                assert value in window

    changed()
