"""The account's credits as far as they are known."""

from __future__ import annotations

import pytest

from tests.doubles import HeldWorkers
from tests.jobs.bench import (
    ACCOUNT,
    KEY,
    MakeBench,
    MakeStandIn,
    Wrapped,
)
from tripo_addon.api.errors import Kind
from tripo_addon.api.replies import Balance
from tripo_addon.api.services.tripo_v3 import connect
from tripo_addon.jobs.model.job import State


def test_balance_is_known_after_asking(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in(balance=321))
    assert here.engine.money(ACCOUNT).balance is None
    here.engine.ask_balance(ACCOUNT)
    here.step()
    assert here.engine.money(ACCOUNT).balance == Balance(available=321)


def test_balance_requests_do_not_overlap(stand_in: MakeStandIn, bench: MakeBench) -> None:
    service = stand_in()
    workers = HeldWorkers(held={"service"})
    here = bench(service, workers=workers)
    for _ in range(5):
        here.engine.ask_balance(ACCOUNT)
    assert here.step().wait == pytest.approx(0.1)
    workers.let_go()
    here.step()
    assert len(service.ledger.sent("GET", "/v3/account/balance")) == 1


def test_idle_engine_waits_for_the_balance(stand_in: MakeStandIn, bench: MakeBench) -> None:
    workers = HeldWorkers(held={"service"})
    here = bench(stand_in(balance=321), workers=workers)
    here.steps(3)
    assert here.step().wait is None
    here.engine.ask_balance(ACCOUNT, reset=True)
    assert here.engine.money(ACCOUNT).pending
    assert here.step().wait is not None
    workers.let_go()
    here.step()
    assert here.engine.money(ACCOUNT).balance == Balance(available=321)


def test_balance_updates_after_a_job_is_charged(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in(balance=100))
    here.until(here.submit(), State.READY)
    here.steps(3)
    assert here.engine.money(ACCOUNT).balance == Balance(available=80)


def test_rejected_key_is_reported_instead_of_a_balance(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    here = bench(service, speak=lambda _: connect(service.base_url, "tsk_of_nobody"))
    here.engine.ask_balance(ACCOUNT)
    here.step()
    trouble = here.engine.money(ACCOUNT).trouble
    assert trouble is not None
    assert trouble.kind is Kind.KEY


class FailingBalance(Wrapped):
    def balance(self) -> Balance:
        raise RuntimeError("unforeseen")


def test_unexpected_error_does_not_stop_balance_requests(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = bench(stand_in(), speak=FailingBalance)
    for _ in range(2):
        here.engine.ask_balance(ACCOUNT)
        here.step()
        trouble = here.engine.money(ACCOUNT).trouble
        assert trouble is not None
        assert (trouble.kind, trouble.detail) == (Kind.ADDON, "RuntimeError")


def test_unconnected_account_is_not_asked_for_its_balance(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    here = bench(service, connected=False)
    here.engine.ask_balance(ACCOUNT)
    assert service.ledger.requests == ()


def test_new_key_clears_the_old_balance(stand_in: MakeStandIn, bench: MakeBench) -> None:
    service = stand_in(keys=(KEY, "tsk_second"))
    here = bench(service)
    here.engine.ask_balance(ACCOUNT)
    here.step()
    second = connect(service.base_url, "tsk_second")
    here.engine.connect(ACCOUNT, second)
    assert here.engine.money(ACCOUNT).balance is None
