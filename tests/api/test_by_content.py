"""Answers about a request are cached by the content of its values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tripo_addon.api.by_content import kept_by_content
from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.conditions import Values
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.catalog.task_kinds import TaskKind

TRIPO = SERVICES["tripo-v3"]
TEXT = TaskKind.TEXT_TO_MODEL


def counted() -> tuple[list[Values], Callable[..., str | None]]:
    seen: list[Values] = []

    @kept_by_content
    def answer(
        service: Service, kind: TaskKind, values: Values, *, bare: bool = False
    ) -> str | None:
        seen.append(values)
        return None if values.get("quad") else f"{service.label} {kind.value} {bare}"

    return seen, answer


def test_equal_values_are_computed_once_even_if_the_answer_is_none() -> None:
    seen, answer = counted()
    for values in ({"prompt": "a chest"}, {"quad": True}):
        assert answer(TRIPO, TEXT, dict(values)) == answer(TRIPO, TEXT, dict(values))
    assert len(seen) == 2


def test_other_service_kind_option_or_type_is_computed_separately() -> None:
    seen, answer = counted()
    values = {"face_limit": 1}
    answer(TRIPO, TEXT, values)
    answer(replace(TRIPO), TEXT, values)
    answer(TRIPO, TaskKind.IMAGE_TO_MODEL, values)
    answer(TRIPO, TEXT, values, bare=True)
    answer(TRIPO, TEXT, {"face_limit": True})
    assert len(seen) == 5


def test_unhashable_values_are_computed_each_time() -> None:
    seen, answer = counted()
    values = {"animations": ["preset:walk"]}
    assert answer(TRIPO, TEXT, values) == answer(TRIPO, TEXT, values)
    assert len(seen) == 2
