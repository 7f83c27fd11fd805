"""A search for the nearest of many points, quick for any order of theirs.

Numbers only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from mathutils.kdtree import KDTree


def tree_of(points: Any) -> Any:
    """Blender's tree of points, whose numbers are their rows.

    Points that come in order, as from a sort, take the tree a hundred times as long to balance: so
    they go in shuffled, the same way each time.
    """
    tree = KDTree(len(points))
    order = np.random.default_rng(0).permutation(len(points))
    for number, point in zip(order.tolist(), points[order].tolist(), strict=True):
        tree.insert(point, number)
    tree.balance()
    return tree
