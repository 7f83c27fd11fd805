"""Why a folder cannot be written to. Details of a problem: they follow its sentence."""

from __future__ import annotations

from typing import Final

DOWNLOADS: Final = "the download folder"
CHOSEN: Final = "the chosen folder"
TEXTURES: Final = "the texture folder"
ASSET_LIBRARY: Final = "the asset library folder"
JOB_LIST: Final = "the job list folder"
PATH_TOO_LONG: Final = "its path is too long"


def is_a_file(folder: str) -> str:
    """There is a file at the folder's path."""
    return f"{folder} is a file or is inside one"


def path_too_long(folder: str) -> str:
    """The path is too long for the system."""
    return f"the path of {folder} is too long"


def not_writable(folder: str, reason: str) -> str:
    """The folder cannot be written to, for the system's `reason`."""
    return f"{folder} is not writable ({reason})"
