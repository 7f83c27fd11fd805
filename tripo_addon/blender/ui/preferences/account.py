"""The account in the preferences: service, key, region, base URL, and the connection test."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

import os

from bpy.props import BoolProperty, EnumProperty, StringProperty
from bpy.types import AddonPreferences, Context, UILayout

from ....api.catalog import SERVICES
from ....api.catalog.service_types import Service
from ....api.http import addresses
from ... import settings
from ...messages import preferences as messages
from ...registration import declare
from ...session import composition
from .. import connection_line, first_run, operators, widgets
from .facts import VALUES, beside_label, draw_fact
from .topic import Topic

_DEFAULT = settings.default_service()


def reconnect(_preferences: AddonPreferences, _context: Context) -> None:
    """Update the connections; Blender calls this after a change."""
    composition.WIRING.key_refused = ""
    composition.reconnect()
    composition.warm_up()


def _service_changed(preferences: AddonPreferences, context: Context) -> None:
    """Clear messages about the former service's forms."""
    composition.WIRING.refusals.clear()
    composition.WIRING.notes.clear()
    reconnect(preferences, context)


def account_field(service: Service, field: str) -> str:
    """Return the name of the property for a field of a service's account; the default service's has
    no suffix."""
    return field if service is _DEFAULT else f"{field}_{service.id.replace('-', '_')}"


def _account(service: Service) -> dict[str, object]:
    """Return the properties for a service's key, region and base URL."""
    return {
        account_field(service, "api_key"): StringProperty(
            name=messages.API_KEY,
            description=messages.key_description(service.label, service.key_prefix),
            subtype="PASSWORD",
            update=reconnect,
        ),
        account_field(service, "region"): EnumProperty(
            name=messages.REGION,
            description=messages.REGION_DESCRIPTION,
            items=[(region.id, region.label, region.base_url) for region in service.regions],
            update=reconnect,
        ),
        account_field(service, "base_url"): StringProperty(
            name=messages.BASE_URL,
            description=messages.BASE_URL_DESCRIPTION,
            update=reconnect,
        ),
    }


class AccountProperties(Topic):
    """The preferences about accounts; keys are stored only there."""

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
    kept_service: StringProperty(
        name="Kept Service",
        description="ID of the service that is kept although it has shut down",
        options={"HIDDEN"},
    )
    set_up_done: BoolProperty(
        name="Set Up",
        description="The first steps are done, or were dismissed",
        options={"HIDDEN"},
    )
    show_old_versions: BoolProperty(
        name="Old Model Versions",
        description="Show versions that the service still documents but may refuse",
    )

    def account_value(self, service: Service, field: str) -> str:
        """Return a service's `api_key`, `region` or `base_url`, as stored."""
        return str(getattr(self, account_field(service, field)))

    def set_key(self, service: Service, key: str) -> None:
        """Store a service's key."""
        setattr(self, account_field(service, "api_key"), key)

    def draw_region(self, layout: UILayout, service: Service) -> None:
        """Draw the field for a service's region."""
        layout.prop(self, account_field(service, "region"))

    def adopt_account(self, former: Service, successor: Service) -> None:
        """Copy key and region to a service's successor, unless that has a key of its own. A key for
        a custom base URL is not copied."""
        if settings.key(successor) or self.account_value(former, "base_url"):
            return
        key = self.account_value(former, "api_key").strip()
        if addresses.refuse_key(successor, key) is not None:
            return
        region = account_field(successor, "region")
        setattr(self, region, self.account_value(former, "region"))
        self.set_key(successor, key)


for _service in SERVICES.values():
    declare(AccountProperties, _account(_service))


def draw(layout: UILayout, chosen: AccountProperties, service: Service, context: Context) -> None:
    """Draw the service, its key with what is known of it, and its region."""
    column = layout.column()
    column.prop(chosen, "service")
    widgets.draw_ended(column, service, context)
    _draw_key(column, chosen, service, context)
    _draw_buttons(column, service)
    # What is wrong stands below the buttons, so that they stay under the mouse.
    sentence = first_run.key_trouble(service)
    if sentence and (settings.key(service) or composition.WIRING.key_refused):
        draw_fact(column, "", sentence, context, icon="ERROR", alert=True)
    else:
        connection_line.draw_connection(beside_label(column), context, share=VALUES)
    if len(service.regions) > 1:
        chosen.draw_region(column, service)
    if any(model.retired for offer in service.offers.values() for model in offer.models):
        column.prop(chosen, "show_old_versions")


def draw_address(
    column: UILayout, chosen: AccountProperties, service: Service, context: Context
) -> None:
    """Draw the base URL, which is rarely changed."""
    address = os.environ.get(service.address_variable)
    if address:
        source = messages.address_from_environment(address, service.address_variable)
        draw_fact(column, messages.BASE_URL, source, context)
        return
    default = service.region(chosen.account_value(service, "region")).base_url
    column.prop(chosen, account_field(service, "base_url"), placeholder=default)


def _draw_key(
    column: UILayout, chosen: AccountProperties, service: Service, context: Context
) -> None:
    if os.environ.get(service.key_variable):
        source = messages.key_from_environment(service.key_variable)
        draw_fact(column, messages.API_KEY, source, context)
    else:
        column.prop(chosen, account_field(service, "api_key"))
        draw_fact(column, "", messages.KEY_STORAGE, context, icon="LOCKED")


def _draw_buttons(column: UILayout, service: Service) -> None:
    rows = column.column(align=True)
    row = rows.row(align=True)
    if not os.environ.get(service.key_variable):
        row.operator(first_run.TRIPO_ADDON_OT_paste_key.bl_idname, icon="PASTEDOWN")
    row.operator(operators.TRIPO_ADDON_OT_check_connection.bl_idname, icon="FILE_REFRESH")
    row = rows.row(align=True)
    first_run.draw_get_key(row, service)
    row.operator("wm.url_open", text=messages.HELP, icon="HELP").url = service.help_url
