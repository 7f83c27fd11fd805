"""A service that has ended: announced once, with a way to its successor that takes the key
along."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy
import pytest

from tests.blender.addon import KEY, enabled
from tests.gui.recording_layout import Written, shows
from tripo_addon.blender import settings
from tripo_addon.blender.ui import generate_panel, object_panel, pictures_panel, text_wrap

ELSEWHERE = "https://proxy.example"


@pytest.fixture
def preferences() -> Iterator[Any]:
    with enabled(key=""):
        yield settings.preferences()


def test_new_artist_starts_with_a_supported_service(preferences) -> None:
    assert not settings.service().ended
    items = type(preferences).bl_rna.properties["service"].enum_items
    assert items[-1].identifier == "tripo-v2"
    assert items[-1].name == "Tripo (API v2), ended 2026-10-31"


def test_older_preferences_keep_their_service(preferences) -> None:
    # Blender stores the number of a choice, not its identifier.
    items = type(preferences).bl_rna.properties["service"].enum_items
    numbers = [items[name].value for name in ("tripo-v3", "tripo-v2", "3daistudio", "pixazo")]
    assert numbers == [0, 1, 2, 3]


def test_successor_service_takes_over_key_and_region(preferences) -> None:
    preferences.service = "tripo-v2"
    preferences.api_key_tripo_v2, preferences.region_tripo_v2 = KEY, "china"
    bpy.ops.tripo_addon.use_successor()
    assert (settings.service().id, settings.key()) == ("tripo-v3", KEY)
    assert settings.address() == "https://openapi.tripo3d.com"
    assert not bpy.ops.tripo_addon.use_successor.poll()


@pytest.mark.parametrize(
    ("own", "address", "key"), [("tsk_own", "", "tsk_own"), ("", ELSEWHERE, "")]
)
def test_own_key_is_kept_and_key_for_another_address_is_not_reused(
    preferences, own: str, address: str, key: str
) -> None:
    preferences.service, preferences.api_key = "tripo-v2", own
    preferences.api_key_tripo_v2, preferences.base_url_tripo_v2 = KEY, address
    bpy.ops.tripo_addon.use_successor()
    assert (settings.service().id, settings.key()) == ("tripo-v3", key)


def test_choice_to_keep_the_ended_service_is_stored(preferences) -> None:
    preferences.service = "tripo-v2"
    bpy.ops.tripo_addon.keep_ended()
    assert (settings.service().id, preferences.kept_service) == ("tripo-v2", "tripo-v2")


def test_every_sending_panel_announces_the_end_of_its_service(preferences) -> None:
    preferences.service = "tripo-v2"
    bpy.ops.mesh.primitive_cube_add()
    for panel in (
        generate_panel.TRIPO_ADDON_PT_generate,
        pictures_panel.TRIPO_ADDON_PT_pictures,
        object_panel.TRIPO_ADDON_PT_object,
    ):
        written = Written()
        preferences.set_up_done, preferences.kept_service = True, ""
        written.take_down(panel, bpy.context)
        assert shows(written.lines, "Tripo ended its API v2 on 2026-10-31"), panel
        bpy.ops.tripo_addon.keep_ended()
        written = Written()
        written.take_down(panel, bpy.context)
        assert not shows(written.lines, "Tripo ended its API v2"), panel


def test_dates_do_not_wrap_at_their_hyphens() -> None:
    lines = text_wrap.wrapped("Tripo ended its API v2 on 2026-10-31: choose Tripo", 120, 11.0)
    assert len(lines) > 2
    assert any("2026-10-31" in line for line in lines)
