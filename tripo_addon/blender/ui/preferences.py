"""The add-on's preferences: service, API keys, base URLs, folders and import options. Blender
stores them, never in a .blend file."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

import os
from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, StringProperty
from bpy.types import AddonPreferences, Context, UILayout

from ...api.catalog import SERVICES
from ...api.catalog.service_types import Service
from ...api.http.addresses import refuse_key
from ...jobs.model.job import Finish, Origin
from .. import settings
from ..messages import preferences as messages
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


def _changed(_preferences: AddonPreferences, _context: Context) -> None:
    composition.reconnect()
    composition.warm_up()


def _service_changed(preferences: AddonPreferences, context: Context) -> None:
    """Forget messages about the former service's forms."""
    composition.WIRING.refusals.clear()
    composition.WIRING.notes.clear()
    _changed(preferences, context)


def _name(service: Service, field: str) -> str:
    """The property for a field of a service's account; the default service's has no suffix."""
    return field if service is _DEFAULT else f"{field}_{service.id.replace('-', '_')}"


def _account(service: Service) -> dict[str, object]:
    """The properties for a service's key, region and base URL."""
    return {
        _name(service, "api_key"): StringProperty(
            name=messages.API_KEY,
            description=messages.key_description(service.label, service.key_prefix),
            subtype="PASSWORD",
            update=_changed,
        ),
        _name(service, "region"): EnumProperty(
            name=messages.REGION,
            description=messages.REGION_DESCRIPTION,
            items=[(region.id, region.label, region.base_url) for region in service.regions],
            update=_changed,
        ),
        _name(service, "base_url"): StringProperty(
            name=messages.BASE_URL,
            description=messages.BASE_URL_DESCRIPTION,
            update=_changed,
        ),
    }


