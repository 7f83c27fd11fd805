"""Draws where updates come from in the preferences, and has an operator that adds their
repository."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from typing import TYPE_CHECKING

from bpy.types import Context, Operator, UILayout, UserExtensionRepo

from ..messages import preferences as messages
from ..registration import ADDON_ID, class_pair
from ..session import update_address
from .text_wrap import draw_wrapped

if TYPE_CHECKING:
    from bpy._typing.rna_enums import OperatorReturnItems

_MODULE = "atelier_for_tripo"


class TRIPO_ADDON_OT_set_up_updates(Operator):
    """Add this add-on's repository to Blender, which then offers new versions"""

    bl_idname = "tripo_addon.set_up_updates"
    bl_label = "Set Up Updates"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Only if this copy knows a repository that Blender does not have yet."""
        return bool(update_address.ADDRESS) and _known(context) is None

    def execute(self, context: Context) -> "set[OperatorReturnItems]":
        """Add the repository. Blender reads its list once online access is allowed."""
        repository = context.preferences.extensions.repos.new(
            name=messages.ADDON_NAME, module=_MODULE, remote_url=update_address.ADDRESS
        )
        repository.use_sync_on_startup = True
        context.preferences.is_dirty = True
        self.report({"INFO"}, messages.install_from(repository.name))
        return {"FINISHED"}


def draw(layout: UILayout, context: Context) -> None:
    """Draw how this copy is updated, or what to do if it is not. Only reads."""
    own = _own(context)
    if own is not None and own.use_remote_url:
        draw_wrapped(layout, messages.updates_come_from(own.name), context, icon="CHECKMARK")
    elif not update_address.ADDRESS:
        draw_wrapped(layout, messages.NO_UPDATES, context, icon="INFO")
    elif (known := _known(context)) is not None:
        draw_wrapped(layout, messages.install_from(known.name), context, icon="INFO")
    else:
        draw_wrapped(layout, messages.UPDATES_NOT_SET_UP, context, icon="INFO")
        layout.operator(TRIPO_ADDON_OT_set_up_updates.bl_idname, icon="URL")


def _own(context: Context) -> UserExtensionRepo | None:
    """Return the repository that this copy was installed from."""
    module = ADDON_ID.split(".")[-2] if "." in ADDON_ID else ""
    repositories = context.preferences.extensions.repos
    return next((each for each in repositories if each.module == module), None)


def _known(context: Context) -> UserExtensionRepo | None:
    """Return the repository for updates, if Blender has it."""
    repositories = context.preferences.extensions.repos
    address = update_address.ADDRESS
    return next((each for each in repositories if each.remote_url == address), None)


register, unregister = class_pair((TRIPO_ADDON_OT_set_up_updates,))
