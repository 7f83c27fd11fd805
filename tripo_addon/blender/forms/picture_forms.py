"""The forms of the picture tools: an image from words, an edited image, four views, edited views.

What they make are images on disk, from which a model can be generated.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from collections.abc import Mapping
from typing import Any, Final

from bpy.props import StringProperty
from bpy.types import PropertyGroup

from ...api import rules
from ...api.catalog import SERVICES
from ...api.catalog.field_types import VIEWS, Parameter
from ...api.catalog.parameters import PARAMETERS
from ...api.catalog.service_types import Offer
from ...api.catalog.task_kinds import TaskKind
from ...api.record import replace
from .. import settings
from ..messages import picture_tools as messages
from ..registration import declare
from . import fields
from .task_form import TaskForm, from_catalog, name_from_path, name_from_prompt, touched


def _most_references() -> int:
    """The most reference images that any service and version takes."""
    offers = (row.offers.get(TaskKind.EDIT_IMAGE) for row in SERVICES.values())
    versions = (version for offer in offers if offer is not None for version in offer.models)
    limits = (limit for version in versions for limit in version.limits)
    return int(max(limit.window.high for limit in limits if limit.name == "references"))


def _reference(number: int) -> Parameter:
    """A slot for a further image."""
    label, about = messages.image(number), messages.image_of(number)
    row = PARAMETERS["references"]
    return replace(row, name=f"reference_{number}", label=label, description=about)


_REFERENCES: Final = tuple(_reference(number) for number in range(2, _most_references() + 1))
REFERENCES: Final = ("image", *(row.name for row in _REFERENCES))
"""The slots of *Edit Image*, in order: the image that is edited, then further ones."""


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

    @property
    def filled(self) -> tuple[str, ...]:
        """The slots that have an image, in order."""
        return tuple(slot for slot in REFERENCES if getattr(self, fields.property_name(slot)))

    @property
    def most(self) -> int:
        """How many images the chosen version takes; 0 if it takes none."""
        if self.offer is None or not self.offers("references"):
            return 0
        window = rules.window_of(self.offer, self.reading.values, "references")
        return int(window.high) if window is not None else 1

    def recall(self, recorded: Mapping[str, object]) -> None:
        """Fill the form; the first recorded image is the one that was edited."""
        super().recall(recorded)
        listed: Any = recorded.get("references") or ()
        turns = rules.turns_among(recorded)
        for number, slot in enumerate(REFERENCES, 1):
            path = str(listed[number - 1]) if number <= len(listed) else ""
            setattr(self, fields.property_name(slot), path)
            turn = turns.get(rules.numbered("references", number), 0)
            setattr(self, fields.turn_name(slot), turn)

    def _value(self, name: str) -> object:
        if name != "references":
            return super()._value(name)
        slots = (getattr(self, fields.property_name(slot)) for slot in self.filled)
        return tuple(settings.absolute(path) for path in slots)

    def _raw(self, offer: Offer) -> dict[str, object]:
        raw = super()._raw(offer)
        turned = {
            rules.numbered("references", number): getattr(self, fields.turn_name(slot))
            for number, slot in enumerate(self.filled, 1)
            if not rules.is_web_address(getattr(self, fields.property_name(slot)))
        }
        turns = tuple(each for each in turned.items() if each[1])
        return raw | {rules.TURNS: turns} if turns else raw


declare(
    TRIPO_ADDON_PG_edit_image,
    {
        name: row
        for slot in (PARAMETERS["image"], *_REFERENCES)
        for name, row in fields.picture_properties(slot, touched("references")).items()
    },
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
