"""The five services in the window: their preferences, their forms, and a model from each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

if TYPE_CHECKING:
    from tests.gui.stage import Stage, Steps

SERVICES = ("tripo-v3", "tripo-v2", "3daistudio", "pixazo", "comfy-router")
MODES = ("text", "image", "multiview", "parts")
LOW_POLY = "P1-20260311"
SHAPE = 4
"""The number of the sub-panel."""
OLD = "v2.0-20240919"


def play(stage: Stage) -> Steps:
    """Look at every form, resolve conflicting settings, then click Generate four times."""
    yield from _forms(stage)
    yield from _versions(stage)
    yield from _parts(stage)
    yield from _addresses(stage)
    yield from _generate(stage)
    yield from _smart_uv(stage)
    yield from _preferences(stage)


def _forms(stage: Stage) -> Steps:
    """Record what each service offers in each mode, folded settings included."""
    words = stage.facts["forms"] = {}
    for service in SERVICES:
        stage.preferences.service = service
        words[service] = {}
        for mode in MODES:
            stage.forms.mode = mode
            words[service][mode] = stage.words(unfolded=True)
            yield from stage.picture(f"{service}-{mode}")


def _versions(stage: Stage) -> Steps:
    """Choose a version that lacks settings, and one that the service may refuse."""
    facts = stage.facts["versions"] = {}
    form, preferences = stage.forms.text, stage.preferences
    preferences.service, stage.forms.mode = "tripo-v3", "text"
    form.prompt = "a small wooden chest"
    form.texture_quality = "extreme"
    facts["general"] = stage.words(unfolded=True)
    form.model = LOW_POLY
    facts["low poly"] = stage.words(unfolded=True)
    yield from stage.picture("low-poly")
    form.model = "v3.1-20260211"
    facts["general again"] = stage.words(unfolded=True)
    form.texture_quality = "standard"
    preferences.service = "tripo-v2"
    facts["hidden"] = _refuses(OLD, stage)
    preferences.show_old_versions = True
    form.model = OLD
    facts["old"] = stage.words(unfolded=True)
    yield from stage.picture("old-version")
    preferences.show_old_versions = False
    facts["no longer"] = form.model


def _refuses(version: str, stage: Stage) -> bool:
    try:
        stage.forms.text.model = version
    except TypeError:
        return True
    return False


def _parts(stage: Stage) -> Steps:
    """Click Separate Parts in a sub-panel that a click unfolds."""
    stage.preferences.service = "tripo-v3"
    yield from stage.redraw()
    button = yield from stage.hands.find("tripo_addon.generate_text")
    yield from stage.hands.unfold(button, SHAPE)
    yield from stage.hands.press("text.generate_parts")
    yield from stage.redraw()
    form = stage.forms.text
    stage.facts["parts"] = {
        "texture": form.texture,
        "parts": form.generate_parts,
        "words": stage.words(unfolded=True),
    }
    yield from stage.picture("parts")
    form.generate_parts, form.texture = False, True
    yield from stage.redraw()
    yield from stage.hands.unfold(button, SHAPE)


def _addresses(stage: Stage) -> Steps:
    """Give Pixazo a file, and then the web address of a picture."""
    facts = stage.facts["addresses"] = {}
    form = stage.forms.image
    stage.preferences.service, stage.forms.mode = "pixazo", "image"
    for name, value in (("file", stage.options["picture"]), ("address", stage.options["address"])):
        form.path_url = value
        facts[name] = {
            "held": form.path,
            "words": stage.words(),
            "may generate": _may_generate(stage),
        }
        yield from stage.picture(f"pixazo-{name}")


def _may_generate(stage: Stage) -> bool:
    with stage.inside():
        return bpy.ops.tripo_addon.generate_image.poll()


def _generate(stage: Stage) -> Steps:
    """Click once for each service; the jobs of the others continue meanwhile."""
    stage.forms.mode = "image"
    for number, service in enumerate(SERVICES, start=1):
        stage.preferences.service = service
        form = stage.forms.image
        form.path = stage.options["address" if service == "pixazo" else "picture"]
        yield from stage.redraw()
        yield from stage.hands.press("tripo_addon.generate_image")
        yield from stage.until(f"a job of {service}", lambda n=number: len(stage.jobs()) == n)
        yield from stage.hands.move((2, 2))
    yield from stage.picture("four-jobs")
    yield from stage.until("four models", lambda: set(stage.states()) == {"DONE"})
    stage.facts["made"] = [
        {"account": job.account.partition(" ")[0], "link": _link(job.root)}
        for job in reversed(stage.jobs())
    ]
    stage.facts["end"] = stage.words()
    yield from stage.picture("four-models")


def _smart_uv(stage: Stage) -> Steps:
    """Select a mesh with more triangles than Smart UV accepts, with its panel open."""
    stage.preferences.service = "tripo-v3"
    with stage.inside():
        bpy.ops.mesh.primitive_grid_add(x_subdivisions=300, y_subdivisions=300)
    stage.forms.work = "unwrap"
    yield from stage.open_object_panel()
    stage.facts["smart uv"] = stage.words_of("ui.object_panel", "TRIPO_ADDON_PT_object")
    yield from stage.picture("smart-uv")


def _link(root: str) -> str:
    return bpy.data.objects[root].tripo_addon.service


def _preferences(stage: Stage) -> Steps:
    """Show Blender's preferences instead of the 3D view, with each service chosen in turn."""
    area = stage.area()
    bpy.context.window_manager.addon_search = "Tripo"
    bpy.context.preferences.active_section = "ADDONS"
    bpy.ops.preferences.addon_expand(module=stage.addon)
    area.type = "PREFERENCES"
    yield from stage.hands.move((2, 2))
    for service in SERVICES:
        stage.preferences.service = service
        yield from stage.picture(f"preferences-{service}")
