"""Generates three models, gives each a new texture, and exports them. About 100 credits.

blender --background --online-mode --python examples/three_models.py -- FOLDER
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import bpy

PROMPTS = {"Chest": "a small wooden chest", "Lantern": "an old lantern", "Sign": "a tavern sign"}
SURFACE = "weathered oak and rusty iron"

addon = next(each for each in bpy.context.preferences.addons.keys() if each.endswith("tripo_addon"))  # noqa: SIM118
tripo = importlib.import_module(f"{addon}.scripting")


def main(folder: Path) -> None:
    """Each step of all three at once: the service works on them side by side."""
    bpy.ops.wm.read_homefile(use_empty=True)
    prices = [tripo.estimate(text=prompt) for prompt in PROMPTS.values()]
    print(f"The models cost {sum(prices):g}, the textures come on top.")
    models = [tripo.generate(text=prompt, name=name) for name, prompt in PROMPTS.items()]
    tripo.wait(*models, progress=show)
    textures = [tripo.texture(each.root, prompt=SURFACE, landing="keep") for each in models]
    tripo.wait(*textures, progress=show)
    for job in textures:
        print("Wrote", tripo.export(job.objects, folder / f"{job.name}.glb"))
    print("Charged", sum(job.charged for job in (*models, *textures)))


def show(jobs: list[object]) -> None:
    """One line of progress."""
    done = sum(job.finished for job in jobs)
    print(f"\r{done}/{len(jobs)}", end="", flush=True)


if __name__ == "__main__":
    arguments = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else ["models"]
    main(Path(arguments[0]))
