"""What a panel asks several times is asked once in each drawing, and anew in the next one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.blender import addon
from tripo_addon.blender import settings
from tripo_addon.blender.one_drawing import once_a_drawing, one_drawing
from tripo_addon.blender.requests import checks


@pytest.fixture
def calls() -> list[object]:
    return []


def test_equal_arguments_are_computed_once_per_drawing(calls: list[object]) -> None:
    @once_a_drawing
    def ask(what: object, *, how: str = "") -> int:
        calls.append((what, how))
        return len(calls)

    with one_drawing():
        assert [ask("a"), ask("b"), ask("a"), ask("a", how="twice")] == [1, 2, 1, 3]
    with one_drawing():
        assert ask("a") == 4


def test_nothing_is_cached_outside_a_drawing(calls: list[object]) -> None:
    @once_a_drawing
    def ask() -> int:
        calls.append(None)
        return len(calls)

    assert [ask(), ask()] == [1, 2]
    with one_drawing():
        assert [ask(), ask()] == [3, 3]
    assert ask() == 4


def test_nested_drawing_belongs_to_the_outer_one(calls: list[object]) -> None:
    @once_a_drawing
    def ask() -> int:
        calls.append(None)
        return len(calls)

    with one_drawing():
        with one_drawing():
            assert ask() == 1
        assert ask() == 1


def test_failed_calls_are_not_cached_and_failed_drawing_ends(
    calls: list[object],
) -> None:
    @once_a_drawing
    def ask() -> int:
        calls.append(None)
        raise OSError("no disk")

    for _again in range(2):
        with pytest.raises(OSError, match="no disk"), one_drawing():
            ask()
    assert len(calls) == 2


def test_every_changed_setting_is_seen_by_the_next_drawing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with addon.enabled(key="tsk_first_key_of_the_tests") as context:
        preferences: Any = context.preferences.addons["tripo_addon"].preferences

        def read() -> tuple[object, ...]:
            with one_drawing():
                found = settings.service().id, settings.key(), settings.address()
                assert found == (settings.service().id, settings.key(), settings.address())
                return (*found, checks.not_allowed())

        seen = [read()]
        preferences.api_key = "tsk_another_key_of_the_tests"
        seen.append(read())
        monkeypatch.setenv(settings.service().key_variable, "not a key")
        seen.append(read())
        monkeypatch.setenv(settings.service().address_variable, "http://elsewhere.example")
        seen.append(read())
        preferences.service = "3daistudio"
        seen.append(read())
        assert len(set(seen)) == len(seen)
