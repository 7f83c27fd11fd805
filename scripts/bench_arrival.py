"""Measures how long a big model stops Blender: brought in by our timer, imported directly.

Runs with a Python that has bpy; prints JSON. Its functions are for scripts that measure more. It
asserts nothing: times depend on the machine, so it is the ratio that counts.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CACHE = Path(tempfile.gettempdir()) / "tripo-addon-bench"
SEGMENTS, RINGS = 1000, 500
PIXELS = 4096
RUNS = 5
PATIENCE = 600.0


def big_model(folder: Path = CACHE) -> Path:
    """Return a GLB of a million triangles with three JPEG textures of 4096², made on first use."""
    model = folder / f"big-{SEGMENTS}x{RINGS}-{PIXELS}.glb"
    if not model.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _in_fresh_blender("make", str(model))
    return model


def measure(folder: Path = CACHE) -> dict[str, object]:
    """Measure both ways, each run in a process of its own. All times in seconds.

    `stalls` are the longest turns of the add-on's timer while a prepared model arrives, the undo
    step included as far as the bpy module makes one; `import` is Blender's own glTF import of the
    same file. They take turns, so that whatever else the machine does meets both. `ratio` sets the
    longest of all stalls against the median import, `ratio_cpu` the median times of the processor.
    """
    model = big_model(folder)
    told = _in_fresh_blender("convert", str(model))
    arrivals, imports = [], []
    for _ in range(RUNS):
        arrivals.append(_in_fresh_blender("arrive", str(model)))
        imports.append(_in_fresh_blender("import", str(model)))
    longest = max(run["longest"] for run in arrivals)
    direct = statistics.median(run["seconds"] for run in imports)
    stall_cpu = statistics.median(run["longest_cpu"] for run in arrivals)
    direct_cpu = statistics.median(run["cpu"] for run in imports)
    return {
        "blender": told["blender"],
        "model_megabytes": round(model.stat().st_size / 1e6, 1),
        "blend_megabytes": round(model.with_suffix(".blend").stat().st_size / 1e6, 1),
        "faces": told["faces"],
        "convert_in_child": round(told["seconds"], 2),
        "stalls": [round(run["longest"], 4) for run in arrivals],
        "turns": [[round(seconds, 4) for seconds in run["turns"]] for run in arrivals],
        "import": [round(run["seconds"], 3) for run in imports],
        "stall_cpu": round(stall_cpu, 4),
        "import_cpu": round(direct_cpu, 3),
        "ratio": round(longest / direct, 4),
        "ratio_cpu": round(stall_cpu / direct_cpu, 4),
    }


def _in_fresh_blender(task: str, path: str) -> dict[str, Any]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.json"
        subprocess.run(
            (sys.executable, str(Path(__file__).resolve()), task, path, str(told)),
            env=environment | {"BLENDER_USER_RESOURCES": folder},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return json.loads(told.read_text(encoding="utf-8"))


def _make(model: Path) -> dict[str, Any]:
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True)
    mesh = _sphere()
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("sphere", mesh))
    material = bpy.data.materials.new("material")
    material.use_nodes = True
    tree = material.node_tree
    shader = tree.nodes["Principled BSDF"]
    split = tree.nodes.new("ShaderNodeSeparateColor")
    bump = tree.nodes.new("ShaderNodeNormalMap")
    base, normal, rough = (_picture_node(tree, model.parent, seed) for seed in (1, 2, 3))
    tree.links.new(base.outputs["Color"], shader.inputs["Base Color"])
    tree.links.new(normal.outputs["Color"], bump.inputs["Color"])
    tree.links.new(bump.outputs["Normal"], shader.inputs["Normal"])
    tree.links.new(rough.outputs["Color"], split.inputs["Color"])
    tree.links.new(split.outputs["Green"], shader.inputs["Roughness"])
    tree.links.new(split.outputs["Blue"], shader.inputs["Metallic"])
    mesh.materials.append(material)
    unfinished = model.with_name("unfinished.glb")
    bpy.ops.export_scene.gltf(filepath=str(unfinished))
    unfinished.replace(model)
    return {}


def _sphere() -> Any:
    import bpy
    import numpy as np

    turn, rise = np.meshgrid(np.linspace(0, 1, SEGMENTS + 1), np.linspace(0, 1, RINGS + 1))
    around, up = turn.ravel() * 2 * np.pi, (rise.ravel() - 0.5) * np.pi
    points: Any = np.stack(
        (np.cos(around) * np.cos(up), np.sin(around) * np.cos(up), np.sin(up)), 1
    )
    numbers = np.arange(points.shape[0]).reshape(RINGS + 1, SEGMENTS + 1)
    a, b, c, d = (numbers[:-1, :-1], numbers[:-1, 1:], numbers[1:, 1:], numbers[1:, :-1])
    faces: Any = np.concatenate(
        [np.stack(three, -1).reshape(-1, 3) for three in ((a, b, c), (a, c, d))]
    )
    mesh = bpy.data.meshes.new("sphere")
    mesh.from_pydata(points, [], faces)
    mesh.shade_smooth()
    corners: Any = np.stack((turn.ravel(), rise.ravel()), 1)[faces.ravel()]
    mesh.uv_layers.new().data.foreach_set("uv", corners.ravel().astype(np.float32))
    return mesh


def _picture_node(tree: Any, folder: Path, seed: int) -> Any:
    import bpy
    import numpy as np

    # Smooth shapes under noise: about the size that a painted texture has as JPEG.
    grid = np.linspace(0, 20 * seed, PIXELS, dtype=np.float32)
    shape = (np.sin(grid)[:, None, None] + np.cos(grid)[None, :, None]) / 4 + 0.5
    noise = np.random.default_rng(seed).normal(0, 0.30, (PIXELS, PIXELS, 3))
    pixels = np.ones((PIXELS, PIXELS, 4), dtype=np.float32)
    pixels[..., :3] = np.clip(shape + noise, 0, 1)
    image = bpy.data.images.new(f"picture{seed}", PIXELS, PIXELS)
    image.pixels.foreach_set(pixels.ravel())
    image.filepath_raw, image.file_format = str(folder / f"picture{seed}.jpg"), "JPEG"
    image.save(quality=90)
    image.source = "FILE"
    if seed > 1:
        image.colorspace_settings.name = "Non-Color"
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    return node


def _convert(model: Path) -> dict[str, Any]:
    import bpy

    from tripo_addon.blender import importer
    from tripo_addon.jobs.child import Finished, run_child

    blend, result = model.with_suffix(".blend"), model.with_suffix(".result.json")
    order = model.with_suffix(".order.json")
    terms = importer.child_terms(bpy.context.scene)
    names = {"source": str(model), "blend": str(blend), "result": str(result)}
    names |= {"format": "glb", "name": "Big"}
    order.write_text(json.dumps({**names, "turn": -90, "seconds": PATIENCE, **terms}))
    begun = time.perf_counter()
    ended = run_child(
        importer.child_command(order),
        environment=importer.child_environment(),
        result=result,
        stop=lambda: False,
        timeout=PATIENCE,
        log=model.with_suffix(".log"),
    )
    seconds = time.perf_counter() - begun
    if not isinstance(ended, Finished) or not ended.result["ok"]:
        raise SystemExit(f"the child did not convert the model: {ended}")
    return {
        "seconds": seconds,
        "faces": ended.result["faces"],
        "blender": bpy.app.version_string,
    }


def _arrive(model: Path) -> dict[str, Any]:
    """Turn the add-on's timer by hand until a model that the child has prepared is in the scene."""
    import bpy

    import tripo_addon

    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.context.preferences.addons.new().module = tripo_addon.__name__
    tripo_addon.register()
    from tripo_addon.api.tasks import TextToModel
    from tripo_addon.blender import pump, wiring
    from tripo_addon.jobs.job import Job, State
    from tripo_addon.jobs.store import Claim, Kept

    job = Job(
        id="big",
        account="bench",
        title="Big",
        request=TextToModel(model="v3.1-20260211", prompt="something big"),
        placement=wiring.placement(bpy.context),
        state=State.READY,
        model=model,
        blend=model.with_suffix(".blend"),
    )
    engine = wiring.engine()
    pump.pump()
    engine.adopt(Claim((Kept(job, paid=None, asked=False),), held=0))
    turns, busy = [], []
    while engine.job(job.id) is not None and not engine.jobs()[0].state.final:
        begun, cpu = time.perf_counter(), time.process_time()
        pump.pump()
        busy.append(time.process_time() - cpu)
        turns.append(time.perf_counter() - begun)
    if engine.jobs()[0].state is not State.DONE:
        raise SystemExit(f"the model did not arrive: {engine.jobs()[0]}")
    tripo_addon.unregister()
    return {"turns": turns, "longest": max(turns), "longest_cpu": max(busy)}


def _import(model: Path) -> dict[str, Any]:
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True)
    begun, cpu = time.perf_counter(), time.process_time()
    bpy.ops.import_scene.gltf(filepath=str(model))
    return {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - cpu}


_TASKS = {"make": _make, "convert": _convert, "arrive": _arrive, "import": _import}


if __name__ == "__main__":
    if len(sys.argv) == 4:
        task, path, told = sys.argv[1:]
        Path(told).write_text(json.dumps(_TASKS[task](Path(path))), encoding="utf-8")
    else:
        print(json.dumps(measure(), indent=2))
