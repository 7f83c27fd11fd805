"""The checks of `doctor`: versions, packages and who installed them, folders, network, and the key,
which it never shows."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import bpy

from ...api.http.addresses import refuse_address, refuse_key
from ...api.record import record
from .. import settings
from ..messages import command_line as messages
from ..scripting.account import balance
from ..scripting.refused import Refused
from ..session.dependencies import PACKAGES, dependency_report
from ..session.diagnostics import addon_version
from ..session.package_origin import origin_of


@record
class Check:
    """One check: whether it is good, and what was found, or what to do."""

    what: str
    good: bool
    found: str

    def as_dict(self) -> dict[str, object]:
        """Return the check as JSON."""
        return {"check": self.what, "ok": self.good, "found": self.found}


def checks(*, network: bool) -> tuple[Check, ...]:
    """Run all checks, each after those it depends on. `network`: ask the service for the balance,
    which is free. **Blocks** for its answer."""
    listed = [
        Check(messages.VERSIONS, True, _versions()),
        _packages(),
        _folder(messages.LIST_FOLDER, settings.user_folder),
        _folder(messages.DOWNLOAD_FOLDER, settings.downloads),
        _online(),
        _address(),
        _key(),
    ]
    if network and all(each.good for each in listed):
        listed.append(_account())
    return tuple(listed)


def _versions() -> str:
    python = sys.version.split()[0]
    return messages.versions(addon_version(), bpy.app.version_string, python)


def _packages() -> Check:
    problem = dependency_report()
    if problem is not None:
        return Check(messages.PACKAGES, False, problem)
    origins = [origin_of(module, name) for module, name in PACKAGES.items()]
    shown = (messages.package(each.distribution, each.version, each.bringer) for each in origins)
    return Check(messages.PACKAGES, True, ", ".join(shown))


def _folder(what: str, folder: Callable[[], Path]) -> Check:
    """Return whether a file can be written there."""
    try:
        path = folder()
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return Check(what, True, str(path))
    except OSError as error:
        return Check(what, False, str(error))


def _online() -> Check:
    reason = settings.offline()
    return Check(messages.ONLINE, reason is None, reason or messages.ALLOWED)


def _address() -> Check:
    address = settings.address()
    refused = refuse_address(address)
    found = refused.sentence if refused is not None else address
    return Check(settings.service().label, refused is None, found)


def _key() -> Check:
    row = settings.service()
    refused = refuse_key(row, settings.key())
    if refused is not None:
        return Check(messages.KEY, False, messages.key_missing(refused.sentence, row.key_variable))
    variable = row.key_variable if os.environ.get(row.key_variable) else ""
    return Check(messages.KEY, True, messages.key_from(variable))


def _account() -> Check:
    if not settings.service().has_balance:
        return Check(messages.CONNECTION, True, messages.NOT_ASKED)
    try:
        known = balance()
    except Refused as error:
        return Check(messages.CONNECTION, False, error.sentence)
    return Check(messages.CONNECTION, True, messages.balance(known.available, known.unit))
