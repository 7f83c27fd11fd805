"""Whether the packages that the add-on ships can be used, and which one is to blame if not.

Blender unpacks the wheels of all extensions into one folder, where the highest version wins for
everyone: another extension can bring a package that does not fit ours. Imports nothing of Blender.
"""

from __future__ import annotations

import importlib
import logging
from typing import Final

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


def dependency_report() -> str | None:
    """Why the shipped packages cannot be used, as a sentence that names the culprit, or None.

    Imports them, which takes a moment the first time: for workers and for buttons.
    """
    for module, distribution in PACKAGES.items():
        try:
            found = importlib.import_module(module)
            if module == "pydantic" and not hasattr(found, "ConfigDict"):
                raise ImportError("this is pydantic 1")
        except Exception as error:  # noqa: BLE001 - a broken package may raise anything at import
            _log.warning("%s cannot be imported", module, exc_info=True)
            return _broken_package(module, distribution, error)
    return None


def _broken_package(module: str, distribution: str, error: Exception) -> str:
    import importlib.util
    from importlib import metadata

    try:
        version = metadata.version(distribution)
    except metadata.PackageNotFoundError:
        version = "of unknown version"
    try:
        found = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        found = None
    place = found.origin if found is not None and found.origin else "nowhere"
    reason = str(error).partition("\n")[0].rstrip(". ") or type(error).__name__
    return (
        f"The package {distribution} {version} cannot be used: {reason};"
        f" it was loaded from {place}. Another extension may have brought a version that does not"
        " fit: update or disable it, then restart Blender"
    )
