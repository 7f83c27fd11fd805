"""Makes a tidy .blend of a model file, or of a result laid onto what the artist selected.

For a child Blender.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from . import messages
from .importing import asset, datablocks, plain_meshes, plain_objects
from .importing.extra_animations import clips_of
from .importing.import_model import Model, bring_in
from .importing.mesh_files import write_sidecar
from .importing.options import as_delivered, options_of
from .transfer.transfer import Transferred, transfer
from .unreadable import NotTransferred, Unreadable


def work(order: dict[str, Any]) -> dict[str, object]:
    """Make the .blend that an order asks for.

    The order: source and blend (paths), format (as `import_file` takes it), name, the fields of
    `ImportOptions`, and where `asset` is true what `asset.mark` takes, and `library`, a folder or
    "". `file_name` is `name` as a file can have it. Optionally `onto`, as `transfer.transfer` takes
    it: what the model is transferred to; `clips`, further animations as `clips_of` takes them, and
    `clip_names`, the names of all animations, that of the source first.

    Beside the .blend comes a folder of the same name with the suffix .parts. Gives {"ok": true,
    "collection", "root", "objects", "faces", "images", "warnings"}, with `onto` what that tells,
    or {"ok": false, "failure", "sentence", "detail"}: "file" where it is no model, "landing" where
    it cannot be laid onto what it is for.
    """
    if "gltf" not in dir(bpy.ops.import_scene):
        bpy.ops.preferences.addon_enable(module="io_scene_gltf2")
    try:
        model, laid = _make(order)
    except Unreadable as error:
        return error.told()
    blend = Path(order["blend"])
    carries = laid is not None and bool(laid.told["how"])
    warnings = model.warnings
    if order.get("asset") and not carries:
        asset.mark(model.collection, order)
        warnings += _kept(model, order)
    parts = blend.with_suffix(".parts")
    write_sidecar(model.collection, parts)
    alone: set[bpy.types.ID] = set()
    if laid is None:
        alone = plain_objects.write_sidecar(model.collection, parts)
        alone = plain_meshes.write_sidecar(model.collection, alone, parts)
    else:
        laid.write(parts)
    unfinished = blend.with_name(blend.name + ".part")
    # Uncompressed: reading it is the one step the artist waits for.
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
        **(laid.told if laid is not None else {}),
    }


def _kept(model: Model, order: dict[str, Any]) -> tuple[str, ...]:
    """Keep the model in the asset library that the order names, if any. A library that takes
    nothing is no reason to lose the model; what is to be said of it then."""
    if not order["library"]:
        return ()
    try:
        asset.keep(model.collection, Path(order["library"]), order["file_name"])
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        return (messages.library_refused(reason),)
    return ()


def _make(order: dict[str, Any]) -> tuple[Model, Transferred | None]:
    before, terms, wish = datablocks.known(), options_of(order), order.get("onto")
    model = bring_in(
        Path(order["source"]),
        kind=order["format"],
        name=order["name"],
        terms=as_delivered(terms) if wish else terms,
        before=before,
        clips=clips_of(order),
        clip_names=order.get("clip_names", ()),
    )
    if not wish:
        return model, None
    try:
        laid = transfer(model, wish, order["name"], before)
    except Unreadable as error:
        raise NotTransferred(error.sentence, error.detail) from error
    return laid.model, laid
