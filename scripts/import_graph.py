"""Computes the rooms of the add-on and their imports, for `check.py --graph`.

A room is a package without sub-packages; a module beside packages is a room of its own. Imports for
type checking count too: a reader has to know the names.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

import grimp

import environment

PACKAGE = "tripo_addon"


@dataclass(frozen=True)
class ImportGraph:
    """`arrows`: room → the rooms that its modules import from. `floors`: room → 1 for a room that
    imports from no other, else one more than the highest room below it; empty where the rooms form
    a circle. `circles`: one circle of rooms and one of modules, each where there is any."""

    arrows: Mapping[str, frozenset[str]]
    floors: Mapping[str, int]
    circles: tuple[tuple[str, ...], ...]

    def lines(self) -> list[str]:
        """The graph as text, the highest floor first, and the sums as the last line."""
        order = sorted(self.arrows, key=lambda room: (-self.floors.get(room, 0), room))
        width = max(map(len, order))
        lines = [
            f"floor {self.floors.get(room, 0):2}  {room:{width}}  → "
            + (", ".join(sorted(self.arrows[room])) or "nothing of ours")
            for room in order
        ]
        lines += ["circle: " + " → ".join(circle) for circle in self.circles]
        arrows = sum(map(len, self.arrows.values()))
        lines.append(
            f"{len(order)} rooms on {max(self.floors.values(), default=0)} floors, "
            f"{arrows} arrows, {len(self.circles)} circles"
        )
        return lines


def import_graph(package: str = PACKAGE) -> ImportGraph:
    """Read the sources of the add-on, or of another package that Python finds."""
    if str(environment.ROOT) not in sys.path:
        sys.path.insert(0, str(environment.ROOT))
    graph = grimp.build_graph(package, cache_dir=None)
    parents = {module.rpartition(".")[0] for module in graph.modules}
    packages = parents - {parent.rpartition(".")[0] for parent in parents}
    modules: dict[str, frozenset[str]] = {}
    arrows: dict[str, set[str]] = defaultdict(set)
    for module in graph.modules:
        below = frozenset(graph.find_modules_directly_imported_by(module))
        modules[module] = below
        room = _room(module, package, packages)
        arrows[room] |= {_room(each, package, packages) for each in below} - {room}
    rooms = {room: frozenset(below) for room, below in arrows.items()}
    order, circle = _sorted(rooms)
    _, inner = _sorted(modules)
    floors: dict[str, int] = {}
    for room in order:
        floors[room] = 1 + max((floors[below] for below in rooms[room]), default=0)
    return ImportGraph(rooms, floors, tuple(each for each in (circle, inner) if each))


def _room(module: str, package: str, packages: set[str]) -> str:
    """Return the room of a module, without the add-on's own name."""
    parent = module.rpartition(".")[0]
    room = parent if parent in packages else module
    return room.removeprefix(package).lstrip(".") or package


def _sorted(below: Mapping[str, frozenset[str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names, each after all that it imports, or else a circle that prevents that."""
    try:
        return tuple(TopologicalSorter(below).static_order()), ()
    except CycleError as error:
        return (), tuple(error.args[1])
