"""The sources of the add-on, read with `ast`; the add-on is not imported here."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ADDON = ROOT / "tripo_addon"


@dataclass(frozen=True)
class Import:
    """One imported name at a line of a file, ours with "@" for the add-on's folder: in a module of
    `jobs`, `from ..api import tasks` is "@api.tasks"."""

    file: str
    line: int
    name: str

    def reaches(self, module: str) -> bool:
        return self.name == module or self.name.startswith(f"{module}.")


def sources(folder: Path = ADDON) -> tuple[Path, ...]:
    return tuple(sorted(folder.rglob("*.py")))


def imports_of(path: Path, root: Path = ADDON) -> Iterator[Import]:
    """Return every import that runs, also inside functions; those under TYPE_CHECKING do not
    run."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    only_for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for statement in node.body
        for inner in ast.walk(statement)
    }
    file = path.relative_to(root).as_posix()
    for node in ast.walk(tree):
        if id(node) not in only_for_types:
            for name in imported_names(node, file):
                yield Import(file, getattr(node, "lineno", 0), name)


def imported_names(node: ast.AST, file: str) -> tuple[str, ...]:
    match node:
        case ast.Import():
            return tuple(alias.name for alias in node.names)
        case ast.ImportFrom():
            base = node.module or ""
            if node.level:
                above = file.split("/")[: -node.level]
                base = "@" + ".".join((*above, *filter(None, [node.module])))
            joint = "" if base == "@" else "."
            return tuple(f"{base}{joint}{alias.name}" for alias in node.names)
        case ast.Call(func=ast.Name("__import__"), args=[ast.Constant(str(name)), *_]):
            return (name,)
        case _:
            return ()


def found_in(line: str, file: str, fence: Callable[[Path], list[str]], folder: Path) -> list[str]:
    """Return what a fence finds if this file of the add-on holds this line alone."""
    (folder / file).parent.mkdir(parents=True)
    (folder / file).write_text(line, encoding="utf-8")
    return fence(folder)
