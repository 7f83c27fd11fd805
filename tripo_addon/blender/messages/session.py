"""What an artist reads about the connection, the add-on's folder and the packages it needs."""

from __future__ import annotations

from typing import Final

OFFLINE_MODE: Final = "Blender was started in offline mode; restart it without --offline-mode"
ONLINE_ACCESS_OFF: Final = "Online access is off. Enable it in Preferences › System › Network"
USER_FOLDER_READ_ONLY: Final = "Blender's user folder is not writable, so nothing can be sent"
WAITING_FOR_ONLINE_ACCESS: Final = "Waiting for online access"
NOTIFICATION: Final = "Tripo"
TESTING: Final = "Testing the connection…"
WAITING_FOR_KEY: Final = "Waiting for the API key and region that the job was sent with"


def connected(address: str, balance: str) -> str:
    """The service answers, and this is the account's balance."""
    return f"Connected to {address}: {balance}"


def ended(title: str, headline: str, *, others: int) -> str:
    """A job ended, and perhaps others with it."""
    more = f" (and {others} more)" if others else ""
    return f"{title}: {headline}{more}"


def problem(sentence: str, advice: str) -> str:
    """What happened and what to do, in one line."""
    return f"{sentence}. {advice}" if advice else sentence


def version_needed(version: str) -> str:
    """The reason why a package does not fit."""
    return f"version {version} or later is needed"


def package_unusable(name: str, version: str, bringer: str, reason: str, place: str) -> str:
    """A package cannot be used; `bringer` is the extension that installed it, "" if unknown."""
    source = f", installed by “{bringer}”," if bringer else ""
    return (
        f"The package {name} {version or '(unknown version)'}{source} cannot be used: {reason}. "
        f"It was loaded from {place or 'an unknown place'}"
    )


def restart_for_package(problem: str, version: str) -> str:
    """A package's files have been replaced since it was loaded."""
    return f"{problem}. Version {version} is installed now: restart Blender"


def update_package(problem: str, bringer: str) -> str:
    """Another extension has to be updated or disabled."""
    extension = f"“{bringer}”" if bringer else "the extension that installed it"
    return f"{problem}. Update or disable {extension}, then restart Blender"
