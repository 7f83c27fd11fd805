"""Operators for a service that has shut down: switch to its successor, or keep it."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from typing import TYPE_CHECKING, Any

from bpy.types import Context, Operator, OperatorProperties

from ...api.catalog import SERVICES
from ...api.catalog.service_types import Service
from .. import settings
from ..messages import preferences as messages
from ..registration import class_pair

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems


class TRIPO_ADDON_OT_use_successor(Operator):
    """Use the service's successor for new jobs"""

    bl_idname = "tripo_addon.use_successor"
    bl_label = "Use Successor"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, _context: Context) -> bool:
        """Only if the chosen service has shut down."""
        return bool(settings.service().ended)

    @classmethod
    def description(cls, _context: Context, _properties: OperatorProperties) -> str:
        """The tooltip says what happens to the key."""
        return messages.use_successor_tooltip(successor(settings.service()).label)

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Change the preferences; the key is copied only if it was meant for the same company."""
        former = settings.service()
        after = successor(former)
        preferences: Any = settings.preferences()
        preferences.adopt_account(former, after)
        preferences.service = after.id
        context.preferences.is_dirty = True
        self.report({"INFO"}, messages.new_jobs_use(after.label))
        return {"FINISHED"}


class TRIPO_ADDON_OT_keep_ended(Operator):
    """Keep this service and hide this message"""

    bl_idname = "tripo_addon.keep_ended"
    bl_label = "Keep Service"
    bl_options = {"INTERNAL"}

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Store that the message was dismissed."""
        preferences: Any = settings.preferences()
        preferences.kept_service = settings.service().id
        context.preferences.is_dirty = True
        return {"FINISHED"}


def successor(service: Service) -> Service:
    """The service that replaces one that has shut down, and takes the same kind of key."""
    return SERVICES[service.successor]


register, unregister = class_pair((TRIPO_ADDON_OT_use_successor, TRIPO_ADDON_OT_keep_ended))