class TRIPO_ADDON_AP_preferences(AddonPreferences):
    bl_idname = ADDON_ID

    service: EnumProperty(
        name="Service",
        description="Service for new jobs; running jobs are not affected",
        items=[
            (
                service.id,
                messages.service_label(service.label, service.ended),
                service.description,
                "NONE",
                service.number,
            )
            for service in SERVICES.values()
        ],
        update=_service_changed,
    )
    told_ended: StringProperty(
        name="Kept Service",
        description="ID of the service that is kept although it has shut down",
        options={"HIDDEN"},
    )
    show_old_versions: BoolProperty(
        name="Old Model Versions",
        description="Show versions that the service still documents but may refuse",
    )
    download_folder: StringProperty(
        name="Download Folder",
        description="Folder for downloaded models (leave empty for the add-on's own folder)",
        subtype="DIR_PATH",
        update=_changed,
    )
    front: EnumProperty(
        name="Model Front",
        description="Direction generated models face; they are rotated to face the front view",
        items=[
            ("-90", "+X", "Tripo's default"),
            ("0", "−Y", "Do not rotate models"),
            ("90", "−X", "Rotate models by 90°"),
            ("180", "+Y", "Rotate models by 180°"),
        ],
    )

    origin: EnumProperty(
        name="Origin",
        description="Origin of imported models, which is placed at the 3D cursor",
        items=[
            ("delivered", "As Delivered", "Keep the origin that the service sets"),
            ("bottom", "Bottom Center", "Center of the bounding box's bottom"),
        ],
        default="bottom",
    )
    size: EnumProperty(
        name="Size",
        description="Size of generated models",
        items=[
            ("DELIVERED", "As Delivered", "Keep the size that the service delivers"),
            ("HEIGHT", "Fixed Height", "Scale every model to the same height"),
            ("PLACEHOLDER", "Fit Selected", "Fit models to the bounds of the selected object"),
        ],
    )
    height: FloatProperty(
        name="Height",
        description="Height of generated models",
        subtype="DISTANCE",
        min=0.001,
        default=1.0,
    )
    textures_folder: StringProperty(
        name="Textures",
        description="Folder for textures (leave empty to pack them into the .blend file)",
        subtype="DIR_PATH",
    )
    home: EnumProperty(
        name="Collection",
        description="Collection that models are added to",
        items=[
            ("ACTIVE", "Active", "The active collection at the time of the request"),
            ("TRIPO", "Tripo", "A collection named Tripo, created if needed"),
        ],
    )
    select_arrivals: BoolProperty(
        name="Select Arrivals",
        description="The choice of an earlier version, taken over by Select Imported",
        options={"HIDDEN"},
    )
    select_imported: EnumProperty(
        name="Select Imported",
        description="When to select imported models",
        items=[
            (
                "UNCHANGED",
                "If Selection Unchanged",
                "Only if selection and mode are the same as at the time of the request",
            ),
            ("ALWAYS", "Always", "Always select imported models"),
            ("NEVER", "Never", "Keep the current selection"),
        ],
    )

    asset: EnumProperty(
        name="Mark as Asset",
        description="Mark imported models as assets",
        items=[
            ("NONE", "Off", "Do not mark models as assets"),
            ("FILE", "In This File", "Mark models as assets in the catalog Tripo"),
            ("LIBRARY", "In a Library", "Also save each model to an asset library"),
        ],
    )
    asset_library: StringProperty(
        name="Library", description="The asset library that models are saved to"
    )

    def finish(self) -> Finish:
        """The import options, as a job stores them."""
        return Finish(
            origin=Origin(self.origin),
            height=self.height if self.size == "HEIGHT" else None,
            textures=settings.absolute(self.textures_folder),
            asset=self.asset != "NONE",
            library=self._library() if self.asset == "LIBRARY" else "",
        )

    def take_over_selecting(self) -> None:
        """Keep what was chosen in a version that only knew yes and no."""
        if self.is_property_set("select_arrivals"):
            self.select_imported = "UNCHANGED" if self.select_arrivals else "NEVER"
            self.property_unset("select_arrivals")

    def _library(self) -> str:
        """The folder of the chosen asset library; "" if there is none."""
        libraries = bpy.context.preferences.filepaths.asset_libraries
        chosen = libraries.get(self.asset_library)
        return chosen.path if chosen is not None else ""

    def account_value(self, service: Service, field: str) -> str:
        """A service's `api_key`, `region` or `base_url`, as stored."""
        return str(getattr(self, _name(service, field)))

    def adopt_account(self, former: Service, successor: Service) -> None:
        """Copy key and region to a service's successor, unless that has a key of its own. A key for
        a custom base URL is not copied."""
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
        if any(model.retired for offer in service.offers.values() for model in offer.models):
            column.prop(self, "show_old_versions")
        self._draw_buttons(layout.row(), service)
        draw_wrapped(layout, composition.connection_message(), context, icon="INFO")
        column = layout.column()
        column.separator()
        column.prop(self, "download_folder", placeholder=messages.OWN_FOLDER)
        self._draw_user_folder(column, context)
        self._draw_import(layout, context)
        layout.operator(operators.TRIPO_ADDON_OT_copy_diagnostics.bl_idname, icon="COPYDOWN")

    def _draw_user_folder(self, column: UILayout, context: Context) -> None:
        """The folder of the job list, which stays on disk when the add-on is removed."""
        folder = settings.user_folder_name()
        if not folder:
            return
        split = column.split(factor=_LABELS)
        heading = split.row()
        heading.alignment = "RIGHT"
        heading.label(text=messages.USER_FOLDER_LABEL)
        line = split.row()
        line.enabled = composition.WIRING.engine is not None  # else it may not exist yet
        button = line.operator("wm.path_open", text=messages.OPEN_FOLDER, icon="FILE_FOLDER")
        button.filepath = folder
        _draw_fact(column, "", messages.folder_kept(folder), context)

    def _draw_import(self, layout: UILayout, context: Context) -> None:
        """The import options."""
        header, body = layout.panel("tripo_addon_arrival", default_closed=True)
        header.label(text=messages.IMPORT)
        if body is None:
            return
        column = body.column()
        column.prop(self, "front")
        column.prop(self, "origin")
        column.prop(self, "size")
        if self.size == "HEIGHT":
            column.prop(self, "height")
        column.prop(self, "textures_folder", placeholder=messages.TEXTURES_PACKED)
        column.prop(self, "home")
        column.prop(self, "select_imported")
        column.prop(self, "asset")
        if self.asset == "LIBRARY":
            paths = bpy.context.preferences.filepaths
            column.prop_search(
                self, "asset_library", paths, "asset_libraries", icon="ASSET_MANAGER"
            )
            if not self._library():
                draw_wrapped(body, messages.NO_LIBRARY, context, icon="ERROR")

    def _draw_key(self, column: UILayout, service: Service, context: Context) -> None:
        if os.environ.get(service.key_variable):
            source = messages.key_from_environment(service.key_variable)
            _draw_fact(column, messages.API_KEY, source, context)
        else:
            column.prop(self, _name(service, "api_key"))
            _draw_fact(column, "", messages.KEY_STORAGE, context)
        key = settings.key(service)
        refused = refuse_key(service, key) if key else None
        if refused is not None:
            _draw_fact(column, "", refused.sentence, context, icon="ERROR")

    def _draw_address(self, column: UILayout, service: Service, context: Context) -> None:
        address = os.environ.get(service.address_variable)
        if address:
            source = messages.address_from_environment(address, service.address_variable)
            _draw_fact(column, messages.BASE_URL, source, context)
            return
        default = service.region(self.account_value(service, "region")).base_url
        column.prop(self, _name(service, "base_url"), placeholder=default)

    def _draw_buttons(self, row: UILayout, service: Service) -> None:
        row.operator(operators.TRIPO_ADDON_OT_check_connection.bl_idname, icon="CHECKMARK")
        console = row.operator("wm.url_open", text=messages.GET_KEY, icon="URL")
        console.url = service.region(self.account_value(service, "region")).console_url
        row.operator("wm.url_open", text=messages.HELP, icon="HELP").url = service.help_url


def _draw_fact(
    column: UILayout, label: str, text: str, context: Context, *, icon: "IconItems" = "INFO"
) -> None:
    """A text that cannot be edited, with a label where the fields have theirs."""
    split = column.split(factor=_LABELS)
    heading = split.row()
    heading.alignment = "RIGHT"
    heading.label(text=label)
    draw_wrapped(split, text, context, icon=icon, share=1 - _LABELS)


for _service in SERVICES.values():
    declare(TRIPO_ADDON_AP_preferences, _account(_service))

_register, unregister = class_pair((TRIPO_ADDON_AP_preferences,))


def register() -> None:
    """Register the preferences, and take over the choices of an earlier version."""
    _register()
    chosen = settings.preferences()
    if isinstance(chosen, TRIPO_ADDON_AP_preferences):
        chosen.take_over_selecting()
