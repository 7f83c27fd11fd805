"""The card of the first steps: what is pasted, what it says, and when it disappears."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import bpy
import pytest

from tests.blender import addon
from tests.gui.recording_layout import Written, shows
from tests.standin.service import StandIn
from tripo_addon.blender import loop, settings
from tripo_addon.blender.session import composition, connection, set_up
from tripo_addon.blender.session.connection import Stage
from tripo_addon.blender.ui import first_run, generate_panel

PATIENCE = 60.0


@pytest.fixture
def service() -> Iterator[StandIn]:
    with StandIn(seconds=0, keys=(addon.KEY,)) as running:
        yield running


@pytest.fixture
def context(service: StandIn) -> Iterator[bpy.types.Context]:
    with addon.enabled(service, key="") as context:
        settings.preferences().set_up_done = False
        yield context


def panel(context: bpy.types.Context) -> list[str]:
    """Return what the Generate panel shows."""
    written = Written()
    written.take_down(generate_panel.TRIPO_ADDON_PT_generate, context)
    return written.lines


def card(context: bpy.types.Context) -> list[str]:
    """Return what the card alone shows."""
    written: Any = Written()
    first_run.draw(written, context)
    return written.lines


def outcome() -> connection.Connection:
    """Return how the test ended."""
    end = time.monotonic() + PATIENCE
    while connection.known().stage in {Stage.RUNNING, Stage.UNTESTED}:
        assert time.monotonic() < end
        time.sleep(min(0.01, loop.pump() or 0.01))
    return connection.known()


def test_setup_card_replaces_the_form_until_the_key_works(
    context,
) -> None:
    assert "<prompt>" not in panel(context)
    assert shows(card(context), "1. Online access is on")
    assert shows(card(context), "2. Tripo API key is missing")
    assert not bpy.ops.tripo_addon.try_prompt.poll()
    assert first_run.take_key(f' "{addon.KEY}"\n') == ""
    assert outcome().stage is Stage.GOOD
    assert settings.key() == addon.KEY
    assert shows(card(context), "2. Tripo API key works")
    assert "<prompt>" in panel(context)


def test_refused_key_is_reported_in_card_with_region_setting(
    context,
) -> None:
    assert first_run.take_key("tsk_of_somebody_else_1234") == ""
    ended = outcome()
    assert ended.stage is Stage.BAD
    words = card(context)
    assert shows(words, "2. Tripo API key does not work yet")
    assert shows(words, ended.sentence)
    # The button stays under the mouse for another key.
    assert words.index("[tripo_addon.paste_key]") == words.index("[Get a Key]") + 1
    assert words.index("[Get a Key]") == words.index("2. Tripo API key does not work yet") + 1
    assert "<region>" in card(context)
    assert "<prompt>" not in panel(context)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("tcli_0123456789abcdef", "This is a Client ID, not a key"),
        ("comfyui-0123456789abcdef", "This is a key for Comfy"),
        ("", "The clipboard is empty"),
        ("lorem ipsum", "This is not a Tripo key: it would start with tsk_"),
        ("tsk_two lines\nof text", "The key contains an invalid character"),
    ],
)
def test_invalid_key_is_reported_in_card_and_neither_stored_nor_sent(
    context, service: StandIn, text: str, sentence: str
) -> None:
    assert sentence in first_run.take_key(text)
    assert shows(card(context), sentence)
    assert not text or text not in "".join(card(context))
    assert settings.key() == ""
    assert connection.known().stage is Stage.UNTESTED
    assert not service.ledger.sent("GET", "/")


def test_key_for_another_service_is_not_tried(context, service: StandIn) -> None:
    settings.preferences().service = "3daistudio"
    assert "This is a key for Tripo, not for 3D AI Studio" in first_run.take_key(addon.KEY)
    assert settings.key() == ""


def test_offline_card_has_blenders_online_access_button(context) -> None:
    context.preferences.system.use_online_access = False
    words = card(context)
    assert words[words.index("1.") + 1] == "[Allow Online Access]"


def test_example_fills_the_prompt_and_sends_nothing(context, service: StandIn) -> None:
    settings.preferences().api_key = addon.KEY
    context.scene.tripo_addon.mode = "image"
    bpy.ops.tripo_addon.try_prompt()
    forms = context.scene.tripo_addon
    assert (forms.mode, forms.text.prompt) == ("text", "a small wooden chest")
    assert not service.ledger.tasks
    assert shows(card(context), "3. Press Generate")


def test_setup_card_disappears_when_closed_or_after_first_job(context) -> None:
    bpy.ops.tripo_addon.close_set_up()
    assert card(context) == []
    settings.preferences().set_up_done = False
    assert set_up.is_open()
    settings.preferences().api_key = addon.KEY
    context.scene.tripo_addon.text.prompt = "a chest of forbidden-content"
    with pytest.raises(RuntimeError):
        bpy.ops.tripo_addon.generate_text()
    assert composition.jobs()
    assert card(context) == []
    assert settings.preferences().set_up_done
