"""Presets as files: Python that Blender's own preset system finds, lists and can run.

They are read without running them, because a preset may come from anyone.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

import bpy

FOLDER: Final = Path(__file__).parents[1]
"""The folder in which Blender looks for the folder `presets`."""
_MOST_BYTES: Final = 100_000
_INDENT: Final = 8 * " "
_FILE: Final = """\
import bpy

bpy.context.scene.tripo_addon.apply_preset(
    {form},
    {{
{settings}
    }},
)
"""


def subfolder(form: str) -> str:
    """Return the subfolder for presets of a form."""
    return f"tripo_addon/{form}"


def folders(form: str) -> list[str]:
    """Return the folders with presets of a form; never empty, because Blender's menu would report
    an error."""
    return list(bpy.utils.preset_paths(subfolder(form))) or [str(FOLDER / "presets")]


def write(path: str, form: str, settings: Mapping[str, object]) -> None:
    """Write a preset. Raises `OSError`."""
    lines = (_INDENT + _text(name) + ": " + _text(value) for name, value in settings.items())
    text = _FILE.format(form=_text(form), settings=",\n".join(lines) + ",")
    Path(path).write_text(text, encoding="utf-8")


def read(path: str) -> dict[str, object] | None:
    """Read the settings of a preset; None if the file is gone or not a preset of this add-on."""
    try:
        with Path(path).open("rb") as file:
            tree = ast.parse(file.read(_MOST_BYTES))
        calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call)]
        found = ast.literal_eval(calls[0].args[1])
    except (OSError, SyntaxError, ValueError, IndexError, TypeError, RecursionError, MemoryError):
        return None
    return cast("dict[str, object]", found) if isinstance(found, dict) else None


def _text(value: object) -> str:
    """Return a value as a Python literal, with double quotes."""
    if isinstance(value, str):
        import json  # when a preset is written only

        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_text, cast('list[object]', value)))}]"
    return repr(value)


def register() -> None:
    """Add the shipped presets to Blender's preset paths."""
    bpy.utils.register_preset_path(str(FOLDER))


def unregister() -> None:
    """Remove them again."""
    bpy.utils.unregister_preset_path(str(FOLDER))
