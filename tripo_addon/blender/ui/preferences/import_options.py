"""Import options in the preferences: front, origin, size, textures, collection, asset."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, StringProperty
from bpy.types import Context, UILayout

from ....jobs.model import job
from ....jobs.model.landings import Origin
from ... import settings
from ...messages import preferences as messages
from .facts import draw_fact
from .topic import Topic

if TYPE_CHECKING:
    from ....jobs.model.job import Finish


class ImportProperties(Topic):
    """The preferences about imported models."""

    front: EnumProperty(
        name="Model Front",
        description="Direction generated models face. The root of each is rotated around Z, so "
        "that it faces the front view",
        items=[
            ("-90", "+X", "Tripo's default; the root gets a Z rotation of −90°"),
            ("0", "−Y", "Do not rotate models"),
            ("90", "−X", "The root gets a Z rotation of 90°"),
            ("180", "+Y", "The root gets a Z rotation of 180°"),
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

    def finish(self) -> "Finish":
        """The import options, as a job stores them."""
        return job.Finish(
            origin=Origin(self.origin),
            height=self.height if self.size == "HEIGHT" else None,
            textures=settings.absolute(self.textures_folder),
            asset=self.asset != "NONE",
            library=self.library() if self.asset == "LIBRARY" else "",
        )

    def take_over_selecting(self) -> None:
        """Migrate the setting of an earlier version, which was a checkbox."""
        if self.is_property_set("select_arrivals"):
            self.select_imported = "UNCHANGED" if self.select_arrivals else "NEVER"
            self.property_unset("select_arrivals")

    def library(self) -> str:
        """Return the folder of the chosen asset library; "" if there is none."""
        libraries = bpy.context.preferences.filepaths.asset_libraries
        chosen = libraries.get(self.asset_library)
        return chosen.path if chosen is not None else ""


def draw(column: UILayout, chosen: ImportProperties, context: Context) -> None:
    """Draw the import options."""
    column.prop(chosen, "front")
    column.prop(chosen, "origin")
    column.prop(chosen, "size")
    if chosen.size == "HEIGHT":
        column.prop(chosen, "height")
    column.prop(chosen, "textures_folder", placeholder=messages.TEXTURES_PACKED)
    column.prop(chosen, "home")
    column.prop(chosen, "select_imported")
    column.prop(chosen, "asset")
    if chosen.asset == "LIBRARY":
        paths = bpy.context.preferences.filepaths
        column.prop_search(chosen, "asset_library", paths, "asset_libraries", icon="ASSET_MANAGER")
        if not chosen.library():
            draw_fact(column, "", messages.NO_LIBRARY, context, icon="ERROR")
