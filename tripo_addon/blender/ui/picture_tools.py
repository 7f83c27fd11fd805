"""The picture tools: operators that make images, and those that use what was made."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty
from bpy.types import Context, Operator

from ...api.catalog.field_types import VIEWS
from ..forms import picture_forms
from ..forms.fields import property_name
from ..messages import picture_tools as messages
from ..registration import class_pair
from ..requests import picture_requests
from ..session import composition
from .operators import refused
from .paid_operator import PaidOperator

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems

    from ...api.rules import Refusal
    from ...jobs.model.job import Job


_REFERENCE = "reference"


class _MakePictures(PaidOperator):
    """Shared by the operators that make images."""

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Explain why the button is disabled."""
        sentence = picture_requests.refuse_pictures_of(cls.form(context))
        if sentence is not None:
            cls.poll_message_set(sentence)
        return sentence is None

    def request_values(self, context: Context) -> tuple[object, ...]:
        """The values of the form."""
        return (self.form(context).values(),)

    def price(self, context: Context) -> float | None:
        """The price of the images."""
        form = self.form(context)
        return composition.price(form.kind, form.values())

    def submit(self, context: Context) -> "Sequence[Job] | Refusal":
        """Check the form once more, with its files, and send it."""
        return picture_requests.submit_pictures(self.form(context), context)


class TRIPO_ADDON_OT_new_image(_MakePictures, Operator):
    """Make an image from the prompt"""

    bl_idname = "tripo_addon.new_image"
    bl_label = "Make Image"
    form_name = "new_image"


class TRIPO_ADDON_OT_edit_image(_MakePictures, Operator):
    """Make another image from this one, changed as the prompt says"""

    bl_idname = "tripo_addon.edit_image"
    bl_label = "Edit Image"
    form_name = "edit_image"


class TRIPO_ADDON_OT_make_views(_MakePictures, Operator):
    """Make the front, left, back and right view of what the image shows"""

    bl_idname = "tripo_addon.make_views"
    bl_label = "Make Views"
    form_name = "make_views"


class TRIPO_ADDON_OT_edit_views(_MakePictures, Operator):
    """Make the views again, changed as the prompts say"""

    bl_idname = "tripo_addon.edit_views"
    bl_label = "Edit Views"
    form_name = "edit_views"


class _OfMade:
    """The base of the buttons at an image that was made."""

    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    job_id: StringProperty(options={"SKIP_SAVE", "HIDDEN"})

    @property
    def files(self) -> tuple[Path, ...]:
        """The images of the job; none if it has left the list."""
        job = composition.engine().job(self.job_id)
        return job.pictures if job is not None else ()


class TRIPO_ADDON_OT_use_image(_OfMade, Operator):
    """Use this image as the input of a form"""

    bl_idname = "tripo_addon.use_image"
    bl_label = "Use Image"

    number: IntProperty(min=0, options={"SKIP_SAVE", "HIDDEN"})
    place: EnumProperty(name="Use As", items=messages.PLACES)

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Put the image into a slot, and show the form that has it."""
        path = next(iter(self.files[self.number : self.number + 1]), None)
        if path is None or not path.is_file():
            return refused(self, messages.GONE)
        forms: Any = context.scene.tripo_addon
        if self.place == _REFERENCE:
            return self._add_reference(forms, str(path))
        if self.place in picture_forms.FORMS:
            getattr(forms, self.place).path = str(path)
            forms.picture_tool = self.place
        elif self.place in VIEWS:
            setattr(forms.multiview, self.place, str(path))
            forms.mode = "multiview"
        else:
            forms.image.source, forms.image.path = "FILE", str(path)
            forms.mode = "image"
        return {"FINISHED"}

    def _add_reference(self, forms: Any, path: str) -> "set[OperatorReturnItems]":
        """Put the image into the first free slot of *Edit Image*."""
        form = forms.edit_image
        free = [slot for slot in picture_forms.REFERENCES[: form.most] if slot not in form.filled]
        if not free:
            return refused(self, messages.NO_ROOM)
        setattr(form, property_name(free[0]), path)
        forms.picture_tool = "edit_image"
        return {"FINISHED"}


class TRIPO_ADDON_OT_use_views(_OfMade, Operator):
    """Use the four images as the views of Multiview"""

    bl_idname = "tripo_addon.use_views"
    bl_label = "Use as Views"

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Fill the four slots, and show their form."""
        filled = _fill_views(self.files, context)
        return {"FINISHED"} if filled else refused(self, messages.GONE)


class TRIPO_ADDON_OT_generate_from_views(_OfMade, Operator):
    """Generate a model from the four images, with the settings of Multiview"""

    bl_idname = "tripo_addon.generate_from_views"
    bl_label = "Generate from These Views"

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Fill the four slots, and press the button of their form."""
        if not _fill_views(self.files, context):
            return refused(self, messages.GONE)
        how = "EXEC_DEFAULT" if bpy.app.background else "INVOKE_DEFAULT"
        return bpy.ops.tripo_addon.generate_multiview(how)


def _fill_views(files: Sequence[Path], context: Context) -> bool:
    """Fill the slots of Multiview with four files; returns whether they are there."""
    if len(files) != len(VIEWS) or not all(path.is_file() for path in files):
        return False
    forms: Any = context.scene.tripo_addon
    for view, path in zip(VIEWS, files, strict=True):
        setattr(forms.multiview, view, str(path))
    forms.mode = "multiview"
    return True


class TRIPO_ADDON_OT_choose_views(_OfMade, Operator):
    """Change these views with prompts, one for each"""

    bl_idname = "tripo_addon.choose_views"
    bl_label = "Edit Views"

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Choose the views, and show the tool that edits them."""
        job = composition.engine().job(self.job_id)
        if job is None or not job.task_id:
            return refused(self, messages.GONE)
        forms: Any = context.scene.tripo_addon
        forms.edit_views.views_task = job.task_id
        forms.picture_tool = "edit_views"
        return {"FINISHED"}


register, unregister = class_pair(
    (
        TRIPO_ADDON_OT_new_image,
        TRIPO_ADDON_OT_edit_image,
        TRIPO_ADDON_OT_make_views,
        TRIPO_ADDON_OT_edit_views,
        TRIPO_ADDON_OT_use_image,
        TRIPO_ADDON_OT_use_views,
        TRIPO_ADDON_OT_generate_from_views,
        TRIPO_ADDON_OT_choose_views,
    )
)
