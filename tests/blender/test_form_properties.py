"""Every property of every form is sent in some request, or is listed here with its purpose."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import bpy
import pytest

from tests.blender import random_state
from tests.blender.addon import enabled
from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.blender import settings
from tripo_addon.blender.forms import picture_forms, works
from tripo_addon.blender.forms.object_forms import NamePartsForm, ObjectForm

MODES = ("text", "image", "multiview", "parts")
WORKS = tuple(work.name for work in works.WORKS)
LANDS = "says where the result lands, or what becomes of it there"
LOCAL = {
    "overall_quality": "shows and sets the version and the settings of texture and shape",
    "landing": LANDS,
    "folder": LANDS,
    "in_its_place": LANDS,
    "blockout_text": "remembers which objects the views show",
    "style_json": "is added to what is sent",
    "texture_size": LANDS,
    "single_user": LANDS,
    "new_animation": "finds an animation, which becomes one of the chosen",
}
WITHHELD = "would be used in place of the selected object"
TAKEN = {TaskKind.CONVERT_MODEL: ("texture_size",)}
"""Local properties that this kind of task sends as a field of its own."""
UNVERSIONED = "no service has versions of this kind of task"
GENERATED = {"kind": "text_to_model", "prompt": "a chest", "model": "v3.1-20260211"}
MOST_STATES = 400


@pytest.fixture
def forms() -> Iterator[Any]:
    with enabled() as context:
        bpy.data.images.new("Chest", 8, 8)
        yield context.scene.tripo_addon


def local(form: Any) -> dict[str, str]:
    """Return the properties of a form that are not sent, with the reason."""
    found = dict(LOCAL)
    if isinstance(form, NamePartsForm):
        found |= dict.fromkeys(("path", "path_url", "path_turn"), WITHHELD)
    offers = (service.offers.get(form.kind) for service in SERVICES.values())
    if not any(offer.models for offer in offers if offer is not None):
        found |= dict.fromkeys(("model", "model_number"), UNVERSIONED)
    return {name: why for name, why in found.items() if name not in TAKEN.get(form.kind, ())}


def requests(form: Any) -> object:
    """Return everything that the form would send."""
    if isinstance(form, ObjectForm):
        return [(each.kind, each.values) for each in form.requests(GENERATED)]
    return form.values()


def sent(form: Any, wanted: set[str]) -> set[str]:
    """Return which of these properties change a request, in any of many states of the form."""
    dice, found = Random(type(form).__name__), set[str]()
    rows = [row for row in random_state.properties(form) if row.identifier in wanted]
    for _ in range(MOST_STATES):
        settings.preferences().service = dice.choice([*SERVICES])
        random_state.randomize(form, dice)
        for row in rows:
            if row.identifier in found:
                continue
            before = requests(form)
            setattr(form, row.identifier, random_state.random_value(form, row, dice))
            if requests(form) != before:
                found.add(row.identifier)
        if found == wanted:
            break
    return found


@pytest.mark.parametrize("name", [*MODES, *WORKS, *picture_forms.FORMS])
def test_every_property_is_sent_or_local(forms, name: str) -> None:
    form = getattr(forms, name)
    declared = {row.identifier for row in random_state.properties(form)}
    declared -= local(form).keys()
    # Blender does not list the choices of these, but the number that stores them can be set.
    stored = {each for each in declared if f"{each}_number" in declared}
    wanted = declared - stored
    assert wanted - sent(form, wanted) == set()
    assert {f"{each}_number" for each in stored} <= wanted


@pytest.mark.parametrize("name", [*MODES, *WORKS])
def test_local_properties_are_never_sent(forms, name: str) -> None:
    form = getattr(forms, name)
    dice = Random(name)
    for service in SERVICES:
        settings.preferences().service = service
        random_state.randomize(form, dice)
        found = requests(form)
        bodies = [values for _kind, values in found] if isinstance(found, list) else [found]
        assert not any(local(form).keys() & values.keys() for values in bodies)
