"""The two questions that most tests of this ring ask: what goes wrong, and what arrives."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tripo_addon.api.errors import ServiceFault
from tripo_addon.api.http.downloads import Bounds, download

HERE = Bounds(local=True, spare=0)


def fault_in(call: Callable[[], object]) -> ServiceFault:
    """The fault that the call must raise."""
    with pytest.raises(ServiceFault) as caught:
        call()
    return caught.value


def fetch(link: str, folder: Path) -> Path:
    """Download into a folder, undisturbed; the file that came."""
    target = folder / "model.glb"
    download(link, target, stop=lambda: False, progress=lambda _done, _total: None, bounds=HERE)
    return target
