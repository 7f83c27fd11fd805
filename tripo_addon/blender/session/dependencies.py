"""Checks whether the packages that the add-on ships can be used, and which one does not fit.

Blender unpacks the wheels of all extensions into one folder, where the highest version wins, and a
package that one add-on has imported is used by all: another extension may bring a version that does
not fit ours. Any pydantic 2 from OLDEST_PYDANTIC on works. Imports nothing of Blender.
"""

from __future__ import annotations

import importlib
import logging
from types import ModuleType
from typing import Final

from ..messages import session as messages
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
# Modules that build classes from these packages on import, which shows whether they fit.
_BUILT: Final = (".api.tasks", ".api.replies", ".api.services.tripo_wire", ".jobs.storage.job_json")
# Packages that fail together; our own modules fail because of pydantic.
_PYDANTIC: Final = ("pydantic", "pydantic_core")
_TOGETHER: Final = {"requests": ("requests", "urllib3"), "pydantic_core": _PYDANTIC}


def dependency_report() -> str | None:
    """Return why the shipped packages cannot be used, as a sentence that names the unfit one, or
    None.

    Imports them, which takes a moment the first time: call it in a worker or on a click.
    """
    for module in (*PACKAGES, *_BUILT):
        try:
            found = importlib.import_module(module, ADDON_ID)
            if module == "pydantic":
                _check_version(found)
        except Exception as error:  # noqa: BLE001 - a broken package may raise anything at import
            _log.warning("%s cannot be imported", module, exc_info=True)
            return blame(error, module)
    return None


def blame(error: Exception, module: str = "pydantic") -> str:
    """Return the sentence for an error while importing a package, or a module built on one."""
    suspect = _suspect(module)
    reason = str(error).partition("\n")[0].rstrip(". ") or type(error).__name__
    problem = messages.package_unusable(
        suspect.distribution, suspect.version, suspect.bringer, reason, suspect.place
    )
    if suspect.is_replaced:
        return messages.restart_for_package(problem, suspect.on_disk)
    return messages.update_package(problem, suspect.bringer)


def _suspect(module: str) -> Origin:
    """Return the first of the packages that fail together whose version is not ours, else the
    module's own."""
    alone = (module,) if module in PACKAGES and module not in _PYDANTIC else _PYDANTIC
    names = _TOGETHER.get(module, alone)
    origins = [origin_of(name, PACKAGES[name]) for name in names]
    return next((each for each in origins if not each.is_ours), origins[0])


def _check_version(pydantic: ModuleType) -> None:
    version = tuple(int(part) for part in str(pydantic.__version__).split(".")[:2])
    if version < OLDEST_PYDANTIC:
        raise ImportError(messages.version_needed(".".join(map(str, OLDEST_PYDANTIC))))
