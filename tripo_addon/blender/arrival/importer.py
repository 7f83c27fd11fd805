"""Brings a finished model into a scene: appended from the second Blender's .blend, or imported
directly.

Main thread only. It pushes no undo step and changes no selection, mode or scene setting. After a
failed direct import or an abandoned arrival, nothing new is left in the file.
"""

from __future__ import annotations

import functools
import logging
import time
from collections import deque
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from mathutils import Vector

from ...api.record import record
from ..child.importing import datablocks
from ..child.importing.material_cleanup import forget_path
from ..messages import arrival as messages
from ..objects import object_group
from . import mesh_builder, object_builder, texture_files
from .opened_blend import OpenedBlend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ...jobs.model_files.model_format import ModelFormat
    from ..child.importing.extra_animations import Clip
    from ..child.importing.options import ImportOptions

_LAST_BYTES: Final = 64
TURN_SECONDS: Final = 0.004
"""After this time, no further piece begins in the same turn."""

log = logging.getLogger(__name__)


class ImportFailed(Exception):
    """The model could not be imported; `sentence` tells the artist why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Interrupted(Exception):
    """Undo, redo or loading a file removed what was appended so far: start over."""


@record
class _Held:
    """A data-block of ours that outlives a tick: references die with undo and file load."""

    kind: str
    name: str
    uid: int

    def block(self) -> Any:
        """The data-block. Raises Interrupted."""
        block = getattr(bpy.data, self.kind).get((self.name, None))
        if block is None or block.session_uid != self.uid:
            raise Interrupted
        return block


class Arrival:
    """A converted model on its way into the file, one piece per call: the .blend, then each large
    texture and layer beside it.

    Until `place` is called it is in no scene, has no user, and would not be saved; `abandon`
    removes it.
    """

    def __init__(self, blend: Path, *, textures: Path | None = None) -> None:
        """`textures` is the folder that images are saved to; None to pack them."""
        self._blend = blend
        self._textures = textures
        self._saved: list[Path] = []
        self._held: list[_Held] = []
        self._named: dict[tuple[str, str], _Held] = {}
        self._opened: OpenedBlend | None = None
        self._pieces: deque[Callable[[], None]] = deque(
            (self._open, self._load, self._drop_library)
        )
        self._spoilt = False
        self.points: dict[int, Any] = {}
        """Those of large meshes, for the fingerprint: placing the model is long enough."""

    @property
    def complete(self) -> bool:
        """Whether all pieces are appended."""
        return not self._pieces

    def advance(self) -> None:
        """Append the next piece, or several small ones: milliseconds, even of a big model. Raises
        Interrupted, and ImportFailed, which also removes the converted model from disk.

        Source: bpy.types.BlendDataLibraries.load.
        """
        if self._spoilt:
            raise Interrupted
        until = time.perf_counter() + TURN_SECONDS
        # With the largest piece, reading the .blend, it would be one long stop.
        opens = self._opened is None
        while self._pieces:
            self._bring_next()
            if opens or time.perf_counter() > until:
                return

    def _bring_next(self) -> None:
        try:
            self._pieces[0]()
        except (OSError, RuntimeError, TypeError, ValueError, KeyError, ImportFailed) as error:
            log.warning("%s", error)
            _discard(self._blend)
            if isinstance(error, ImportFailed):
                raise
            raise ImportFailed(messages.CONVERTED_UNREADABLE) from error
        self._pieces.popleft()

    def model(self) -> tuple[bpy.types.Collection, bpy.types.Object]:
        """The complete model: its collection, which is in no scene yet, and its root. Raises
        Interrupted."""
        if self._spoilt:
            raise Interrupted
        collection = next(held.block() for held in self._held if held.kind == "collections")
        return collection, _root(collection)

    def place(
        self,
        *,
        name: str,
        scene: bpy.types.Scene,
        parent: bpy.types.Collection,
        location: tuple[float, float, float],
    ) -> bpy.types.Object:
        """Link the complete model below `parent` and return its root, moved by `location`.

        If `parent` is not in `scene` or not editable, the scene's own collection is used. Raises
        Interrupted.
        """
        collection, root = self.model()
        _place(collection, root, name=name, scene=scene, parent=parent, location=location)
        return root

    def spoil(self) -> None:
        """Note that undo or redo ran: what was appended may be incomplete. Changes nothing yet."""
        self._spoilt = True

    def abandon(self) -> None:
        """Remove what was appended, as far as it still exists."""
        uids = {held.uid for held in self._held}
        kinds = {held.kind for held in self._held}
        blocks = (block for kind in kinds for block in getattr(bpy.data, kind))
        bpy.data.batch_remove([block for block in blocks if block.session_uid in uids])
        self._held.clear()
        for path in self._saved:
            path.unlink(missing_ok=True)
        self._saved.clear()
        if self._opened is not None:
            self._opened.close()
        self._drop_library()

    def _open(self) -> None:
        if not _is_whole(self._blend):
            raise ImportFailed(messages.CONVERTED_UNREADABLE)
        self._opened = OpenedBlend(self._blend)

    def _load(self) -> None:
        """Append every data-block by its name, so that what is new is known without searching all
        existing data-blocks."""
        opened = self._opened
        if opened is None or not opened.is_valid:
            raise Interrupted
        for kind, name, block in opened.append_all():
            self._hold(kind, name, block)
        collections = [held for held in self._held if held.kind == "collections"]
        if len(collections) != 1:
            raise ImportFailed(messages.CONVERTED_DAMAGED)
        collection = collections[0].block()
        _root(collection)
        for held in self._held:
            self._pieces += self._heavy_pieces(held)
        for piece in object_builder.steps(collection):
            self._pieces.append(functools.partial(self._make, piece))

    def _heavy_pieces(self, held: _Held) -> Iterator[Callable[[], None]]:
        """The pieces for the data of an image or mesh that is stored beside the .blend."""
        if held.kind == "images" and self._textures is not None:
            yield functools.partial(self._save, held, self._textures)
        elif held.kind == "images" and held.block().filepath:
            yield functools.partial(_pack, held)
        elif held.kind == "meshes":
            pieces = mesh_builder.steps(held.block())
            for piece in pieces:
                yield functools.partial(_fill, held, piece)
            if pieces:
                yield functools.partial(self._read_points, held)

    def _read_points(self, held: _Held) -> None:
        self.points[held.uid] = object_group.points_of(held.block())

    def _make(self, piece: object_builder.Piece) -> None:
        collection = next(held.block() for held in self._held if held.kind == "collections")
        for kind, name, block in piece(collection, self._finder()):
            self._hold(kind, name, block)

    def _finder(self) -> object_builder.Find:
        """Return a function that finds an appended data-block by its name in the .blend. Valid for
        one piece.

        Looking a name up in Blender takes time proportional to the number of names, too long for
        thousands of parts.
        """
        listed = functools.cache(
            lambda kind: {block.session_uid: block for block in getattr(bpy.data, kind)}
        )

        def find(kind: str, name: str) -> Any:
            held = self._named[kind, name]
            return listed(kind).get(held.uid) or held.block()

        return find

    def _hold(self, kind: str, name: str, block: Any) -> None:
        """Store the new data-blocks by their name in the .blend, which may differ from their name
        here."""
        held = _Held(kind, block.name, block.session_uid)
        self._held.append(held)
        self._named[kind, name] = held

    def _save(self, held: _Held, folder: Path) -> None:
        """Save an image as a file; one that cannot be saved is packed, which is better than losing
        the model."""
        try:
            self._saved += texture_files.save(held.block(), folder)
        except OSError as error:
            log.warning("%s stays packed: %s", held.name, error)
            if held.block().filepath:
                _pack(held)

    def _drop_library(self) -> None:
        """Remove the library: appended data is local, but the library would stay listed."""
        files = [
            file
            for file in bpy.data.libraries
            if Path(bpy.path.abspath(file.filepath)) == self._blend and not file.users_id
        ]
        bpy.data.batch_remove(files)


def import_directly(
    source: Path,
    *,
    format: ModelFormat,
    name: str,
    terms: ImportOptions,
    scene: bpy.types.Scene,
    parent: bpy.types.Collection,
    location: tuple[float, float, float],
    textures: Path | None = None,
    clips: Sequence[Clip] = (),
    clip_names: Sequence[str] = (),
) -> tuple[bpy.types.Object, tuple[str, ...]]:
    """Import `source` in this Blender, which **blocks**; the root is the same as that of
    `Arrival.place`. Returns it with the warnings of the import.

    `clips` and `clip_names` as `bring_in` takes them. Raises ImportFailed.
    """
    # Imported only here, so that converted models arrive as fast as possible.
    from ..child.importing.import_model import bring_in
    from ..child.unreadable import Unreadable

    with ExitStack() as undoing:
        before = datablocks.known()
        undoing.callback(datablocks.forget_since, before)
        try:
            model = bring_in(
                source,
                kind=format.value,
                name=name,
                terms=terms,
                before=before,
                clips=clips,
                clip_names=clip_names,
            )
        except Unreadable as error:
            log.warning("%s: %s", error.sentence, error.detail)
            raise ImportFailed(error.sentence) from error
        _place(
            model.collection, model.root, name=name, scene=scene, parent=parent, location=location
        )
        if textures is not None:
            _save_all(before, textures)
        undoing.pop_all()
    return model.root, model.warnings


def _save_all(before: frozenset[int], folder: Path) -> None:
    """Save images as files; one that cannot be saved stays packed."""
    for image in datablocks.since(before, bpy.data.images):
        try:
            texture_files.save(image, folder)
        except OSError as error:
            log.warning("%s stays packed: %s", image.name, error)


def _root(collection: bpy.types.Collection) -> bpy.types.Object:
    root = next((obj for obj in collection.objects if obj.parent is None), None)
    if root is None:
        raise ImportFailed(messages.CONVERTED_DAMAGED)
    return root


def _is_whole(blend: Path) -> bool:
    """Whether a .blend has its beginning and its end: a truncated file may crash Blender."""
    with blend.open("rb") as file:
        begins = file.read(7) == b"BLENDER"
        file.seek(max(0, blend.stat().st_size - _LAST_BYTES))
        return begins and b"ENDB" in file.read()


def _discard(blend: Path) -> None:
    """Remove unreadable files; they can be converted from the model again."""
    from ...jobs.work.conversion import discard

    discard(blend.parent)


def _pack(held: _Held) -> None:
    """Pack a texture and clear its path."""
    image = held.block()
    image.pack()
    forget_path(image)


def _fill(held: _Held, piece: mesh_builder.Piece) -> None:
    piece(held.block())


def _place(
    collection: bpy.types.Collection,
    root: bpy.types.Object,
    *,
    name: str,
    scene: bpy.types.Scene,
    parent: bpy.types.Collection,
    location: tuple[float, float, float],
) -> None:
    collection.name = name
    root.name = name
    root.location = root.location + Vector(location)
    inside = parent == scene.collection or parent in scene.collection.children_recursive
    home = parent if inside and parent.is_editable else scene.collection
    home.children.link(collection)
