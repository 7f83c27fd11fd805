"""Which of several pictures shows which side, by their file names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath

from ...api.catalog.field_types import VIEWS


def views_by_name(paths: Iterable[str], among: Sequence[str] = VIEWS) -> Mapping[str, str]:
    """A path for each of these views, at most: by the word for it in the name, such as
    `chest_back.png`; what names none, or one that is taken, fills those that are left, in the order
    given."""
    left = list(paths)[: len(among)]
    views: dict[str, str] = {}
    for path in tuple(left):
        words = set(re.split(r"[^a-z]+", PurePath(path).stem.lower()))
        view = next((each for each in among if each in words and each not in views), None)
        if view is not None:
            views[view] = path
            left.remove(path)
    free = [view for view in among if view not in views]
    return views | dict(zip(free, left, strict=False))
