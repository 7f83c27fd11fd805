"""The add-on's preferences: service, keys, addresses, folders. Stored by Blender, never in a
.blend file."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

import os
from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, StringProperty
from bpy.types import AddonPreferences, Context, UILayout

from ...api.catalog import SERVICES
from ...api.catalog.records import Service
from ...api.http.addresses import refuse_key
from ...jobs.model.job import Finish, Origin
from .. import settings
from ..registration import ADDON_ID, class_pair, declare
from ..session import composition
from . import operators
from .text_wrap import draw_wrapped
from .widgets import draw_ended

if TYPE_CHECKING:
    from bpy._typing.rna_enums import IconItems

_DEFAULT = settings.default_service()
_LABELS = 0.4
"""The share of the width that Blender gives to the labels of fields."""


def _touched(_preferences: AddonPreferences, _context: Context) -> None:
    composition.reconnect()
    composition.warm_up()


def _service_changed(preferences: AddonPreferences, context: Context) -> None:
    """The forms show what the service offers from now on."""
    composition.WIRING.refusals.clear()
    composition.WIRING.notes.clear()
    _touched(preferences, context)


def _name(service: Service, field: str) -> str:
    """The property that holds a field of a service's account; the usual service's is the bare
    word."""
    return field if service is _DEFAULT else f"{field}_{service.id.replace('-', '_')}"


def _listed(service: Service) -> str:
    """A service as the list names it."""
    return f"{service.label}, ended {service.ended}" if service.ended else service.label


def _account(service: Service) -> dict[str, object]:
    """The annotations that hold a key, a region and an address for one service."""
    starts = f"; it starts with {service.key_prefix}" if service.key_prefix else ""
    return {
        _name(service, "api_key"): StringProperty(
            name="API Key",
            description=f"Your key for {service.label}{starts}",
            subtype="PASSWORD",
            update=_touched,
        ),
        _name(service, "region"): EnumProperty(
            name="Region",
            description="Where your account is; a key is valid in one region only",
            items=[(region.id, region.label, region.base_url) for region in service.regions],
            update=_touched,
        ),
        _name(service, "base_url"): StringProperty(
            name="Base URL",
            description="Another address of the service; leave it empty for that of the region",
            update=_touched,
        ),
    }


class TRIPO_ADDON_AP_preferences(AddonPreferences):
    bl_idname = ADDON_ID

    service: EnumProperty(
        name="Service",
        description="Where new jobs go; jobs of the others go on",
        items=[
            (row.id, _listed(row), row.description, "NONE", row.number) for row in SERVICES.values()
        ],
        update=_service_changed,
    )
    told_ended: StringProperty(
        name="Told of End",
        description="Id of the service that is kept although the artist was told of its end",
        options={"HIDDEN"},
    )
    show_old_versions: BoolProperty(
        name="Old Model Versions",
        description="Offer versions that the service's documents list and its servers may refuse",
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

    origin: EnumProperty(
        name="Origin",
        description="Where a model's origin is, which lands at the 3D cursor",
        items=[
            ("delivered", "As Delivered", "Where the service puts it"),
            ("bottom", "Bottom Centre", "In the middle of the underside"),
        ],
    )
    size: EnumProperty(
        name="Size",
        description="How large a generated model becomes",
        items=[
            ("DELIVERED", "As Delivered", "The size it comes in; Real-World Size asks for metres"),
            ("HEIGHT", "Fixed Height", "Scale every model to the same height"),
            (
                "PLACEHOLDER",
                "Fit Selected",
                "Fill the bounds of what is selected, and stand where that stands",
            ),
        ],
    )
    height: FloatProperty(
        name="Height",
        description="How high models stand",
        subtype="DISTANCE",
        min=0.001,
        default=1.0,
    )
    textures_folder: StringProperty(
        name="Textures",
        description="Folder that textures are saved to; empty packs them into the .blend",
        subtype="DIR_PATH",
    )
    home: EnumProperty(
        name="Collection",
        description="Which collection models arrive in",
        items=[
            ("ACTIVE", "Active", "The one that was active when the model was asked for"),
            ("TRIPO", "Tripo", "A collection of that name, made where it is missing"),
        ],
    )
    select_arrivals: BoolProperty(
        name="Select Arrivals",
        description="Select a model that arrives, unless you have selected anything else meanwhile",
    )

    asset: EnumProperty(
        name="Asset",
        description="Whether models are marked for the Asset Browser",
        items=[
            ("NONE", "No", "Do not mark models"),
            ("FILE", "In This File", "Mark them, in the catalogue Tripo"),
            ("LIBRARY", "In a Library", "Mark them, and keep each in an asset library as well"),
        ],
    )
    asset_library: StringProperty(
        name="Library", description="The asset library that models are kept in"
    )

    def finish(self) -> Finish:
        """How models are to be finished, as a job carries it."""
        return Finish(
            origin=Origin(self.origin),
            height=self.height if self.size == "HEIGHT" else None,
            textures=settings.absolute(self.textures_folder),
            asset=self.asset != "NONE",
            library=self._library() if self.asset == "LIBRARY" else "",
        )

    def _library(self) -> str:
        """The folder of the chosen asset library; "" for one that is not there."""
        libraries = bpy.context.preferences.filepaths.asset_libraries
        chosen = libraries.get(self.asset_library)
        return chosen.path if chosen is not None else ""

    def account_value(self, service: Service, field: str) -> str:
        """`api_key`, `region` or `base_url` as they are stored for a service."""
        return str(getattr(self, _name(service, field)))

    def adopt_account(self, former: Service, successor: Service) -> None:
        """Give a service the key and the region of the one that it succeeds, where it has no key of
        its own. A key that was for another address than the former service's stays there."""
        if settings.key(successor) or self.account_value(former, "base_url"):
            return
        key = self.account_value(former, "api_key").strip()
        if refuse_key(successor, key) is not None:
            return
        setattr(self, _name(successor, "region"), self.account_value(former, "region"))
        setattr(self, _name(successor, "api_key"), key)

    def draw(self, context: Context) -> None:
        """Called by Blender's preferences window."""
        layout, service = self.layout, SERVICES[self.service]
        layout.use_property_split = True
        layout.use_property_decorate = False
        if composition.WIRING.fault:
            draw_wrapped(layout, composition.WIRING.fault, context, icon="ERROR", alert=True)
        layout.prop(self, "service")
        draw_ended(layout, service, context)
        column = layout.column()
        self._draw_key(column, service, context)
        if len(service.regions) > 1:
            column.prop(self, _name(service, "region"))
        self._draw_address(column, service, context)
        if any(row.retired for offer in service.offers.values() for row in offer.models):
            column.prop(self, "show_old_versions")
        self._draw_buttons(layout.row(), service)
        draw_wrapped(layout, composition.connection_message(), context, icon="INFO")
        column = layout.column()
        column.separator()
        column.prop(self, "download_folder", placeholder="The add-on's own folder")
        self._draw_user_folder(column, context)
        self._draw_arrival(layout, context)
        layout.operator(operators.TRIPO_ADDON_OT_copy_diagnostics.bl_idname, icon="COPYDOWN")

    def _draw_user_folder(self, column: UILayout, context: Context) -> None:
        """Where the job list is, which removing the add-on leaves on disk."""
        folder = settings.user_folder_name()
        if not folder:
            return
        split = column.split(factor=_LABELS)
        heading = split.row()
        heading.alignment = "RIGHT"
        heading.label(text="Job List and Models")
        line = split.row()
        line.enabled = composition.WIRING.engine is not None  # else it may not be there yet
        line.operator("wm.path_open", text="Open Folder", icon="FILE_FOLDER").filepath = folder
        _draw_fact(column, "", f"{folder}, kept when the add-on is removed", context)

    def _draw_arrival(self, layout: UILayout, context: Context) -> None:
        """How models arrive."""
        header, body = layout.panel("tripo_addon_arrival", default_closed=True)
        header.label(text="Arrival")
        if body is None:
            return
        column = body.column()
        column.prop(self, "front")
        column.prop(self, "origin")
        column.prop(self, "size")
        if self.size == "HEIGHT":
            column.prop(self, "height")
        column.prop(self, "textures_folder", placeholder="Packed into the .blend")
        column.prop(self, "home")
        column.prop(self, "select_arrivals")
        column.prop(self, "asset")
        if self.asset == "LIBRARY":
            paths = bpy.context.preferences.filepaths
            column.prop_search(
                self, "asset_library", paths, "asset_libraries", icon="ASSET_MANAGER"
            )
            if not self._library():
                words = "No library is chosen: models are only marked, in this file"
                draw_wrapped(body, words, context, icon="ERROR")

    def _draw_key(self, column: UILayout, service: Service, context: Context) -> None:
        if os.environ.get(service.key_variable):
            _draw_fact(column, "API Key", f"From the environment's {service.key_variable}", context)
        else:
            column.prop(self, _name(service, "api_key"))
            _draw_fact(
                column, "", "Kept in clear in Blender's preferences, never in a .blend", context
            )
        key = settings.key(service)
        refused = refuse_key(service, key) if key else None
        if refused is not None:
            _draw_fact(column, "", refused.sentence, context, icon="ERROR")

    def _draw_address(self, column: UILayout, service: Service, context: Context) -> None:
        address = os.environ.get(service.address_variable)
        if address:
            said = f"{address}, from the environment's {service.address_variable}"
            _draw_fact(column, "Base URL", said, context)
            return
        usual = service.region(self.account_value(service, "region")).base_url
        column.prop(self, _name(service, "base_url"), placeholder=usual)

    def _draw_buttons(self, row: UILayout, service: Service) -> None:
        from . import operators

        row.operator(operators.TRIPO_ADDON_OT_check_connection.bl_idname, icon="CHECKMARK")
        console = row.operator("wm.url_open", text="Get a Key", icon="URL")
        console.url = service.region(self.account_value(service, "region")).console_url
        row.operator("wm.url_open", text="Help", icon="HELP").url = service.help_url


def _draw_fact(
    column: UILayout, label: str, text: str, context: Context, *, icon: "IconItems" = "INFO"
) -> None:
    """What cannot be edited, beside a label where the fields have theirs."""
    split = column.split(factor=_LABELS)
    heading = split.row()
    heading.alignment = "RIGHT"
    heading.label(text=label)
    draw_wrapped(split, text, context, icon=icon, share=1 - _LABELS)


for _row in SERVICES.values():
    declare(TRIPO_ADDON_AP_preferences, _account(_row))

register, unregister = class_pair((TRIPO_ADDON_AP_preferences,))
