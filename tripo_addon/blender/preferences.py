"""The add-on's preferences: key, region, addresses, folders. Stored by Blender, never in a
.blend file."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

import os

from bpy.props import EnumProperty, StringProperty
from bpy.types import AddonPreferences, Context, UILayout

from ..api.catalog import TRIPO_V3
from .registration import ADDON_ID, class_pair
from .words import draw_wrapped


def _touched(_preferences: AddonPreferences, _context: Context) -> None:
    from . import wiring

    wiring.reconnect()
    wiring.warm_up()


class TRIPO_ADDON_AP_preferences(AddonPreferences):
    bl_idname = ADDON_ID

    api_key: StringProperty(
        name="API Key",
        description="Your key for the service; it starts with tsk_",
        subtype="PASSWORD",
        update=_touched,
    )
    region: EnumProperty(
        name="Region",
        description="Where your account is; a key is valid in one region only",
        items=[(region.id, region.label, region.base_url) for region in TRIPO_V3.regions],
        update=_touched,
    )
    base_url: StringProperty(
        name="Base URL",
        description="Another address of the service; leave it empty for that of the region",
        update=_touched,
    )
    download_folder: StringProperty(
        name="Download Folder",
        description="Where downloaded models are kept; leave it empty for the add-on's own folder",
        subtype="DIR_PATH",
        update=_touched,
    )
    front: EnumProperty(
        name="Model Front",
        description="Where the service's models look; they are turned to Blender's front view",
        items=[
            ("-90", "+X", "Tripo's own default"),
            ("0", "−Y", "Leave models as they come"),
            ("90", "−X", "Turn models a quarter to the left"),
            ("180", "+Y", "Turn models half way round"),
        ],
    )

    def draw(self, context: Context) -> None:
        """Called by Blender's preferences window."""
        from . import operators, wiring

        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        if wiring.WIRING.fault:
            draw_wrapped(layout, wiring.WIRING.fault, context, icon="ERROR", alert=True)
        column = layout.column()
        self._draw_key(column)
        column.prop(self, "region")
        self._draw_address(column)
        column.prop(self, "download_folder")
        column.prop(self, "front")
        row = layout.row()
        row.operator(operators.TRIPO_ADDON_OT_check_connection.bl_idname, icon="CHECKMARK")
        console = row.operator("wm.url_open", text="Get a Key", icon="URL")
        console.url = TRIPO_V3.region(self.region).console_url
        draw_wrapped(layout, wiring.connection_words(), context)

    def _draw_key(self, column: UILayout) -> None:
        if os.environ.get(TRIPO_V3.key_variable):
            column.label(
                text=f"The key comes from the environment variable {TRIPO_V3.key_variable}"
            )
            return
        column.prop(self, "api_key")
        note = column.split(factor=0.4)
        note.label(text="")
        note.label(text="Kept in clear in Blender's preferences, never in a .blend", icon="INFO")

    def _draw_address(self, column: UILayout) -> None:
        address = os.environ.get(TRIPO_V3.address_variable)
        if address:
            column.label(text=f"Base URL from {TRIPO_V3.address_variable}: {address}")
        else:
            column.prop(self, "base_url", placeholder=TRIPO_V3.region(self.region).base_url)


register, unregister = class_pair((TRIPO_ADDON_AP_preferences,))
