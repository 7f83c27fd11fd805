"""The works on a selected object, a row each: from it come the form, its place on the scene, the
entry of the list and the operator.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from bpy.props import EnumProperty
from bpy.types import Context, PropertyGroup

from ...api.catalog import SERVICES
from ...api.catalog.records import TaskKind
from ...jobs.model.job import Landing
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
from .task_form import from_catalogue, touched

if TYPE_CHECKING:
    from bpy._typing.rna_enums import IconItems

_LANDINGS: Final = {
    Landing.KEEP: (
        "Keep My Mesh",
        "Only the material changes: your geometry, UV maps and modifiers stay",
    ),
    Landing.REPLACE: (
        "Replace",
        "Put the result in the object's place; what it was before is kept as a variant",
    ),
    Landing.NEW: ("New Object", "Put the result beside the object"),
    Landing.DOWNLOAD: ("Download Only", "Save the files, and leave the scene as it is"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One work. `name` is that of its form on the scene and of its operator, `tripo_addon.<name>`;
    `about` is a sentence without its end. `kind` is the task that it sends; None where that depends
    on how the object was made. `form` is a class of its own where the catalog's fields are not all
    there is to it. `always`: listed even where the service does not offer it, with the reason on
    the button."""

    name: str
    label: str
    about: str
    icon: IconItems
    kind: TaskKind | None
    form: type[ObjectForm] = ObjectForm
    landings: tuple[Landing, ...] = (Landing.REPLACE, Landing.NEW, Landing.DOWNLOAD)
    always: bool = False


WORKS: Final = (
    Work(
        name="texture",
        label="Texture",
        about="Give the object a new texture",
        icon="TEXTURE",
        kind=TaskKind.TEXTURE_MODEL,
        form=TextureForm,
        landings=(Landing.KEEP, Landing.REPLACE, Landing.NEW, Landing.DOWNLOAD),
        always=True,
    ),
    Work(
        name="refine",
        label="Refine",
        about="Bring the object to its final quality",
        icon="SHADERFX",
        kind=None,
        form=RefineForm,
        landings=(Landing.REPLACE, Landing.KEEP, Landing.NEW, Landing.DOWNLOAD),
        always=True,
    ),
    Work(
        name="regenerate",
        label="Regenerate",
        about="Generate the object again from the same prompt or pictures",
        icon="FILE_REFRESH",
        kind=None,
        form=RegenerateForm,
        always=True,
    ),
    Work(
        name="decimate",
        label="Low Poly",
        about="Rebuild the object with fewer faces, or with quads",
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
        about="Close the holes that splitting left in the parts",
        icon="MOD_SOLIDIFY",
        kind=TaskKind.COMPLETE_MESH,
    ),
    Work(
        name="unwrap",
        label="Smart UV",
        about="Unwrap the object into new UV islands",
        icon="UV",
        kind=TaskKind.UNWRAP_MESH,
    ),
    Work(
        name="rig",
        label="Rig",
        about="Give the object a skeleton",
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
        about="Save the object in another file format",
        icon="EXPORT",
        kind=TaskKind.CONVERT_MODEL,
        landings=(Landing.DOWNLOAD, Landing.NEW, Landing.REPLACE),
    ),
    Work(
        name="name_parts",
        label="Named Parts",
        about="Split the object into parts named after what they are",
        icon="OUTLINER",
        kind=TaskKind.SMART_SEGMENT,
        form=NamePartsForm,
    ),
)
"""In the order of the list. Saved scenes hold the number of a row: add new ones at the end."""


def _form_class(work: Work) -> Any:
    """The property group of a work: what its form class declares, the catalog's fields, and how the
    result may land."""
    made: Any = type(f"TRIPO_ADDON_PG_{work.name}", (work.form, PropertyGroup), {"work": work})
    declare(made, {"landing": _landing(*work.landings)})
    return from_catalogue(work.kind)(made) if work.kind is not None else made


def _landing(*offered: Landing) -> Any:
    items = [(each.name, *_LANDINGS[each], "NONE", number) for number, each in enumerate(offered)]
    return EnumProperty(
        name="Result",
        description="How the result comes into the scene",
        items=items,
        update=touched("landing"),
    )


FORMS: Final[dict[str, Any]] = {work.name: _form_class(work) for work in WORKS}
"""The forms by their names on the scene."""


# Blender keeps no copy of dynamic items: the lists must live on, and so they are cached.
@cache
def _works_of(service_id: str) -> list[tuple[str, str, str, str, int]]:
    offers = SERVICES[service_id].offers
    return [
        (work.name, work.label, work.about, work.icon, number)
        for number, work in enumerate(WORKS)
        if work.always or work.kind in offers
    ]


def works(_forms: Any, _context: Context | None) -> list[tuple[str, str, str, str, int]]:
    """The works that the chosen service offers, and those that are always listed."""
    return _works_of(settings.service().id)


def chosen_work(forms: Any) -> int:
    """The number of the chosen work, or of the first where the service has none such."""
    numbers = [item[4] for item in works(forms, None)]
    return forms.work_number if forms.work_number in numbers else numbers[0]


def choose_work(forms: Any, number: int) -> None:
    """Keep the choice."""
    forms.work_number = number
