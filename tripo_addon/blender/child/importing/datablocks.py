"""Tells data-blocks apart by when they were created: finds and removes what an import added."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NOT_OURS: Final = "glTF_not_exported"
"""Blender's glTF importer keeps bone shapes in a hidden collection of this name."""
_ALL_IN_ONE: Final = "all_ids"
"""Blender 5.2 has a list of all data-blocks besides the lists by type. It would yield each one
twice, and those that must not be removed under another name."""
# Interface data is never imported, and shape keys are removed with their mesh.
_NEVER_REMOVED: Final = frozenset({"screens", "window_managers", "workspaces", "shape_keys"})


def every() -> Iterator[tuple[str, bpy.types.ID]]:
    """Yield each data-block with the name of its list in `bpy.data`."""
    for field in bpy.data.bl_rna.properties:
        if field.type == "COLLECTION" and field.identifier != _ALL_IN_ONE:
            for block in getattr(bpy.data, field.identifier):
                yield field.identifier, block


def known() -> frozenset[int]:
    """The session_uids of all data-blocks, for a later comparison."""
    return frozenset(block.session_uid for _, block in every())


def since(before: frozenset[int], blocks: Iterable[Any]) -> list[Any]:
    """The data-blocks among `blocks` that are newer."""
    return [block for block in blocks if block.session_uid not in before]


def removable(before: frozenset[int]) -> list[bpy.types.ID]:
    """All newer data-blocks that can be removed by themselves."""
    return since(before, (block for kind, block in every() if kind not in _NEVER_REMOVED))


def recount_if_wrong(objects: Iterable[bpy.types.Object]) -> None:
    """Correct the user counts of data that `objects` share.

    The FBX importer (4.5 to 5.3) counts one user for shared data, and Blender discards data without
    users although other objects use it. Nothing recounts on request, but reading any .blend does.
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


def rename(block: Any, name: str, imported: Iterable[Any]) -> None:
    """Rename a data-block. If another one that `came` with it has that name, the other one gets a
    number, as Blender would give to the later one."""
    holders = [other for other in imported if other.name == name and other != block]
    for holder in holders:
        holder.name = f"{name} "
    block.name = name
    for holder in holders:
        holder.name = name


def forget_since(before: frozenset[int]) -> None:
    """Remove every data-block that is not in `before`."""
    bpy.data.batch_remove(removable(before))


def sweep(before: frozenset[int], *, keep: bpy.types.Collection) -> None:
    """Remove everything newer than `before` except the model: helpers, empty collections,
    orphans."""
    others = [home for home in since(before, bpy.data.collections) if home != keep]
    for home in others:
        if home.name.startswith(NOT_OURS):
            bpy.data.batch_remove(list(home.objects))
    # Appended data is local, but its library would stay listed.
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
