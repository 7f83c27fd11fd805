"""Which version of a package this session has, and which extension or add-on brought it.

Imports nothing of Blender, and no package to look at it.
"""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

_MANIFEST: Final = "blender_manifest.toml"
_PACKAGE: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Origin:
    """A package as this session has it. `version` is that in memory if it is loaded, `on_disk` what
    a later session loads; empty where unknown. `bringer` is the name of an extension or add-on,
    empty where nobody can be named; `place` is a file."""

    distribution: str
    version: str
    on_disk: str
    bringer: str
    place: str

    @property
    def is_replaced(self) -> bool:
        """Whether the files were exchanged for another version since it was loaded."""
        return bool(self.on_disk) and self.version != self.on_disk

    @property
    def is_ours(self) -> bool:
        """Whether it is the version that this add-on ships."""
        return self.version == _wheels(own_manifest()).get(self.distribution)


def origin_of(module: str, distribution: str) -> Origin:
    """What is known of a package by its module, loaded or not."""
    loaded = sys.modules.get(module)
    try:
        on_disk = metadata.version(distribution)
    except metadata.PackageNotFoundError:
        on_disk = ""
    version = str(getattr(loaded, "__version__", "") or on_disk)
    place = _place(module)
    return Origin(distribution, version, on_disk, _bringer(place, distribution, version), place)


def own_manifest() -> Mapping[str, Any]:
    """This add-on's manifest, which lies beside its files, or above them in its repository."""
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
    """Who has the file in a folder of their own, else who has listed a wheel of this version."""
    for folder in Path(place).parents if place else ():
        if folder.parent.name == "addons" or (folder / _MANIFEST).exists():
            return str(_read(folder / _MANIFEST).get("name", folder.name))
    if not (_PACKAGE / _MANIFEST).exists():
        # Run from the repository: around it are no extensions.
        return ""
    # Blender unpacks all wheels into one folder: extensions/REPOSITORY/ID beside extensions/.local.
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
