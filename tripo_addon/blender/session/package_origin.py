"""Which version of a package this session uses, and which extension or add-on installed it.

Imports nothing of Blender, and does not import the package.
"""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from ...api.record import record

_MANIFEST: Final = "blender_manifest.toml"
_PACKAGE: Final = Path(__file__).resolve().parents[2]


@record
class Origin:
    """A package in this session. `version` is the loaded one, else the one on disk; `on_disk` is
    what a restart would load. `bringer` is the name of the extension or add-on that installed it;
    `place` is the file it was loaded from. Each is "" if unknown."""

    distribution: str
    version: str
    on_disk: str
    bringer: str
    place: str

    @property
    def is_replaced(self) -> bool:
        """Whether the files on disk are of another version than the loaded one."""
        return bool(self.on_disk) and self.version != self.on_disk

    @property
    def is_ours(self) -> bool:
        """Whether it is the version that this add-on ships."""
        return self.version == _wheels(own_manifest()).get(self.distribution)


def origin_of(module: str, distribution: str) -> Origin:
    """Find out about a package by its module, loaded or not."""
    loaded = sys.modules.get(module)
    try:
        on_disk = metadata.version(distribution)
    except metadata.PackageNotFoundError:
        on_disk = ""
    version = str(getattr(loaded, "__version__", "") or on_disk)
    place = _place(module)
    return Origin(distribution, version, on_disk, _bringer(place, distribution, version), place)


def own_manifest() -> Mapping[str, Any]:
    """This add-on's manifest: beside its files, or in the folder above in a checkout."""
    return _read(_PACKAGE / _MANIFEST) or _read(_PACKAGE.parent / _MANIFEST)


def _place(module: str) -> str:
    loaded = getattr(sys.modules.get(module), "__file__", None)
    if loaded:
        return str(loaded)
    try:
        found = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        found = None
    return found.origin if found is not None and found.origin else ""


def _bringer(place: str, distribution: str, version: str) -> str:
    """The extension whose folder has the file, else one that lists a wheel of this version."""
    for folder in Path(place).parents if place else ():
        if folder.parent.name == "addons" or (folder / _MANIFEST).exists():
            return str(_read(folder / _MANIFEST).get("name", folder.name))
    if not (_PACKAGE / _MANIFEST).exists():
        # A checkout has no extensions beside it.
        return ""
    # Blender unpacks all wheels into extensions/.local, beside extensions/REPOSITORY/ID.
    for path in sorted(_PACKAGE.parents[1].glob(f"*/*/{_MANIFEST}")):
        manifest = _read(path)
        if path.parent != _PACKAGE and _wheels(manifest).get(distribution) == version:
            return str(manifest.get("name", path.parent.name))
    return ""


def _wheels(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The version of each wheel that a manifest lists, by distribution."""
    files = (str(path).rpartition("/")[2] for path in manifest.get("wheels", ()))
    pairs = (file.split("-")[:2] for file in files if file.count("-") >= 2)
    return {name.replace("_", "-").lower(): version for name, version in pairs}


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
