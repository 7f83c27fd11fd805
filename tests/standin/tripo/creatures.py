"""Skeletons and animations: what can be rigged how, and which clips match which skeleton.

Checks and orders; the forge makes the bones.
"""

import re
from collections.abc import Iterable, Mapping

from ..fields import Checked, Unacceptable
from ..ledger import Task
from ..orders import Order, Rigging
from .endpoint import Endpoint
from .processing import PRESETS
from .refusals import Refused
from .sources import Finder

# Without AI, the words of the original prompt decide what the model is; a biped by default.
BODIES: Mapping[str, tuple[str, ...]] = {
    "quadruped": ("cat", "dog", "horse", "cow", "lion", "dachshund"),
    "hexapod": ("ant", "beetle", "bee"),
    "octopod": ("spider", "octopus"),
    "avian": ("bird", "eagle", "duck"),
    "serpentine": ("snake", "worm"),
    "aquatic": ("fish", "whale", "shark"),
    "others": ("rock", "stone", "cloud"),
}
PREFIXES = {"mixamo": "mixamorig:", "actorcore": "CC_Base_"}
MOST_CLIPS = 5
NEWER_SPECS = ("unity", "unreal", "vrm")
# The presets of each body except bipeds, whose presets depend on the version of their rig.
MOVES: Mapping[str, tuple[str, ...]] = {
    "quadruped": ("quadruped:walk",),
    "hexapod": ("hexapod:walk",),
    "octopod": ("octopod:walk",),
    "serpentine": ("serpentine:march",),
    "aquatic": ("aquatic:march",),
}


def body_of(lineage: Iterable[Task]) -> dict[str, object]:
    """Return the result of a rig check: `riggable` and `rig_type`. A processed model keeps the kind
    it had when it was made."""
    prompts = " ".join(str(task.body.get("prompt", "")) for task in lineage)
    words = set(re.findall(r"[a-z]+", prompts.lower()))
    found = [name for name, marks in BODIES.items() if words & set(marks)]
    rig_type = found[0] if found else "biped"
    return {"riggable": rig_type != "others", "rig_type": rig_type}


def rigged(endpoint: Endpoint, body: Checked, finder: Finder, family: str) -> Order:
    """Order a skeleton for the source, of the requested type and names."""
    rig_type, spec = body.text("rig_type"), body.text("spec")
    if family == "R1" and rig_type != "biped":
        raise Unacceptable("rig_type", "must be biped with model v1.0-20240301")
    if family == "R1" and spec in NEWER_SPECS:
        raise Unacceptable("spec", f"{spec} needs a newer model than v1.0-20240301")
    source = finder.mesh(body, endpoint)
    return Order(
        kind="rig",
        source=source.file,
        form=body.text("out_format"),
        rigging=Rigging(rig_type=rig_type, prefix=PREFIXES.get(spec, "")),
    )


def moved(endpoint: Endpoint, body: Checked, finder: Finder) -> Order:
    """Order a file for each clip, from a finished rig."""
    source = finder.mesh(body, endpoint)
    rig = source.task
    model, settings = (rig.model, rig.body) if rig else ("", {})
    # Refusing Mixamo's is documented. Whether others than Tripo's are accepted is unknown; this is
    # the stricter reading.
    spec = str(settings.get("spec") or "tripo")
    if spec != "tripo":
        raise Refused(1004, f"a skeleton with {spec} bones cannot be retargeted")
    creature = str(settings.get("rig_type") or "biped")
    return Order(
        kind="retarget",
        source=source.file,
        form=body.text("out_format"),
        rigging=Rigging(
            clips=_clips(body, creature, old=model.startswith("v1.0")),
            in_place=body.on("animate_in_place"),
            body=body.on("export_with_geometry"),
        ),
    )


def _clips(body: Checked, creature: str, *, old: bool) -> tuple[str, ...]:
    one, several = body.text("animation"), body.words("animations")
    if bool(one) == bool(several):
        raise Unacceptable("animation", "or animations is required, not both")
    clips = several or (one,)
    if len(clips) > MOST_CLIPS:
        raise Unacceptable("animations", f"size must be <= {MOST_CLIPS}")
    for clip in clips:
        kind, _, name = clip.partition(":")
        if kind != "preset" or not _fits(name, creature, old=old):
            raise Unacceptable("animation", f"'{clip}' is not a preset of this skeleton")
    return clips


def _fits(name: str, creature: str, *, old: bool) -> bool:
    """Return whether a preset fits a body. No preset for birds is known."""
    if creature != "biped":
        return name in MOVES.get(creature, ())
    of_biped = old and re.fullmatch(r"biped:[a-z0-9_-]+", name) is not None
    return of_biped or (name in PRESETS and ":" not in name)
