"""Folders in the preferences: where models are kept."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from bpy.props import StringProperty
from bpy.types import Context, UILayout

from ... import settings
from ...messages import preferences as messages
from ...session import composition
from .account import reconnect
from .facts import beside_label, draw_fact
from .topic import Topic


class FileProperties(Topic):
    """What the preferences store of folders."""

    download_folder: StringProperty(
        name="Download Folder",
        description="Folder for downloaded models (leave empty for the add-on's own folder)",
        subtype="DIR_PATH",
        update=reconnect,
    )


def draw(column: UILayout, chosen: FileProperties, context: Context) -> None:
    """The folders of downloads and of the job list, which stay when the add-on is removed."""
    column.prop(chosen, "download_folder", placeholder=messages.OWN_FOLDER)
    folder = settings.user_folder_name()
    if not folder:
        return
    line = beside_label(column, messages.USER_FOLDER_LABEL).row()
    line.enabled = composition.WIRING.engine is not None  # else it may not exist yet
    button = line.operator("wm.path_open", text=messages.OPEN_FOLDER, icon="FILE_FOLDER")
    button.filepath = folder
    draw_fact(column, "", messages.folder_kept(folder), context)
