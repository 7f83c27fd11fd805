"""Registering Blender classes so that it can be undone, whatever others did to our ids
meanwhile."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Final

import bpy

from .logs import logger

_log = logger(__name__)

ADDON_ID: Final = __name__.rpartition(".blender.")[0]
"""How Blender knows the add-on: `bl_ext.<repository>.tripo_addon`."""


def declare(cls: type, properties: Mapping[str, object]) -> None:
    """Give a class further Blender properties, made in code, beside those that its body declares.

    Blender finds them among the class's annotations. Python 3.14 has no `__annotations__` while a
    class body runs and computes them when asked, so they are replaced as a whole, afterwards.
    """
    cls.__annotations__ = {**inspect.get_annotations(cls), **properties}


def class_pair(classes: tuple[type, ...]) -> tuple[Callable[[], None], Callable[[], None]]:
    """`register` and `unregister` for these classes, in order and in reverse.

    Blender drops a class without a word when another add-on registers the same id, and then raises
    when the first is unregistered; `bpy.utils.register_classes_factory` would stop there and leave
    the rest behind.
    """

    def register() -> None:
        done: list[type] = []
        try:
            for cls in classes:
                bpy.utils.register_class(cls)
                done.append(cls)
        except Exception:
            for cls in reversed(done):
                bpy.utils.unregister_class(cls)
            raise

    def unregister() -> None:
        for cls in reversed(classes):
            try:
                bpy.utils.unregister_class(cls)
            except RuntimeError:
                _log.warning("%s was already unregistered by someone else", cls.__name__)

    return register, unregister


def handler_pair(
    handlers: tuple[tuple[str, Callable[..., None]], ...],
) -> tuple[Callable[[], None], Callable[[], None]]:
    """`register` and `unregister` for functions that Blender calls at moments such as `load_post`
    (bpy.app.handlers)."""

    def register() -> None:
        for moment, handler in handlers:
            getattr(bpy.app.handlers, moment).append(handler)

    def unregister() -> None:
        for moment, handler in handlers:
            listed = getattr(bpy.app.handlers, moment)
            if handler in listed:
                listed.remove(handler)

    return register, unregister
