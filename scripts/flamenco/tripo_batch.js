// SPDX-License-Identifier: GPL-3.0-or-later
// A job type for Flamenco 3: one machine pays for the models of a table, all machines convert and render them.
// How to set it up: docs/flamenco.md.
"use strict";

const JOB_TYPE = {
    label: "Tripo Batch",
    description: "Generate the models of a table, then convert and render them on all workers",
    settings: [
        {
            key: "batch_file", type: "string", subtype: "file_path", required: true,
            description: "Table of the models, CSV or JSON lines, in a folder that all workers see",
        },
        {
            key: "output", type: "string", subtype: "dir_path", required: true,
            description: "Folder for the results, which all workers see",
        },
        {
            key: "max_price", type: "float", required: true, default: 100.0, propargs: { min: 0.0 },
            description: "What the batch may cost, in credits of the service. If it costs more, nothing is sent",
        },
        {
            key: "formats", type: "string", default: "fbx, usd",
            description: "Formats to convert the models to, with commas: fbx, glb, obj, usd. Empty for none",
        },
        {
            key: "pictures", type: "int32", default: 8, propargs: { min: 0, max: 360 },
            description: "Pictures of each model's turntable. 0 for none",
        },
        {
            key: "parts", type: "int32", default: 4, propargs: { min: 1, max: 500 },
            description: "Tasks that converting and rendering are each divided into",
        },
    ],
};

const EXPORTERS = {
    fbx: "bpy.ops.export_scene.fbx(filepath=str(folder / (model.stem + '.fbx')), path_mode='COPY', embed_textures=True)",
    glb: "bpy.ops.export_scene.gltf(filepath=str(folder / (model.stem + '.glb')), export_format='GLB')",
    obj: "bpy.ops.wm.obj_export(filepath=str(folder / (model.stem + '.obj')), path_mode='COPY')",
    usd: "bpy.ops.wm.usd_export(filepath=str(folder / (model.stem + '.usd')))",
};

// The workers need neither the add-on nor a key, so what they run goes with the task. Values stand in arguments of
// their own, where Flamenco adapts paths to the worker's platform.
const EACH_MODEL = `
import math, pathlib, sys
import bpy
from mathutils import Vector
models, folder, part, parts, *more = sys.argv[sys.argv.index("--") + 1:]
folder = pathlib.Path(folder)
folder.mkdir(parents=True, exist_ok=True)
for model in sorted(pathlib.Path(models).glob("*.blend"))[int(part)::int(parts)]:
    bpy.ops.wm.open_mainfile(filepath=str(model))
`;

// Cycles on the processor works on every machine, with or without a display.
const TURNTABLE = `
    pictures = int(more[0])
    scene = bpy.context.scene
    corners = [obj.matrix_world @ Vector(corner) for obj in scene.objects if obj.type == "MESH" for corner in obj.bound_box]
    low, high = (Vector([pick(values) for values in zip(*corners)]) for pick in (min, max))
    middle, radius = (low + high) / 2, max((high - low).length / 2, 1e-6)
    camera = bpy.data.objects.new("Turntable", bpy.data.cameras.new("Turntable"))
    camera.data.clip_start, camera.data.clip_end = radius / 100, radius * 100
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.world = scene.world or bpy.data.worlds.new("Turntable")
    scene.world.color = (0.3, 0.3, 0.3)
    sun = bpy.data.objects.new("Turntable Sun", bpy.data.lights.new("Turntable Sun", "SUN"))
    sun.data.energy, sun.rotation_euler = 3, (0.9, 0, -0.5)
    scene.collection.objects.link(sun)
    scene.render.engine = "CYCLES"
    scene.cycles.device, scene.cycles.samples = "CPU", 32
    scene.render.resolution_x = scene.render.resolution_y = 512
    scene.render.resolution_percentage = 100
    scene.render.film_transparent = True
    scene.render.image_settings.file_format = "PNG"
    distance = 1.1 * radius / math.sin(camera.data.angle / 2)
    for picture in range(pictures):
        angle = 2 * math.pi * picture / pictures
        toward = Vector((math.sin(angle), -math.cos(angle), 0.3)).normalized()
        camera.location = middle + distance * toward
        camera.rotation_euler = toward.to_track_quat("Z", "Y").to_euler()
        scene.render.filepath = str(folder / model.stem / ("%03d.png" % picture))
        bpy.ops.render.render(write_still=True)
`;

function compileJob(job) {
    const settings = job.settings;
    const formats = chosenFormats(settings.formats || "");
    const models = path.join(settings.output, "models");

    const pay = author.Task("generate", "tripo");
    pay.addCommand(author.Command("exec", {
        exe: "{blender}",
        args: [
            "--online-mode", "--command", "tripo", "batch", settings.batch_file,
            "--out", models, "--format", "blend", "--results", path.join(settings.output, "results.csv"),
            "--max-price", String(settings.max_price), "--yes",
        ],
    }));
    job.addTask(pay);

    const parts = settings.parts || 1;
    for (let part = 0; part < parts; part++) {
        const title = (name) => `${name} ${part + 1} of ${parts}`;
        for (const format of formats) {
            const code = `${EACH_MODEL}    ${EXPORTERS[format]}\n`;
            addLater(job, pay, title(format), code, [models, path.join(settings.output, format), part, parts]);
        }
        if (settings.pictures > 0) {
            const folder = path.join(settings.output, "turntables");
            addLater(job, pay, title("turntables"), EACH_MODEL + TURNTABLE,
                [models, folder, part, parts, settings.pictures]);
        }
    }
}

function chosenFormats(text) {
    const formats = text.toLowerCase().split(",").map((each) => each.trim()).filter((each) => each);
    for (const format of formats) {
        if (!EXPORTERS[format]) {
            throw `"${format}" is no format that this job can write. Choose from ${Object.keys(EXPORTERS).join(", ")}`;
        }
    }
    return formats.filter((each, index) => formats.indexOf(each) === index);
}

function addLater(job, pay, name, code, values) {
    const task = author.Task(name, "blender");
    task.addCommand(author.Command("exec", {
        exe: "{blender}",
        args: [
            "--background", "--factory-startup", "--python-exit-code", "1",
            // One line, because a line break does not pass every shell and log.
            "--python-expr", `exec(${JSON.stringify(code)})`,
            "--",
        ].concat(values.map(String)),
    }));
    task.addDependency(pay);
    job.addTask(task);
}
