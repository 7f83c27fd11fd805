"""Checks types with basedpyright, and names missing attributes of our own modules and classes.

Blender adds attributes at run time, and its stubs are of one version. So basedpyright only notes
what `reportAttributeAccessIssue` finds (pyproject.toml), and most notes are about Blender. Those
about our own code are errors here: a misspelled name of a module or class of ours, and everything
in a file that uses nothing of Blender.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import environment

RULE = "reportAttributeAccessIssue"
_BLENDER = r"(?:bpy|bpy_extras|bmesh|mathutils|gpu|gpu_extras|blf|addon_utils|bl_\w+)\b"
_IMPORTS_BLENDER = re.compile(rf"^\s*(?:import|from) {_BLENDER}", re.M)
_OF_BLENDER = re.compile(rf"\b{_BLENDER}(?:\.\w+)*\.$")
_CLASS = re.compile(r'class "(?:type\[)?(\w+)')
# Blender fills these with properties when they are registered.
_FILLED = frozenset({"PropertyGroup", "TaskForm"})


def errors(root: Path = environment.ROOT, *files: str) -> list[str]:
    """Run basedpyright in a folder with our pyproject.toml and return its errors, a line each; with
    files, only on these."""
    done = subprocess.run(
        (sys.executable, "-m", "basedpyright", "--outputjson", *files),
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        found = json.loads(done.stdout)["generalDiagnostics"]
    except (ValueError, KeyError):
        return [(done.stdout + done.stderr).strip()]
    return [_line(each, root) for each in found if _counts(each, root)]


def _counts(note: Mapping[str, Any], root: Path) -> bool:
    """Whether a diagnostic is an error."""
    if note.get("rule") != RULE or note["severity"] != "information":
        return note["severity"] in {"error", "warning"}
    ours = _our_classes(root)
    message = note["message"].split("\n")[0]
    named = _CLASS.search(message)
    if named is not None and named[1] in ours.filled:
        return False
    if not _uses_blender(Path(note["file"])):
        return True
    if named is not None:
        return named[1] in ours.others
    start = note["range"]["start"]
    line = Path(note["file"]).read_text(encoding="utf-8").splitlines()[start["line"]]
    return _OF_BLENDER.search(line[: start["character"]]) is None


def _line(note: Mapping[str, Any], root: Path) -> str:
    place = Path(note["file"])
    shown = place.relative_to(root) if place.is_relative_to(root) else place
    return f"{shown}:{note['range']['start']['line'] + 1}: {note['message']} ({note.get('rule')})"


@cache
def _uses_blender(file: Path) -> bool:
    return _IMPORTS_BLENDER.search(file.read_text(encoding="utf-8")) is not None


@dataclass(frozen=True)
class _Classes:
    """The names of our classes; `filled` are those that Blender fills."""

    others: frozenset[str]
    filled: frozenset[str]


@cache
def _our_classes(root: Path) -> _Classes:
    bases: dict[str, set[str]] = {}
    for folder in ("tripo_addon", "tests", "scripts"):
        for path in (root / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    bases.setdefault(node.name, set()).update(_names(node.bases))
    filled = set(_FILLED)
    while more := {name for name, above in bases.items() if above & filled} - filled:
        filled |= more
    others = bases.keys() - filled - _blender_classes(root)
    return _Classes(frozenset(others), frozenset(filled))


def _names(bases: Iterable[ast.expr]) -> set[str]:
    named = (each.attr if isinstance(each, ast.Attribute) else each for each in bases)
    return {each.id if isinstance(each, ast.Name) else str(each) for each in named}


def _blender_classes(root: Path) -> set[str]:
    """Return the classes of bpy.types, by the stubs."""
    stub = root / ".venv" / "stubs" / "bpy" / "types" / "__init__.pyi"
    text = stub.read_text(encoding="utf-8") if stub.is_file() else ""
    return set(re.findall(r"^class (\w+)", text, re.M))


if __name__ == "__main__":
    wrong = errors(environment.ROOT, *sys.argv[1:])
    print("\n".join(wrong))
    raise SystemExit(1 if wrong else 0)
