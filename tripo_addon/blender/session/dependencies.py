"""Whether the packages that the add-on ships can be used, and which one is to blame if not.

Blender unpacks the wheels of all extensions into one folder, where the highest version wins for
everyone, and what one add-on has imported is there for all: another can bring a package that does
not fit ours. Any pydantic 2 from OLDEST_PYDANTIC on will do. Imports nothing of Blender.
"""

from __future__ import annotations

import importlib
import logging
from types import ModuleType
from typing import Final

from ..registration import ADDON_ID
from .package_origin import Origin, origin_of

_log = logging.getLogger(__name__)
PACKAGES: Final = {
    "pydantic": "pydantic",
    "pydantic_core": "pydantic-core",
    "requests": "requests",
    "requests_aws4auth": "requests-aws4auth",
    "urllib3": "urllib3",
    "truststore": "truststore",
    "imagesize": "imagesize",
}
OLDEST_PYDANTIC: Final = (2, 6)
"""Measured: the tests of requests, replies and records pass with it, and not with 2.5."""
# What is built of them when it is imported, and so shows whether they fit.
_BUILT: Final = (".api.tasks", ".api.replies", ".api.services.tripo_wire", ".jobs.storage.records")
# What fails together, the first of it by name; whatever we build, we build of pydantic.
_PYDANTIC: Final = ("pydantic", "pydantic_core")
_TOGETHER: Final = {"requests": ("requests", "urllib3"), "pydantic_core": _PYDANTIC}


def dependency_report() -> str | None:
    """Why the shipped packages cannot be used, as a sentence that names the culprit, or None.

    Imports them, which takes a moment the first time: for workers and for buttons.
    """
    for module in (*PACKAGES, *_BUILT):
        try:
            found = importlib.import_module(module, ADDON_ID)
            if module == "pydantic":
                _demand_pydantic(found)
        except Exception as error:  # noqa: BLE001 - a broken package may raise anything at import
            _log.warning("%s cannot be imported", module, exc_info=True)
            return blame(error, module)
    return None


def blame(error: Exception, module: str = "pydantic") -> str:
    """A sentence on an error at the import of one of our packages, or of what is built of them."""
    suspect = _suspect(module)
    reason = str(error).partition("\n")[0].rstrip(". ") or type(error).__name__
    whose = f", which “{suspect.bringer}” brought," if suspect.bringer else ""
    head = (
        f"The package {suspect.distribution} {suspect.version or 'of unknown version'}{whose}"
        f" cannot be used: {reason}; it was loaded from {suspect.place or 'nowhere'}."
    )
    if suspect.is_replaced:
        return f"{head} On disk there is {suspect.on_disk} by now: restart Blender"
    who = f"“{suspect.bringer}”" if suspect.bringer else "the extension that brought it"
    return f"{head} Update or disable {who}, then restart Blender"


def _suspect(module: str) -> Origin:
    """Of the packages that this one needs, the first that is not as we ship it, or else itself."""
    alone = (module,) if module in PACKAGES and module not in _PYDANTIC else _PYDANTIC
    names = _TOGETHER.get(module, alone)
    origins = [origin_of(name, PACKAGES[name]) for name in names]
    return next((each for each in origins if not each.is_ours), origins[0])


def _demand_pydantic(pydantic: ModuleType) -> None:
    version = tuple(int(part) for part in str(pydantic.__version__).split(".")[:2])
    if version < OLDEST_PYDANTIC:
        raise ImportError(f"{'.'.join(map(str, OLDEST_PYDANTIC))} or later is needed")
