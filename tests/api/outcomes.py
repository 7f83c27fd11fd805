"""Helpers for the two most common checks here: which error a call raises, and what a download
brings."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tripo_addon.api.errors import ServiceFault
from tripo_addon.api.http.downloads import Bounds, download

LOCAL_BOUNDS = Bounds(local=True, spare=0)


def fault_in(call: Callable[[], object]) -> ServiceFault:
    """Return the fault that the call must raise."""
    with pytest.raises(ServiceFault) as caught:
        call()
    return caught.value


def fetch(link: str, folder: Path) -> Path:
    """Download into a folder without interruption. Returns the file."""
    target = folder / "model.glb"
    download(
        link, target, stop=lambda: False, progress=lambda _done, _total: None, bounds=LOCAL_BOUNDS
    )
    return target
