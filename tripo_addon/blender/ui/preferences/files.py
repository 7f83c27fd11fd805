"""Folders in the preferences: downloads and the job list."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from typing import TYPE_CHECKING

from bpy.props import StringProperty
from bpy.types import Context, Event, Operator, UILayout

from ... import settings
from ...messages import preferences as messages
from ...registration import class_pair
from ...session import composition, disk_meter
from .account import reconnect
from .facts import beside_label, draw_fact
from .topic import Topic

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems


class FileProperties(Topic):
    """The preferences about folders."""

    download_folder: StringProperty(
        name="Download Folder",
        description="Folder for downloaded models (leave empty for the add-on's own folder)",
        subtype="DIR_PATH",
        update=reconnect,
    )


class TRIPO_ADDON_OT_purge(Operator):
    """Delete copies of imported models that were prepared for Blender. The downloaded models are kept"""  # noqa: E501 - Blender shows the line as it is

    bl_idname = "tripo_addon.purge"
    bl_label = "Purge"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, _context: Context) -> bool:
        """Only if there is something to delete."""
        use = disk_meter.METER.use()
        if use is None or not use.prepared:
            cls.poll_message_set(messages.NOTHING_TO_PURGE)
            return False
        return True

    def invoke(self, context: Context, event: Event) -> "set[OperatorReturnItems]":
        """Ask for confirmation, with the size that is freed and what can be made again."""
        use = disk_meter.METER.use()
        return context.window_manager.invoke_confirm(
            self,
            event,
            title=messages.purge_question(use.prepared if use is not None else 0),
            message=messages.PURGE_KEEPS,
            confirm_text=messages.PURGE,
        )

    def execute(self, _context: Context) -> "set[OperatorReturnItems]":
        """Delete in a worker; the preferences show the new size."""
        disk_meter.METER.purge()
        return {"FINISHED"}


def draw(column: UILayout, chosen: FileProperties, context: Context) -> None:
    """Draw the folders of downloads and of the job list, which stay when the add-on is removed."""
    column.prop(chosen, "download_folder", placeholder=messages.OWN_FOLDER)
    folder = settings.user_folder_name()
    if not folder:
        return
    line = beside_label(column, messages.USER_FOLDER_LABEL).row()
    line.enabled = composition.WIRING.engine is not None  # else it may not exist yet
    button = line.operator("wm.path_open", text=messages.OPEN_FOLDER, icon="FILE_FOLDER")
    button.filepath = folder
    draw_fact(column, "", messages.folder_kept(folder), context)
    use = disk_meter.METER.use()
    text = messages.disk_use(use.whole, use.prepared) if use is not None else messages.MEASURING
    draw_fact(column, messages.DISK_USE, text, context, icon="DISK_DRIVE")
    purge = beside_label(column).row()
    purge.operator(TRIPO_ADDON_OT_purge.bl_idname, text=messages.PURGE_DIALOG, icon="TRASH")


register, unregister = class_pair((TRIPO_ADDON_OT_purge,))
