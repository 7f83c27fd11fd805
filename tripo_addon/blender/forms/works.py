"""The works on a selected object, a row each. The form, its property on the scene, the item of the
list and the operator are made from the row.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from bpy.props import EnumProperty
from bpy.types import Context, PropertyGroup

from ...api.catalog import SERVICES
from ...api.catalog.service_types import Service
from ...api.catalog.task_kinds import TaskKind
from ...api.record import record
from ...jobs.model.landings import Landing
from .. import settings
from ..registration import declare
from .object_forms import (
    AnimateForm,
    NamePartsForm,
    ObjectForm,
    RefineForm,
    RegenerateForm,
    RigForm,
    TextureForm,
)
from .task_form import from_catalog, touched

if TYPE_CHECKING:
    from bpy._typing.rna_enums import IconItems

_LANDINGS: Final = {
    Landing.KEEP: (
        "Keep My Mesh",
        "Change only the material; geometry, UV maps and modifiers are kept",
    ),
    Landing.REPLACE: (
        "Replace",
        "Replace the object with the result; the current version is kept as a variant",
    ),
    Landing.NEW: ("New Object", "Add the result beside the object"),
    Landing.DOWNLOAD: ("Download Only", "Save the files without changing the scene"),
}


@record(kw_only=True)
class Work:
    """One work. `name` is the form's property on the scene, and the operator `tripo_addon.<name>`;
    `about` is the tooltip. `kind` is the task that it sends, None if that depends on the object's
    history. `form` is the class of its form, if the catalog's fields are not enough. `always`: it
    is listed even if the service does not offer it, and the button says why."""

    name: str
    label: str
    about: str
    icon: IconItems
    kind: TaskKind | None
    form: type[ObjectForm] = ObjectForm
    landings: tuple[Landing, ...] = (Landing.REPLACE, Landing.NEW, Landing.DOWNLOAD)
    always: bool = False

    def is_listed(self, service: Service) -> bool:
        """Return whether the list shows it while this service is chosen."""
        return self.always or self.kind in service.offers


WORKS: Final = (
    Work(
        name="texture",
        label="Texture",
        about="Create a new texture for the object",
        icon="TEXTURE",
        kind=TaskKind.TEXTURE_MODEL,
        form=TextureForm,
        landings=(Landing.KEEP, Landing.REPLACE, Landing.NEW, Landing.DOWNLOAD),
        always=True,
    ),
    Work(
        name="refine",
        label="Refine",
        about="Improve the selected object",
        icon="SHADERFX",
        kind=None,
        form=RefineForm,
        landings=(Landing.REPLACE, Landing.KEEP, Landing.NEW, Landing.DOWNLOAD),
        always=True,
    ),
    Work(
        name="regenerate",
        label="Regenerate",
        about="Generate a new version from the same prompt and images",
        icon="FILE_REFRESH",
        kind=None,
        form=RegenerateForm,
        always=True,
    ),
    Work(
        name="decimate",
        label="Low Poly",
        about="Rebuild the object with fewer faces or with quads",
        icon="MOD_DECIM",
        kind=TaskKind.DECIMATE_MESH,
    ),
    Work(
        name="segment",
        label="Segment",
        about="Split the object into parts",
        icon="MOD_EXPLODE",
        kind=TaskKind.SEGMENT_MESH,
    ),
    Work(
        name="complete",
        label="Complete Parts",
        about="Fill the openings left by segmentation",
        icon="MOD_SOLIDIFY",
        kind=TaskKind.COMPLETE_MESH,
    ),
    Work(
        name="unwrap",
        label="Smart UV",
        about="Create a new UV unwrap",
        icon="UV",
        kind=TaskKind.UNWRAP_MESH,
    ),
    Work(
        name="rig",
        label="Rig",
        about="Add a skeleton to the object",
        icon="ARMATURE_DATA",
        kind=TaskKind.RIG,
        form=RigForm,
    ),
    Work(
        name="animate",
        label="Animate",
        about="Add preset animations to a rigged object",
        icon="ANIM",
        kind=TaskKind.RETARGET,
        form=AnimateForm,
    ),
    Work(
        name="convert",
        label="Convert",
        about="Convert the object to another file format",
        icon="EXPORT",
        kind=TaskKind.CONVERT_MODEL,
        landings=(Landing.DOWNLOAD, Landing.NEW, Landing.REPLACE),
    ),
    Work(
        name="name_parts",
        label="Named Parts",
        about="Split the object into parts with descriptive names",
        icon="OUTLINER",
        kind=TaskKind.SMART_SEGMENT,
        form=NamePartsForm,
    ),
)
"""In the order of the list. Saved scenes hold the number of a row: add new ones at the end."""


def _form_class(work: Work) -> Any:
    """The property group of a work: its form class's fields, the catalog's, and the landing."""
    made: Any = type(f"TRIPO_ADDON_PG_{work.name}", (work.form, PropertyGroup), {"work": work})
    declare(made, {"landing": _landing(*work.landings)})
    return from_catalog(work.kind)(made) if work.kind is not None else made


def _landing(*offered: Landing) -> Any:
    items = [(each.name, *_LANDINGS[each], "NONE", number) for number, each in enumerate(offered)]
    return EnumProperty(
        name="Result",
        description="How the result is added to the scene",
        items=items,
        update=touched("landing"),
    )


FORMS: Final[dict[str, Any]] = {work.name: _form_class(work) for work in WORKS}
"""The forms by their names on the scene."""


# Blender keeps no copy of dynamic enum items: Python has to keep them alive, so they are cached.
@cache
def _works_of(service_id: str) -> list[tuple[str, str, str, str, int]]:
    service = SERVICES[service_id]
    return [
        (work.name, work.label, work.about, work.icon, number)
        for number, work in enumerate(WORKS)
        if work.is_listed(service)
    ]


@cache
def _numbers_of(service_id: str) -> tuple[int, ...]:
    return tuple(item[4] for item in _works_of(service_id))


def works(_forms: Any, _context: Context | None) -> list[tuple[str, str, str, str, int]]:
    """The enum items: works that the service offers, and those that are always listed."""
    return _works_of(settings.service().id)


def chosen_work(forms: Any) -> int:
    """The number of the chosen work, or of the first one if the service does not offer it."""
    numbers, number = _numbers_of(settings.service().id), forms.work_number
    return number if number in numbers else numbers[0]


def chosen_form(forms: Any) -> tuple[str, Any]:
    """The chosen work's name and its form, without making Blender build the list's items."""
    work = WORKS[chosen_work(forms)].name
    return work, getattr(forms, work)


def choose_work(forms: Any, number: int) -> None:
    """Store the choice."""
    forms.work_number = number
