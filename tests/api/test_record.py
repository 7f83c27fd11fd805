"""Records behave like frozen dataclasses in everything that code can ask of them."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace

import pytest
from pydantic import BaseModel

from tripo_addon.api import record as records
from tripo_addon.api.record import mutable_record, record


@record
class Window:
    """Two numbers."""

    low: float
    high: float = 1.0

    @property
    def size(self) -> float:
        return self.high - self.low


@record(kw_only=True)
class Offer:
    """A record with a default."""

    window: Window = field(default_factory=lambda: Window(0.0))
    secret: str = field(default="", repr=False)
    name: str


@record
class Nothing:
    """No fields."""


@dataclass(frozen=True, slots=True)
class Plain:
    """The dataclass to compare with."""

    low: float
    high: float = 1.0


@mutable_record
class Count:
    """A record that can change."""

    of: str
    count: int = 0
    seen: list[str] = field(default_factory=list[str], repr=False)


class Stored(BaseModel):
    offer: Offer


def test_fields_are_given_by_position_or_by_name() -> None:
    assert Window(1.0, 3.0).size == 2.0
    assert Window(0.5).high == 1.0
    assert Offer(name="a").window == Window(0.0, 1.0)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ((), {}),
        ((1.0, 2.0, 3.0), {}),
        ((1.0,), {"low": 2.0}),
        ((1.0,), {"lowest": 2.0}),
        ((), {"lowest": 2.0}),
    ],
)
def test_wrong_arguments_raise_the_same_errors_as_a_dataclass(
    given: tuple[float, ...], named: dict[str, float]
) -> None:
    for cls in (Plain, Window):
        with pytest.raises(TypeError):
            cls(*given, **named)


def test_keyword_only_fields_are_refused_by_position() -> None:
    with pytest.raises(TypeError):
        Offer(Window(0.0), name="a")  # pyright: ignore[reportCallIssue]


def test_records_with_equal_values_are_equal_and_hash_alike() -> None:
    assert Window(1.0, 2.0) == Window(1.0, 2.0)
    assert hash(Window(1.0, 2.0)) == hash(Window(1.0, 2.0))
    assert Window(1.0, 2.0) != Window(1.0, 3.0)
    assert Window(1.0, 2.0) != Plain(1.0, 2.0)
    assert Nothing() == Nothing()
    assert len({Nothing(), Nothing()}) == 1


def test_record_is_immutable() -> None:
    window = Window(1.0)
    with pytest.raises(FrozenInstanceError):
        window.low = 2.0  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(FrozenInstanceError):
        del window.low  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(FrozenInstanceError):
        window.other = 2.0  # pyright: ignore[reportAttributeAccessIssue]
    assert window == Window(1.0)


def test_mutable_record_changes_and_equals_only_itself() -> None:
    count = Count("chests")
    count.count += 1
    count.seen.append("a")
    assert (count.of, count.count, count.seen) == ("chests", 1, ["a"])
    assert repr(count) == "Count(of='chests', count=1)"
    assert count != Count("chests", 1, ["a"])
    assert Count("chests").seen == []
    assert len({count, Count("chests")}) == 2
    with pytest.raises(AttributeError):
        count.other = 1  # pyright: ignore[reportAttributeAccessIssue]


def test_repr_omits_hidden_fields() -> None:
    assert (
        repr(Offer(name="a", secret="tsk_1")) == "Offer(window=Window(low=0.0, high=1.0), name='a')"
    )


def test_dataclass_functions_accept_records() -> None:
    offer = Offer(name="a")
    assert [each.name for each in fields(offer)] == ["window", "secret", "name"]
    assert replace(offer, name="b") == Offer(name="b") == records.replace(offer, name="b")
    assert records.replace(Window(1.0), high=2.0) == Window(1.0, 2.0)
    with pytest.raises(TypeError):
        records.replace(offer, other=1)
    assert asdict(offer) == {"window": {"low": 0.0, "high": 1.0}, "secret": "", "name": "a"}
    match Window(1.0, 2.0):
        case Window(low, high):
            assert (low, high) == (1.0, 2.0)


def test_records_are_copied_and_pickled() -> None:
    offer = Offer(name="a", window=Window(2.0))
    assert copy.copy(offer) == offer
    assert copy.deepcopy(offer) == offer
    assert pickle.loads(pickle.dumps(offer)) == offer


def test_pydantic_reads_and_writes_records() -> None:
    stored = Stored(offer=Offer(name="a", window=Window(2.0, 3.0)))
    text = stored.model_dump_json()
    assert text == '{"offer":{"window":{"low":2.0,"high":3.0},"secret":"","name":"a"}}'
    read = Stored.model_validate_json('{"offer":{"name":"b"}}').offer
    assert read == Offer(name="b")
    with pytest.raises(FrozenInstanceError):
        read.name = "c"  # pyright: ignore[reportAttributeAccessIssue]
