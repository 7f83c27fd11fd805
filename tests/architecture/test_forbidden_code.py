"""What no source may contain, because Blender, Python or the start would suffer."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from .sources import ADDON, found_in, sources


def overrides(root: Path = ADDON) -> list[str]:
    """Return the uses of `temp_override`: an operator in one reads the context without Python's
    lock while another thread has it, and crashes Blender (up to 5.0)."""
    return [
        f"{path.relative_to(root).as_posix()}:{node.lineno} overrides the context"
        for path in sources(root)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "temp_override"
    ]


def own_annotations(root: Path = ADDON) -> list[str]:
    """Return the uses of `__annotations__` outside `registration.declare`: Python 3.14 has none
    while a class body runs, and with an older Python, which has, no test would fail."""
    return [
        f"{path.relative_to(root).as_posix()}:{getattr(node, 'lineno', 0)} uses __annotations__"
        for path in sources(root)
        if path.relative_to(root).as_posix() != "blender/registration.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if "__annotations__" in (_named(node), getattr(node, "value", None))
    ]


def compiled_records(root: Path = ADDON) -> list[str]:
    """Frozen dataclasses that `api.record` would define in a seventh of the time. A child runs
    without it."""
    return [
        f"{path.relative_to(root).as_posix()}:{node.lineno} compiles a frozen dataclass"
        for path in sources(root)
        if not path.relative_to(root).is_relative_to("blender/child")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _named(node.func) == "dataclass"
        if any(each.arg == "frozen" for each in node.keywords)
    ]


def _named(node: ast.AST) -> str:
    """Return the name that a one-word expression reads or sets."""
    return str(getattr(node, "id", getattr(node, "attr", "")))


def test_no_temp_override_is_used_because_there_are_threads() -> None:
    assert overrides() == []


def test_annotations_are_changed_only_where_python_3_14_allows_it() -> None:
    assert own_annotations() == []


def test_frozen_classes_are_records_because_dataclasses_load_slowly() -> None:
    assert compiled_records() == []


@pytest.mark.parametrize(
    ("file", "line", "fence"),
    [
        (
            "blender/arrival/landing.py",
            "with bpy.context.temp_override(window=None): ...",
            overrides,
        ),
        ("blender/ui/a_panel.py", "class P:\n    __annotations__ |= {}", own_annotations),
        ("blender/ui/a_panel.py", "P.__annotations__ = {}", own_annotations),
        ("blender/ui/a_panel.py", "vars(P)['__annotations__']", own_annotations),
        ("api/rules.py", "@dataclass(frozen=True)\nclass R: ...", compiled_records),
    ],
)
def test_violation_is_detected(
    file: str, line: str, fence: Callable[[Path], list[str]], tmp_path: Path
) -> None:
    assert len(found_in(line, file, fence, tmp_path)) == 1


@pytest.mark.parametrize(
    "module", ["tripo_addon.jobs", "bl_ext.user_default.tripo_addon", "tests.api", "vendor"]
)
def test_warning_about_our_own_code_is_an_error(module: str) -> None:
    with pytest.raises(DeprecationWarning):
        warnings.warn_explicit("old", DeprecationWarning, "file.py", 1, module)


@pytest.mark.parametrize("module", ["io_scene_fbx.export_fbx_bin", "numpy.lib", "vendored"])
def test_warning_about_blenders_or_others_code_is_ignored(module: str) -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.warn_explicit("old", DeprecationWarning, "file.py", 1, module)
    assert [str(each.message) for each in seen] == ["old"]
