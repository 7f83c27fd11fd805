"""The add-on's preferences as one page. Blender stores them, never in a .blend file.

Each topic has its properties and its part of the page in its own file.
"""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from bpy.types import AddonPreferences, Context, UILayout

from ....api.catalog import SERVICES
from ... import settings
from ...messages import preferences as messages
from ...registration import ADDON_ID, class_pair
from ...session import composition
from .. import operators, updates
from ..text_wrap import draw_wrapped
from . import account, files, import_options, network, privacy
from .account import AccountProperties
from .files import FileProperties
from .import_options import ImportProperties
from .network import NetworkProperties
from .privacy import PrivacyProperties


class TRIPO_ADDON_AP_preferences(
    AccountProperties,
    ImportProperties,
    FileProperties,
    NetworkProperties,
    PrivacyProperties,
    AddonPreferences,
):
    bl_idname = ADDON_ID

    def draw(self, context: Context) -> None:
        """Called by Blender's preferences window."""
        layout, service = self.layout, SERVICES[self.service]
        layout.use_property_split = True
        layout.use_property_decorate = False
        if composition.WIRING.fault:
            draw_wrapped(layout, composition.WIRING.fault, context, icon="ERROR", alert=True)
        account.draw(layout, self, service, context)
        if (body := _section(layout, "arrival", messages.IMPORT)) is not None:
            import_options.draw(body, self, context)
        if (body := _section(layout, "files", messages.FILES)) is not None:
            files.draw(body, self, context)
        wrong = bool(network.trouble(self, service))
        if (body := _section(layout, "network", messages.NETWORK, wrong=wrong)) is not None:
            network.draw(body, self, self, service, context)
        if (body := _section(layout, "updates", messages.UPDATES)) is not None:
            updates.draw(body, context)
        if (body := _section(layout, "privacy", messages.PRIVACY)) is not None:
            privacy.draw(body, self, service, context)
        if (body := _section(layout, "diagnostics", messages.DIAGNOSTICS)) is not None:
            _draw_diagnostics(body)


def _draw_diagnostics(column: UILayout) -> None:
    row = column.row(align=True)
    row.operator(operators.TRIPO_ADDON_OT_copy_diagnostics.bl_idname, icon="COPYDOWN")
    log = composition.WIRING.log
    if log is not None:
        button = row.operator("wm.path_open", text=messages.OPEN_LOG, icon="TEXT")
        button.filepath = str(log.path)


def _section(layout: UILayout, name: str, label: str, *, wrong: bool = False) -> UILayout | None:
    """Draw the header of a section that is folded at first; return its layout, None while it is
    folded. `wrong` marks it."""
    header, body = layout.panel(f"tripo_addon_{name}", default_closed=True)
    header.label(text=label, icon="ERROR" if wrong else "NONE")
    return body.column() if body is not None else None


_register, _unregister = class_pair((TRIPO_ADDON_AP_preferences,))


def register() -> None:
    """Register the preferences, and migrate those of an earlier version."""
    files.register()
    _register()
    chosen = settings.preferences()
    if isinstance(chosen, TRIPO_ADDON_AP_preferences):
        chosen.take_over_selecting()


def unregister() -> None:
    """Unregister the preferences; Blender keeps their values."""
    _unregister()
    files.unregister()
