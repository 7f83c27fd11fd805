"""Presets as files: Python that Blender's own preset system finds, lists and can run.

They are read without running them, since a preset may come from anybody.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

import bpy

FOLDER: Final = Path(__file__).parents[1]
"""Where Blender looks for the folder `presets` with the shipped ones."""
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
    """Where the presets of a form lie in a folder of presets."""
    return f"tripo_addon/{form}"


def folders(form: str) -> list[str]:
    """The folders that hold presets of a form; never none, since Blender's menu would complain."""
    return list(bpy.utils.preset_paths(subfolder(form))) or [str(FOLDER / "presets")]


def write(path: str, form: str, settings: Mapping[str, object]) -> None:
    """Write a preset. Raises `OSError`."""
    lines = (_INDENT + _text(name) + ": " + _text(value) for name, value in settings.items())
    text = _FILE.format(form=_text(form), settings=",\n".join(lines) + ",")
    Path(path).write_text(text, encoding="utf-8")


def read(path: str) -> dict[str, object] | None:
    """The settings of a preset; None if the file is gone or is no preset of this add-on."""
    try:
        with Path(path).open("rb") as file:
            tree = ast.parse(file.read(_MOST_BYTES))
        calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call)]
        found = ast.literal_eval(calls[0].args[1])
    except (OSError, SyntaxError, ValueError, IndexError, TypeError, RecursionError, MemoryError):
        return None
    return cast("dict[str, object]", found) if isinstance(found, dict) else None


def _text(value: object) -> str:
    """A value as Python writes it, with double quotes."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_text, cast('list[object]', value)))}]"
    return repr(value)


def register() -> None:
    """Let Blender find the shipped presets."""
    bpy.utils.register_preset_path(str(FOLDER))


def unregister() -> None:
    """Let Blender forget them."""
    bpy.utils.unregister_preset_path(str(FOLDER))
