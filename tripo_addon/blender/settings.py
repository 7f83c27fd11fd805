"""Who is asked, with which key, at which address, whether at all, and where what comes is kept.

What is in force now: the environment comes before the preferences. Reads only, on the main thread.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, cast

import bpy

from ..api.catalog import SERVICES
from ..api.catalog.records import Service
from ..api.file_names import typed_path
from ..api.rules import is_web_address
from .registration import ADDON_ID

if TYPE_CHECKING:
    from ..jobs.model.job import Finish

CAPTURES: Final = "captures"


class Preferences(Protocol):
    """What others read of the add-on's preferences."""

    service: str
    told_ended: str
    show_old_versions: bool
    download_folder: str
    front: str
    size: str
    home: str
    select_imported: str

    def finish(self) -> Finish:
        """How models are to arrive."""
        ...

    def account_value(self, service: Service, field: str) -> str:
        """A field of the service's account: api_key, region or base_url."""
        ...


def preferences() -> Preferences | None:
    """The add-on's preferences; None while it is being enabled or disabled."""
    addon = bpy.context.preferences.addons.get(ADDON_ID)
    return cast("Preferences", addon.preferences) if addon is not None else None


def online() -> bool:
    """Whether Blender allows network access: the one place that reads it."""
    return bpy.app.online_access


def default_service() -> Service:
    """The service that is in force until another is chosen."""
    return next(iter(SERVICES.values()))


def service() -> Service:
    """The service that new jobs go to."""
    chosen = preferences()
    return SERVICES[chosen.service] if chosen is not None else default_service()


def key(row: Service | None = None) -> str:
    """The key in force: the environment's before the preferences'."""
    row, chosen = row or service(), preferences()
    stored = chosen.account_value(row, "api_key") if chosen is not None else ""
    return (os.environ.get(row.key_variable) or stored).strip()


def keys() -> tuple[str, ...]:
    """Every key in force: what may stand nowhere but in its own header."""
    return tuple(filter(None, map(key, SERVICES.values())))


def address(row: Service | None = None) -> str:
    """The base URL in force: the environment's, the preferences', the region's."""
    row, chosen = row or service(), preferences()
    stored = chosen.account_value(row, "base_url") if chosen is not None else ""
    override = os.environ.get(row.address_variable) or stored
    region = row.region(chosen.account_value(row, "region") if chosen is not None else "")
    return (override.strip() or region.base_url).rstrip("/")


def offline() -> str | None:
    """Why Blender allows no network access, as a sentence, or None where it does."""
    if online():
        return None
    if bpy.app.online_access_override:
        return "Blender was started with online access switched off"
    return "Online access is off: enable it in Preferences › System › Network"


def user_folder() -> Path:
    """The add-on's own folder among the user's data files. Raises `OSError` where there is none.

    Not `extension_path_user`: Blender deletes that folder with the extension, and what was paid
    for would go with it.
    """
    folder = user_folder_name(create=True)
    if not folder:
        raise OSError("Blender's user folder cannot be written; nothing is sent without it")
    return Path(folder)


def user_folder_name(*, create: bool = False) -> str:
    """The path of that folder, which is made when it is needed; "" where Blender has none."""
    return bpy.utils.user_resource("DATAFILES", path="tripo_addon", create=create)


def absolute(text: str) -> str:
    """The absolute path that a person means by what a field holds, where `//` means the folder of
    the .blend; a web address as it is, and "" for nothing."""
    path = typed_path(text)
    return path if not path or is_web_address(path) else bpy.path.abspath(path)


def captures() -> Path:
    """Where objects lie that a job works on. Raises `OSError` where there is no such folder."""
    return user_folder() / CAPTURES


def store_path() -> Path:
    """The job list's file, which may not exist yet."""
    return user_folder() / "jobs.sqlite3"


def downloads() -> Path:
    """Where what the service made is put. Raises `OSError` where there is no such folder."""
    chosen = preferences()
    folder = absolute(chosen.download_folder) if chosen is not None else ""
    if folder:
        return Path(folder).absolute()
    return user_folder() / "downloads"
