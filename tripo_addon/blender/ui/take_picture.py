"""Fills a picture slot with what can be seen in Blender: a viewport, a render, any image.

Each is taken at the click and kept in a file of our own: what changes in Blender afterwards
changes nothing of it.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import EnumProperty
from bpy.types import Context, Event, Operator

from .. import settings
from ..messages import pictures as messages
from ..objects import selection
from ..pictures import blockout, clipboard, drawn_views, image_files, kept_files
from ..registration import class_pair
from .operators import refused
from .picture_operators import OfSlot

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems

_Item = tuple[str, str, str]
# Blender keeps no copy of the items of a dynamic enum.
_IMAGES: list[_Item] = []


def _images(_operator: Operator, context: Context | None) -> list[_Item]:
    """All images of the file, those that an Image Editor shows first."""
    areas = context.screen.areas if context is not None and context.screen else ()
    shown = {area.spaces.active.image for area in areas if area.type == "IMAGE_EDITOR"}
    listed = sorted(bpy.data.images, key=lambda each: each not in shown)
    _IMAGES[:] = [(each.name_full, each.name_full, "") for each in listed]
    return _IMAGES


class TRIPO_ADDON_OT_take_picture(OfSlot, Operator):
    """Take a picture in Blender, and use it here"""

    bl_idname = "tripo_addon.take_picture"
    bl_label = "Take Picture"
    bl_property = "image"

    source: EnumProperty(
        name="Source",
        description="Where the picture comes from",
        items=[
            ("VIEWPORT", "Viewport", "The 3D viewport as it is, without overlays", "VIEW3D", 0),
            (
                "CAMERA",
                "Camera View",
                "What the camera sees, shaded as in the viewport",
                "CAMERA_DATA",
                1,
            ),
            ("RENDER", "Render Result", "The last render", "RENDER_RESULT", 2),
            ("IMAGE", "Image…", "An image of this .blend file, as it is now", "IMAGE_DATA", 3),
            ("CLIPBOARD", "Clipboard", "A copied image, path or web address", "PASTEDOWN", 4),
        ],
        options={"SKIP_SAVE"},
    )
    image: EnumProperty(
        name="Image", description="Image of this file", items=_images, options={"SKIP_SAVE"}
    )

    def invoke(self, context: Context, _event: Event) -> "set[OperatorReturnItems]":
        """Ask which image, where there is a choice."""
        if self.source != "IMAGE":
            return self.execute(context)
        if not bpy.data.images:
            return refused(self, messages.NO_IMAGES)
        context.window_manager.invoke_search_popup(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Take the picture and put it into the slot."""
        form = self.its_form(context)
        if form is None:
            return refused(self, messages.FORM_GONE)
        if not settings.service().pictures.files:
            return refused(self, messages.TAKES_ADDRESSES_ONLY)
        try:
            taken = self._taken(context)
        except (image_files.NoPicture, OSError, RuntimeError) as error:
            return refused(self, _reason(error))
        if hasattr(form, "source"):
            form.source = "FILE"
        setattr(form, self.its_property, taken)
        return {"FINISHED"}

    def _taken(self, context: Context) -> str:
        match self.source:
            case "CLIPBOARD":
                return clipboard.pasted(context)
            case "RENDER":
                return str(image_files.rendered_file(context))
            case "IMAGE":
                return str(image_files.picture_file(_image(self.image), context))
            case _:
                return str(_seen(self.source, context))


def _reason(error: Exception) -> str:
    """Why no picture was taken, as a sentence."""
    if isinstance(error, image_files.NoPicture):
        return str(error)
    if isinstance(error, OSError):
        return messages.not_kept(error.strerror or type(error).__name__)
    return messages.not_drawn(str(error).strip())


def _image(name: str) -> bpy.types.Image:
    found = next((each for each in bpy.data.images if each.name_full == name), None)
    if found is None:
        raise image_files.NoPicture(messages.NO_IMAGES)
    return found


def _seen(source: str, context: Context) -> Any:
    """What a viewport shows or the camera sees, as a file."""
    if source == "CAMERA" and context.scene.camera is None:
        raise image_files.NoPicture(messages.NO_CAMERA)
    viewport = drawn_views.viewport_of(context)
    if source == "CAMERA" and bpy.app.background:
        return image_files.rendered_file(context, anew=True)
    if viewport is None:
        raise image_files.NoPicture(messages.NEEDS_VIEWPORT)
    if source == "CAMERA":
        return kept_files.keep_raster(drawn_views.draw_camera(viewport, context), messages.CAMERA)
    return kept_files.keep_raster(drawn_views.draw_viewport(viewport, context), messages.VIEWPORT)


class TRIPO_ADDON_OT_take_views(Operator):
    """Take the four views of the selected objects, which the model can then replace"""

    bl_idname = "tripo_addon.take_views"
    bl_label = "From Selection"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Whether something is selected; the tooltip says why not."""
        possible = context.mode == "OBJECT" and bool(context.selected_objects)
        if not possible:
            cls.poll_message_set(selection.none_selected(context))
        return possible

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Put the views into the form's four slots."""
        objects = blockout.selected_blockout(context)
        if not objects:
            return refused(self, selection.none_selected(context))
        if not settings.service().pictures.files:
            return refused(self, messages.TAKES_ADDRESSES_ONLY)
        if bpy.app.background and any(obj.type in blockout.STROKES for obj in objects):
            return refused(self, messages.STROKES_NEED_WINDOW)
        try:
            taken = blockout.taken_views(objects, context)
        except (image_files.NoPicture, OSError, RuntimeError) as error:
            return refused(self, _reason(error))
        if taken is None:
            return refused(self, messages.no_extent(objects[0].name))
        forms = context.scene.tripo_addon
        for view, path in taken.views:
            setattr(forms.multiview, view, path)
        forms.multiview.blockout_text = taken.text()
        forms.mode = "multiview"
        return {"FINISHED"}


register, unregister = class_pair((TRIPO_ADDON_OT_take_picture, TRIPO_ADDON_OT_take_views))
