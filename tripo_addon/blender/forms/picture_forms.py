"""The forms of the picture tools: an image from words, an edited image, four views, edited views.

What they make are images on disk, from which a model can be generated.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from collections.abc import Mapping
from typing import Any, Final

from bpy.props import StringProperty
from bpy.types import PropertyGroup

from ...api import rules
from ...api.catalog.field_types import VIEWS
from ...api.catalog.parameters import PARAMETERS
from ...api.catalog.task_kinds import TaskKind
from .. import settings
from ..messages import picture_tools as messages
from ..registration import declare
from . import fields
from .task_form import TaskForm, from_catalog, name_from_path, name_from_prompt, touched


@from_catalog(TaskKind.TEXT_TO_IMAGE)
class TRIPO_ADDON_PG_new_image(TaskForm, PropertyGroup):
    @property
    def title(self) -> str:
        """The first words of the prompt."""
        return name_from_prompt(self.prompt)


@from_catalog(TaskKind.EDIT_IMAGE)
class TRIPO_ADDON_PG_edit_image(TaskForm, PropertyGroup):
    made_fields = frozenset({"references"})

    @property
    def title(self) -> str:
        """The image's name."""
        return name_from_path(self.path)

    def recall(self, recorded: Mapping[str, object]) -> None:
        """Fill the form; the first recorded image is the one that was edited."""
        listed: Any = recorded.get("references") or ("",)
        super().recall({**recorded, "image": listed[0]})
        self.path_turn = rules.turns_among(recorded).get("references", 0)

    def _value(self, name: str) -> object:
        if name != "references":
            return super()._value(name)
        path = settings.absolute(self.path)
        return (path,) if path else ()

    def _turn(self, name: str) -> int:
        return super()._turn("image" if name == "references" else name)


declare(
    TRIPO_ADDON_PG_edit_image, fields.picture_properties(PARAMETERS["image"], touched("references"))
)


@from_catalog(TaskKind.IMAGE_TO_VIEWS)
class TRIPO_ADDON_PG_make_views(TaskForm, PropertyGroup):
    @property
    def title(self) -> str:
        """The image's name."""
        return name_from_path(self.path)


def _edit(view: str) -> Any:
    return StringProperty(
        name=PARAMETERS[view].label,
        description=messages.edit_of(PARAMETERS[view].label),
        update=touched("prompts"),
    )


@from_catalog(TaskKind.EDIT_VIEWS)
class TRIPO_ADDON_PG_edit_views(TaskForm, PropertyGroup):
    """Edits the views that a task made: the service takes that task, not files."""

    made_fields = frozenset({"source_task", "prompts"})

    views_task: StringProperty(
        name="Views",
        description="The service's task that made the views",
        options={"HIDDEN"},
        update=touched("source_task"),
    )

    @property
    def title(self) -> str:
        """The words of the first edit."""
        return name_from_prompt(next(iter(self._edits.values()), ""))

    @property
    def _edits(self) -> dict[str, str]:
        edits = {view: rules.clean(getattr(self, view)) for view in VIEWS}
        return {view: words for view, words in edits.items() if words}

    def recall(self, recorded: Mapping[str, object]) -> None:
        """Fill the form, with the task whose views were edited."""
        super().recall(recorded)
        edits: Any = recorded.get("prompts") or {}
        for view in VIEWS:
            setattr(self, view, edits.get(view, ""))
        self.views_task = str(recorded.get("source_task") or "")

    def _value(self, name: str) -> object:
        match name:
            case "source_task":
                return self.views_task
            case "prompts":
                return self._edits
            case _:
                return super()._value(name)


declare(TRIPO_ADDON_PG_edit_views, {view: _edit(view) for view in VIEWS})

FORMS: Final[Mapping[str, type]] = {
    "new_image": TRIPO_ADDON_PG_new_image,
    "edit_image": TRIPO_ADDON_PG_edit_image,
    "make_views": TRIPO_ADDON_PG_make_views,
    "edit_views": TRIPO_ADDON_PG_edit_views,
}
"""The forms by their name on the scene, which is also the tool's."""
