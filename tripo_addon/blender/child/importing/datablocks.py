"""Blender's data-blocks, told apart by when they came: what an import brought, and what of it goes.

Asks and removes; knows nothing of models.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NOT_OURS: Final = "glTF_not_exported"
"""Blender's glTF importer keeps the shapes of bones in a hidden collection of this name."""
_ALL_IN_ONE: Final = "all_ids"
"""Blender 5.2 has a list of everything beside the lists by kind: each block would come twice, and
what is never removed would come under another name."""
# Interface data is nobody's import, and a shape key goes with its mesh.
_NEVER_REMOVED: Final = frozenset({"screens", "window_managers", "workspaces", "shape_keys"})


def every() -> Iterator[tuple[str, bpy.types.ID]]:
    """Yield each data-block there is with the name of its list in `bpy.data`."""
    for field in bpy.data.bl_rna.properties:
        if field.type == "COLLECTION" and field.identifier != _ALL_IN_ONE:
            for block in getattr(bpy.data, field.identifier):
                yield field.identifier, block


def known() -> frozenset[int]:
    """Return the session ids of all data-blocks there are: what a later difference starts from."""
    return frozenset(block.session_uid for _, block in every())


def since(before: frozenset[int], blocks: Iterable[Any]) -> list[Any]:
    """Those of `blocks` that came later."""
    return [block for block in blocks if block.session_uid not in before]


def removable(before: frozenset[int]) -> list[bpy.types.ID]:
    """All data-blocks that came later and that may be removed by themselves."""
    return since(before, (block for kind, block in every() if kind not in _NEVER_REMOVED))


def recount_if_wrong(objects: Iterable[bpy.types.Object]) -> None:
    """See that data shared by `objects` has as many users as it has.

    The FBX importer (4.5 to 5.3) counts one, and Blender throws away what has no users, though
    others show it. Nothing counts afresh on request; reading any .blend makes Blender do it.
    """
    sharers = Counter(obj.data for obj in objects if obj.data is not None)
    if all(data.users >= count for data, count in sharers.items()):
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "recount.blend")
        before, made = known(), bpy.data.texts.new("recount")
        try:
            bpy.data.libraries.write(str(path), {made})
            with bpy.data.libraries.load(str(path)) as (_, wanted):
                wanted.texts = [made.name]
        finally:
            forget_since(before)


def rename(block: Any, name: str, came: Iterable[Any]) -> None:
    """Give a data-block a name that another of those that `came` with it may have had: that one
    gets a number, as Blender would give it to the later one."""
    holders = [other for other in came if other.name == name and other != block]
    for holder in holders:
        holder.name = f"{name} "
    block.name = name
    for holder in holders:
        holder.name = name


def forget_since(before: frozenset[int]) -> None:
    """Remove every data-block that is not in `before`."""
    bpy.data.batch_remove(removable(before))


def sweep(before: frozenset[int], *, keep: bpy.types.Collection) -> None:
    """Remove what came since `before` beside the model: helpers, emptied collections, orphans."""
    others = [home for home in since(before, bpy.data.collections) if home != keep]
    for home in others:
        if home.name.startswith(NOT_OURS):
            bpy.data.batch_remove(list(home.objects))
    # What was appended is local now, but the file it came from would stay listed.
    files = [file for file in since(before, bpy.data.libraries) if not file.users_id]
    orphans = files + [home for home in others if not home.objects]
    seen: set[int] = set()
    while True:
        seen.update(block.session_uid for block in orphans)
        bpy.data.batch_remove(orphans)
        unused = [block for block in removable(before) if not block.users and block != keep]
        orphans = [block for block in unused if block.session_uid not in seen]
        if not orphans:
            return
