"""Converts a model file into a .blend, optionally applied to the artist's captured objects.

For a second Blender.
"""

from __future__ import annotations

import contextlib
import importlib
from pathlib import Path
from typing import Any, Final

import bpy

from . import messages
from .importing import asset, datablocks, gltf_indices, plain_meshes, plain_objects
from .importing.extra_animations import clips_of
from .importing.file_writer import FileWriter
from .importing.import_model import Model, bring_in
from .importing.mesh_files import write_sidecar
from .importing.options import as_delivered, options_of
from .transfer.transfer import Transferred, transfer
from .unreadable import NotTransferred, Unreadable

_GLTF_IMPORTER: Final = (
    "io_scene_gltf2.blender.imp.blender_gltf",
    "io_scene_gltf2.blender.imp.gltf2_blender_gltf",
)
"""What the operator loads, since Blender 4.3 and before."""


def work(order: dict[str, Any]) -> dict[str, object]:
    """Write the .blend that an order asks for.

    The order: source and blend (paths), format (as `import_file` takes it), name, `file_name` (the
    name as a file can have it), and the fields of `ImportOptions`. If `asset` is true, also what
    `asset.mark` takes, and `library`, a folder or "". Optionally `onto`, as `transfer.transfer`
    takes it, if the model is applied to objects; `clips`, further animations as `clips_of` takes
    them; and `clip_names`, the names of all animations, the source's first.

    Large data goes into a folder beside the .blend, with the same name and the suffix .parts.
    Returns {"ok": true, "collection", "root", "objects", "faces", "images", "warnings"}, with
    `onto` also the fields of `Transferred.report`; or {"ok": false, "failure", "sentence",
    "detail"}, where the failure is "file" for an unusable file and "landing" if the model cannot
    be applied.
    """
    load_ahead()
    try:
        model, transferred = _make(order)
    except Unreadable as error:
        return error.as_result()
    blend = Path(order["blend"])
    carries = transferred is not None and bool(transferred.report["how"])
    warnings = model.warnings
    if order.get("asset") and not carries:
        asset.mark(model.collection, order)
        warnings += _kept(model, order)
    parts = blend.with_suffix(".parts")
    unfinished = blend.with_name(blend.name + ".part")
    with FileWriter() as writer:
        write_sidecar(model.collection, parts, writer)
        alone: set[bpy.types.ID] = set()
        if transferred is None:
            alone = plain_objects.write_sidecar(model.collection, parts)
            alone = plain_meshes.write_sidecar(model.collection, alone, parts)
        else:
            transferred.write(parts)
        # Uncompressed, because the artist waits while it is read.
        written = {model.collection, *alone}
        bpy.data.libraries.write(str(unfinished), written, fake_user=False, compress=False)
    unfinished.replace(blend)
    return {
        "ok": True,
        "collection": model.collection.name,
        "root": model.root.name,
        "objects": model.objects,
        "faces": model.faces,
        "images": model.images,
        "warnings": warnings,
        **(transferred.report if transferred is not None else {}),
    }


def load_ahead() -> None:
    """Load what most orders need: Blender's glTF importer, whose modules its operator would load
    with the first file."""
    if "gltf" not in dir(bpy.ops.import_scene):
        bpy.ops.preferences.addon_enable(module="io_scene_gltf2")
    for name in _GLTF_IMPORTER:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gltf_indices.use()


def _kept(model: Model, order: dict[str, Any]) -> tuple[str, ...]:
    """Store the model in the order's asset library, if there is one. Returns warnings: a library
    that cannot be written to does not fail the job."""
    if not order["library"]:
        return ()
    try:
        asset.keep(model.collection, Path(order["library"]), order["file_name"])
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        return (messages.library_refused(reason),)
    return ()


def _make(order: dict[str, Any]) -> tuple[Model, Transferred | None]:
    before, terms, onto = datablocks.known(), options_of(order), order.get("onto")
    model = bring_in(
        Path(order["source"]),
        kind=order["format"],
        name=order["name"],
        terms=as_delivered(terms) if onto else terms,
        before=before,
        clips=clips_of(order),
        clip_names=order.get("clip_names", ()),
    )
    if not onto:
        return model, None
    try:
        transferred = transfer(model, onto, order["name"], before)
    except Unreadable as error:
        raise NotTransferred(error.sentence, error.detail) from error
    return transferred.model, transferred
