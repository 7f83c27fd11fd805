"""The main colors of images, as names for a style's palette.

Main thread only, except for `named_colors`, which blocks: for workers, and for scripts without a
window. A second Blender decodes the image.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from ...api.dialect import never
from ...api.record import record
from ..messages import styles as messages
from ..session import composition, redraw, timer
from . import kept_pictures, thumbnails

if TYPE_CHECKING:
    from ...jobs.engine.workers import Pending

_log = logging.getLogger(__name__)
MOST: Final = 5
_SECONDS: Final = 60.0
_SOON: Final = 0.1

Colors = tuple[str, ...]


@record
class _Reading:
    """An image whose colors are read for a form, and what to do with them."""

    form: str
    name: str
    pending: Pending[tuple[Colors]]
    use: Callable[[Colors], str]


class ImagePalettes:
    """The image that is read now, at most one, and what became of the last one."""

    def __init__(self) -> None:
        """Create it empty."""
        self._reading: _Reading | None = None
        self._failed: tuple[str, str] = ("", "")

    def read(self, image: Path, form: str, use: Callable[[Colors], str]) -> None:
        """Have the image read, and call `use` with its colors once they are known; it returns why
        they cannot be used, or "". Another image that is being read is forgotten."""
        maker = thumbnails.picture_maker()
        pending = composition.workers().ask("look", partial(_read, image, maker))
        self._reading = _Reading(form, image.name, pending, use)
        self._failed = ("", "")
        timer.arm()

    @property
    def has_news(self) -> bool:
        """Whether `note` may say something of any form."""
        return self._reading is not None or bool(self._failed[1])

    def note(self, form: str) -> str:
        """What to say below the form: that an image is being read, or that it could not be."""
        if self._reading is not None and self._reading.form == form:
            return messages.reading_colors(self._reading.name)
        return self._failed[1] if self._failed[0] == form else ""

    def tick(self) -> float | None:
        """Use colors that have come. Returns seconds until the next call, or None if none is
        needed."""
        if self._reading is None:
            return None
        found = self._reading.pending.value()
        if found is None:
            return _SOON
        reading, self._reading = self._reading, None
        colors = found[0]
        trouble = reading.use(colors) if colors else messages.no_colors(reading.name)
        self._failed = (reading.form, trouble)
        redraw.panels()
        return None

    def clear(self) -> None:
        """Forget what is being read."""
        self._reading, self._failed = None, ("", "")


def _read(image: Path, maker: kept_pictures.PictureMaker | None) -> tuple[Colors]:
    try:
        return (named_colors(image, maker),)
    except Exception as error:  # noqa: BLE001 - an image without colors is no error here
        _log.info("The colors of an image could not be read: %s", type(error).__name__)
        return ((),)


def named_colors(image: Path, maker: kept_pictures.PictureMaker | None) -> Colors:
    """Return the names of the image's main colors, the most frequent first; none if it cannot be
    read. **Blocks.** Raises OSError."""
    from ...jobs.work.child_process import Finished
    from ...jobs.work.conversion import run_order
    from ...jobs.work.converter import Converter

    if maker is None:
        return ()
    converter = Converter(maker.command, maker.environment, timeout=_SECONDS)
    with tempfile.TemporaryDirectory() as folder:
        order = {"do": "name colors", "source": str(image), "folder": folder, "most": MOST}
        ended = run_order(order, converter, Path(folder), never)
    if not isinstance(ended, Finished) or not ended.result.get("ok"):
        return ()
    return tuple(map(str, cast("list[object]", ended.result["colors"])))


PALETTES: Final = ImagePalettes()


def unregister() -> None:
    """Forget what is being read."""
    PALETTES.clear()
