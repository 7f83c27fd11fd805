"""What an artist reads in the add-on's preferences, and about the services."""

from __future__ import annotations

from typing import Final

USER_FOLDER_LABEL: Final = "Job List and Models"
OPEN_FOLDER: Final = "Open Folder"
OWN_FOLDER: Final = "The add-on's own folder"
IMPORT: Final = "Import"
FILES: Final = "Files"
NETWORK: Final = "Network"
PRIVACY: Final = "Privacy"
DIAGNOSTICS: Final = "Diagnostics"
TEXTURES_PACKED: Final = "Packed into the .blend"
NO_LIBRARY: Final = "No library is chosen, so models are only marked as assets in this file"
API_KEY: Final = "API Key"
REGION: Final = "Region"
REGION_DESCRIPTION: Final = "Region of your account. A key is valid in one region only"
BASE_URL: Final = "Base URL"
BASE_URL_DESCRIPTION: Final = "Custom server address (leave empty for the default)"
KEY_STORAGE: Final = "Stored unencrypted in Blender's preferences, never in .blend files"
HELP: Final = "Help"
KEEP: Final = "Keep"
DISK_USE: Final = "Disk Use"
MEASURING: Final = "Measuring…"
PURGE: Final = "Purge"
PURGE_DIALOG: Final = "Purge…"
PURGE_KEEPS: Final = "Only prepared copies are deleted. Importing again makes new ones, free"
NOTHING_TO_PURGE: Final = "There are no prepared copies to delete"
OPEN_LOG: Final = "Open Log"
NOTIFICATIONS: Final = "System Notifications"
NO_NOTIFICATIONS: Final = "Windows has none that an add-on can use without another program"
PROXY_EXAMPLE: Final = "http://proxy.example:8080"
PROXY_MISSING: Final = "Enter the address of the proxy"
SYSTEM_CERTIFICATES: Final = "The system's certificates"
CERTIFICATES_TRUSTED: Final = "Trusted besides the system's certificates"
ALWAYS_VERIFIED: Final = "Only https:// leaves this computer, and certificates are always verified"
NOTHING_ELSE_SENT: Final = (
    "Your key goes to no other host, and no usage data is collected. Diagnostics contain no keys, "
    "and prompts only if you include them"
)


def what_is_sent(service: str, host: str) -> str:
    """What goes to whom."""
    return (
        f"When you generate, or work on an object, your prompt, images and that object are sent to "
        f"{service} ({host})"
    )


def disk_use(whole: int, prepared: int) -> str:
    """What the models take, in bytes, and how much of it can be purged."""
    return f"{_megabytes(whole)}, of which {_megabytes(prepared)} can be purged"


def purge_question(prepared: int) -> str:
    """Whether to free so many bytes."""
    return f"Free {_megabytes(prepared)}?"


def _megabytes(count: int) -> str:
    return f"{count / 10**6:,.1f} MB" if count < 10**9 else f"{count / 10**9:,.2f} GB"


def proxy_refused(why: str) -> str:
    """The address of the proxy cannot be used, for this reason."""
    return f"This proxy cannot be used: {why}"


def certificates_refused(why: str) -> str:
    """The file of certificates cannot be used, for this reason; nothing passes it by."""
    return f"Nothing is sent: {why}"


ADDON_NAME: Final = "Atelier for Tripo"
UPDATES: Final = "Updates"
NO_UPDATES: Final = (
    "This copy was installed from a file, and Blender does not update it. Look for new versions "
    "where you got the file"
)
UPDATES_NOT_SET_UP: Final = (
    "This copy was installed from a file, and Blender does not update it. Add the add-on's "
    "repository to get new versions"
)


def folder_kept(folder: str) -> str:
    """The folder that removing the add-on leaves on disk."""
    return f"{folder} (kept when the add-on is removed)"


def key_from_environment(variable: str) -> str:
    """The key is not the preferences' own."""
    return f"From the environment variable {variable}"


def address_from_environment(address: str, variable: str) -> str:
    """The address is not the preferences' own."""
    return f"{address}, from the environment variable {variable}"


def key_description(service: str, prefix: str) -> str:
    """The tooltip of a service's key."""
    starts = f"; it starts with {prefix}" if prefix else ""
    return f"Your key for {service}{starts}"


def service_label(label: str, ended: str) -> str:
    """A service in the list; `ended` is the date of its end, or nothing."""
    return f"{label}, ended {ended}" if ended else label


def use_service(label: str) -> str:
    """The button that chooses another service."""
    return f"Use {label}"


def use_successor_tooltip(label: str) -> str:
    """What happens to new jobs and to the key."""
    return (
        f"Use {label} for new jobs, with this key if it has none yet. Running jobs are not affected"
    )


def new_jobs_use(label: str) -> str:
    """Another service was chosen."""
    return f"New jobs will use {label}"


def balance_on_website(service: str) -> str:
    """The service tells its balance to nobody but a browser."""
    return f"{service} shows the balance only on its website"


def updates_come_from(repository: str) -> str:
    """Blender updates this copy; the name is that of a repository in Get Extensions."""
    return f"Updates come from the repository “{repository}”, in Get Extensions"


def install_from(repository: str) -> str:
    """The repository is there, but this copy is still the one from a file."""
    return (
        f"Now install the add-on from “{repository}” in Get Extensions: it takes over your "
        "settings, keys, and jobs. Then uninstall this copy"
    )
