"""Numbers the vertices of a glTF mesh in a fraction of the time that Blender's importer takes.

For a second Blender. The importer calls `numpy.unique`, which sorts all indices; these are small
whole numbers, so counting finds the same.
"""

from __future__ import annotations

import contextlib
import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from types import ModuleType

_MESHES: Final = (
    "io_scene_gltf2.blender.imp.mesh",
    "io_scene_gltf2.blender.imp.gltf2_blender_mesh",
)
"""The importer's module, since Blender 4.3 and before."""
_NUMPY: Final = "np"
_MOST_UNUSED: Final = 4
"""Indices beyond this many times their number are sorted, because counting would take memory."""


def use() -> None:
    """Have the importer use `unique`; does nothing if it has changed, or the second time."""
    meshes = module()
    numpy = getattr(meshes, _NUMPY, None)
    if numpy is not None and not isinstance(numpy, _Numpy):
        setattr(meshes, _NUMPY, _Numpy())


def module() -> ModuleType | None:
    """The importer's module that makes meshes, which loads most others; None if it has none."""
    for name in _MESHES:
        with contextlib.suppress(ImportError):
            return importlib.import_module(name)
    return None


class _Numpy:
    """The module numpy, but for `unique`."""

    def __getattr__(self, name: str) -> Any:
        import numpy as np

        return unique if name == "unique" else getattr(np, name)


def unique(values: Any, **options: Any) -> Any:
    """As `numpy.unique`."""
    import numpy as np

    if options != {"return_inverse": True} or not _are_countable(values):
        return np.unique(values, **options)
    used = np.zeros(int(values.max()) + 1, dtype=bool)
    used[values] = True
    found = np.flatnonzero(used)
    if len(found) == len(used):
        return found.astype(values.dtype), values.astype(np.intp)
    places = np.empty(len(used), dtype=np.intp)
    places[found] = np.arange(len(found))
    return found.astype(values.dtype), places[values]


def _are_countable(values: Any) -> bool:
    if values.ndim != 1 or values.dtype.kind != "u" or not values.size:
        return False
    return int(values.max()) < _MOST_UNUSED * values.size
