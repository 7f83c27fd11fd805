"""A KD-tree that is fast to build whatever the order of its points.

Arrays only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from mathutils.kdtree import KDTree


def tree_of(points: Any) -> Any:
    """Build a KD-tree of points, indexed by their rows.

    Sorted points take a hundred times as long to balance, so they are inserted in a shuffled order,
    which is always the same.
    """
    tree = KDTree(len(points))
    order = np.random.default_rng(0).permutation(len(points))
    for number, point in zip(order.tolist(), points[order].tolist(), strict=True):
        tree.insert(point, number)
    tree.balance()
    return tree
