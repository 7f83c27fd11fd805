"""What an artist does about a service that has ended: go on to its successor, or keep it."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from typing import TYPE_CHECKING, Any

from bpy.types import Context, Operator, OperatorProperties

from ...api.catalog import SERVICES
from ...api.catalog.records import Service
from .. import settings
from ..registration import class_pair

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems


class TRIPO_ADDON_OT_use_successor(Operator):
    """Make the service's successor the one that new jobs go to"""

    bl_idname = "tripo_addon.use_successor"
    bl_label = "Use Successor"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, _context: Context) -> bool:
        """Only where the service in force has ended."""
        return bool(settings.service().ended)

    @classmethod
    def description(cls, _context: Context, _properties: OperatorProperties) -> str:
        """Say what happens to the key."""
        after = successor(settings.service()).label
        return f"New jobs go to {after}, with this key where it has none yet; others go on here"

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Change the preferences; the key goes along only to where it was meant for."""
        former = settings.service()
        after = successor(former)
        preferences: Any = settings.preferences()
        preferences.adopt_account(former, after)
        preferences.service = after.id
        context.preferences.is_dirty = True
        self.report({"INFO"}, f"New jobs go to {after.label}")
        return {"FINISHED"}


class TRIPO_ADDON_OT_keep_ended(Operator):
    """Keep this service, and do not say again that it has ended"""

    bl_idname = "tripo_addon.keep_ended"
    bl_label = "Keep Service"
    bl_options = {"INTERNAL"}

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Remember that it was said."""
        preferences: Any = settings.preferences()
        preferences.told_ended = settings.service().id
        context.preferences.is_dirty = True
        return {"FINISHED"}


def successor(service: Service) -> Service:
    """The service that takes the same kind of key as one that has ended."""
    return SERVICES[service.successor]


register, unregister = class_pair((TRIPO_ADDON_OT_use_successor, TRIPO_ADDON_OT_keep_ended))
