"""Matches image files to views by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath

from ...api.catalog.field_types import VIEWS


def views_by_name(paths: Iterable[str], among: Sequence[str] = VIEWS) -> Mapping[str, str]:
    """Return at most one path for each of these views: by the view's word in the file name, as in
    `chest_back.png`. Other files, and those whose view is taken, fill the remaining views in the
    given order."""
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
