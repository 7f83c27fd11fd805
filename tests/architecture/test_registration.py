"""What enabling the add-on may not load."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

from .interpreter import run_python
from .sources import ADDON, ROOT

LATE = ("pydantic", "pydantic_core", "requests", "sqlite3", "truststore", "urllib3")

LATE_OWN = (
    *("api.errors", "api.prices", "api.rules", "blender.arrival.", "blender.messages.session"),
    *("blender.objects.stand_clear", "blender.pictures.", "blender.previews."),
    *("blender.requests.", "blender.session.composition", "blender.viewport.waiting_boxes"),
    *("jobs.engine.", "jobs.messages.", "jobs.model.description", "jobs.model.job"),
)

REGISTER = """
import sys
import bpy
import addon_utils

late = sys.argv[1].split()
for name in [key for key in sys.modules if key.split(".")[0] in late]:
    del sys.modules[name]
bpy.context.preferences.system.use_online_access = False
assert addon_utils.enable("bl_ext.user_default.tripo_addon", default_set=True), "not enabled"
print("LOADED", *sorted(name for name in late if name in sys.modules))
addon = "bl_ext.user_default.tripo_addon."
own = [name.removeprefix(addon) for name in sys.modules if name.startswith(addon)]
print("OWN", *sorted(name for name in own if name.startswith(tuple(sys.argv[2].split()))))
assert addon_utils.disable("bl_ext.user_default.tripo_addon", default_set=True) is None
"""


@pytest.mark.skipif(importlib.util.find_spec("bpy") is None, reason="no Blender module here")
def test_registration_loads_no_large_packages_and_no_click_handlers(tmp_path: Path) -> None:
    installed = tmp_path / "extensions" / "user_default" / "tripo_addon"
    shutil.copytree(ADDON, installed, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "blender_manifest.toml", installed)
    late = (" ".join(LATE), " ".join(LATE_OWN))
    printed = run_python(REGISTER, *late, BLENDER_USER_RESOURCES=str(tmp_path)).splitlines()
    assert [line for line in printed if line.startswith(("LOADED", "OWN"))] == ["LOADED", "OWN"]
