"""Enabling and disabling: nothing is left behind, whatever other add-ons do with our ids."""

from __future__ import annotations

import bpy
import pytest

import tripo_addon
from tests.blender.addon import enabled
from tripo_addon import blender
from tripo_addon.blender.forms import scene_properties
from tripo_addon.blender.ui import generate_operators, jobs_panel, operators

pytestmark = pytest.mark.every_blender


def traces() -> set[str]:
    kinds = (bpy.types.Operator, bpy.types.Panel, bpy.types.PropertyGroup)
    classes = {cls.__name__ for kind in kinds for cls in kind.__subclasses__()}
    ours = {name for name in classes if name.startswith("TRIPO_ADDON") and hasattr(bpy.types, name)}
    pointers = (bpy.types.Scene, bpy.types.Object, bpy.types.WindowManager)
    ours |= {f"{kind.__name__}.tripo_addon" for kind in pointers if hasattr(kind, "tripo_addon")}
    return ours | {str(h) for h in bpy.app.handlers.load_post if "tripo" in h.__module__}


def test_enabling_and_disabling_twice_leaves_nothing() -> None:
    for _ in range(2):
        with enabled():
            assert traces()
        assert not traces()


def test_failed_registration_unregisters_the_other_modules(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> None:
        raise ValueError("no")

    monkeypatch.setattr(jobs_panel, "register", fail)
    with pytest.raises(ValueError, match="no"):
        tripo_addon.register()
    assert not traces()


def test_bl_idname_taken_by_another_addon_does_not_stop_disabling() -> None:
    class Thief(bpy.types.Operator):
        """Take the id of ours"""

        bl_idname = generate_operators.TRIPO_ADDON_OT_generate_text.bl_idname
        bl_label = "Mine Now"

    with enabled():
        bpy.utils.register_class(Thief)
    bpy.utils.unregister_class(Thief)
    assert not hasattr(bpy.types.Scene, "tripo_addon")


def test_everything_registered_has_the_addon_prefix() -> None:
    for cls in (*operators.CLASSES, *scene_properties.CLASSES):
        assert cls.__name__.startswith("TRIPO_ADDON_")
    for cls in operators.CLASSES:
        assert cls.bl_idname.startswith("tripo_addon.")
        assert not cls.__doc__.rstrip().endswith(".")
    assert blender.register
