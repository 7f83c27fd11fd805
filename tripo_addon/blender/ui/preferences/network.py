"""The network in the preferences: proxy, certificates, and the service's address."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from bpy.props import EnumProperty, StringProperty
from bpy.types import Context, UILayout

from ....api.catalog.service_types import Service
from ....api.http import addresses
from ....api.http.network import Route
from ... import settings
from ...messages import preferences as messages
from ...session import composition
from .account import AccountProperties, draw_address, reconnect
from .facts import draw_fact
from .topic import Topic


class NetworkProperties(Topic):
    """The preferences about the network."""

    proxy: EnumProperty(
        name="Proxy",
        description="Proxy for the connections to the service",
        items=[
            (Route.SYSTEM.value, "System", "Use the proxy that the system or the environment sets"),
            (Route.DIRECT.value, "None", "Connect directly"),
            (Route.OWN.value, "Custom", "Use the proxy at this address"),
        ],
        update=reconnect,
    )
    proxy_address: StringProperty(
        name="Proxy Address",
        description="Address of the HTTP proxy, such as http://proxy.example:8080",
        update=reconnect,
    )
    certificate_file: StringProperty(
        name="Certificates",
        description="PEM file with certificates to trust besides the system's, such as a company's",
        subtype="FILE_PATH",
        update=reconnect,
    )


def trouble(chosen: NetworkProperties, service: Service) -> str:
    """Return what is wrong with the network settings, as far as is known, as a sentence; or ""."""
    address = addresses.refuse_address(settings.address(service))
    return _proxy_trouble(chosen) or _certificate_trouble() or (address.sentence if address else "")


def draw(
    column: UILayout,
    chosen: NetworkProperties,
    account: AccountProperties,
    service: Service,
    context: Context,
) -> None:
    """Draw how the service is reached."""
    column.prop(chosen, "proxy")
    if chosen.proxy == Route.OWN.value:
        column.prop(chosen, "proxy_address", placeholder=messages.PROXY_EXAMPLE)
        draw_fact(column, "", _proxy_trouble(chosen), context, icon="ERROR", alert=True)
    column.prop(chosen, "certificate_file", placeholder=messages.SYSTEM_CERTIFICATES)
    draw_fact(column, "", _certificate_trouble(), context, icon="ERROR", alert=True)
    if composition.certificate_trouble() == "":
        draw_fact(column, "", messages.CERTIFICATES_TRUSTED, context, icon="CHECKMARK")
    draw_address(column, account, service, context)
    address = addresses.refuse_address(settings.address(service))
    if address is not None:
        draw_fact(column, "", address.sentence, context, icon="ERROR", alert=True)
    draw_fact(column, "", messages.ALWAYS_VERIFIED, context, icon="LOCKED")


def _proxy_trouble(chosen: NetworkProperties) -> str:
    if chosen.proxy != Route.OWN.value:
        return ""
    address = chosen.proxy_address.strip()
    if not address:
        return messages.PROXY_MISSING
    why = addresses.refuse_proxy(address)
    return messages.proxy_refused(why) if why else ""


def _certificate_trouble() -> str:
    why = composition.certificate_trouble()
    return messages.certificates_refused(why) if why else ""
