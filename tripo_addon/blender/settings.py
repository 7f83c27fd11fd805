"""Effective settings: service, key, base URL, online access, folders. The environment overrides the
preferences.

Main thread only; changes nothing.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, cast

import bpy

from ..api import file_names, rules
from ..api.catalog import SERVICES
from ..api.http import network as http_network
from .messages import session as messages
from .one_drawing import once_a_drawing
from .registration import ADDON_ID

if TYPE_CHECKING:
    from ..api.catalog.service_types import Service
    from ..api.http.network import Network
    from ..jobs.model.job import Finish

CAPTURES: Final = "captures"
PICTURES: Final = "pictures"


class Preferences(Protocol):
    """What other modules read of the add-on's preferences."""

    service: str
    kept_service: str
    set_up_done: bool
    proxy: str
    proxy_address: str
    certificate_file: str
    notify: bool
    show_old_versions: bool
    download_folder: str
    front: str
    size: str
    home: str
    select_imported: str

    def finish(self) -> Finish:
        """The import options, as a job stores them."""
        ...

    def account_value(self, service: Service, field: str) -> str:
        """A field of the service's account: `api_key`, `region` or `base_url`."""
        ...


@once_a_drawing
def preferences() -> Preferences | None:
    """The add-on's preferences; None while the add-on is being enabled or disabled."""
    addon = bpy.context.preferences.addons.get(ADDON_ID)
    return cast("Preferences", addon.preferences) if addon is not None else None


def online() -> bool:
    """Whether Blender allows network access. Nothing else reads that setting."""
    return bpy.app.online_access


def default_service() -> Service:
    """The service that is used until another one is chosen."""
    return next(iter(SERVICES.values()))


@once_a_drawing
def service() -> Service:
    """The chosen service, which new jobs use."""
    chosen = preferences()
    return SERVICES[chosen.service] if chosen is not None else default_service()


def key(row: Service | None = None) -> str:
    """The effective API key: from the environment, else from the preferences."""
    return _key_of(row) if row is not None else _key()


@once_a_drawing
def _key() -> str:
    return _key_of(service())


def _key_of(row: Service) -> str:
    chosen = preferences()
    stored = chosen.account_value(row, "api_key") if chosen is not None else ""
    return (os.environ.get(row.key_variable) or stored).strip()


def keys() -> tuple[str, ...]:
    """All effective keys, which may appear only in the header of their own requests."""
    return tuple(filter(None, map(key, SERVICES.values())))


def address(row: Service | None = None) -> str:
    """The effective base URL: from the environment, the preferences, or the region."""
    return _address_of(row) if row is not None else _address()


@once_a_drawing
def _address() -> str:
    return _address_of(service())


def _address_of(row: Service) -> str:
    chosen = preferences()
    stored = chosen.account_value(row, "base_url") if chosen is not None else ""
    override = os.environ.get(row.address_variable) or stored
    region = row.region(chosen.account_value(row, "region") if chosen is not None else "")
    return (override.strip() or region.base_url).rstrip("/")


def network() -> Network:
    """The chosen proxy and the file of further certificates."""
    chosen = preferences()
    if chosen is None:
        return http_network.Network()
    return http_network.Network(
        http_network.Route(chosen.proxy),
        proxy=chosen.proxy_address.strip() if chosen.proxy == http_network.Route.OWN.value else "",
        certificates=absolute(chosen.certificate_file),
    )


def offline() -> str | None:
    """Why Blender allows no network access, as a sentence, or None."""
    if online():
        return None
    if bpy.app.online_access_override:
        return messages.OFFLINE_MODE
    return messages.ONLINE_ACCESS_OFF


def user_folder() -> Path:
    """The add-on's own folder among the user's data files. Raises `OSError` if it cannot be made.

    Not `extension_path_user`: Blender deletes that folder with the extension, and the models that
    were paid for with it.
    """
    folder = user_folder_name(create=True)
    if not folder:
        raise OSError(messages.USER_FOLDER_READ_ONLY)
    return Path(folder)


def user_folder_name(*, create: bool = False) -> str:
    """The path of that folder; `create` makes it. "" if Blender has no user folder."""
    return bpy.utils.user_resource("DATAFILES", path="tripo_addon", create=create)


def absolute(text: str) -> str:
    """The absolute path for the text of a path field, where `//` is the .blend's folder. A web
    address is returned as it is, and "" for an empty field."""
    path = file_names.typed_path(text)
    return path if not path or rules.is_web_address(path) else bpy.path.abspath(path)


def captures() -> Path:
    """The folder of captured objects. Raises `OSError` if it cannot be made."""
    return user_folder() / CAPTURES


def pictures() -> Path:
    """The folder of pictures that were taken here, which may not exist yet. Raises `OSError` if
    the add-on's own folder cannot be made."""
    return user_folder() / PICTURES


def store_path() -> Path:
    """The file of the job list, which may not exist yet."""
    return user_folder() / "jobs.sqlite3"


def downloads() -> Path:
    """The folder for downloads. Raises `OSError` if there is none."""
    chosen = preferences()
    folder = absolute(chosen.download_folder) if chosen is not None else ""
    if folder:
        return Path(folder).absolute()
    return user_folder() / "downloads"
