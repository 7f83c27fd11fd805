"""Privacy in the preferences: what is sent to whom, and desktop notifications."""
# No `from __future__ import annotations`: Blender evaluates what declares properties.

from urllib.parse import urlsplit

from bpy.props import BoolProperty
from bpy.types import Context, UILayout

from ....api.catalog.service_types import Service
from ... import settings
from ...messages import preferences as messages
from ...session import notifications
from ..text_wrap import draw_wrapped
from .facts import draw_fact
from .topic import Topic


class PrivacyProperties(Topic):
    """The preferences about privacy."""

    notify: BoolProperty(
        name="System Notifications",
        description="Show the name of a job on the desktop when it ends (Linux needs notify-send)",
        default=False,
    )


def draw(column: UILayout, chosen: PrivacyProperties, service: Service, context: Context) -> None:
    """Draw two sentences, and the checkbox for notifications."""
    host = urlsplit(settings.address(service)).hostname or settings.address(service)
    draw_wrapped(column, messages.what_is_sent(service.label, host), context, icon="EXPORT")
    draw_wrapped(column, messages.NOTHING_ELSE_SENT, context, icon="LOCKED")
    if notifications.IS_POSSIBLE:
        column.prop(chosen, "notify")
    else:
        draw_fact(column, messages.NOTIFICATIONS, messages.NO_NOTIFICATIONS, context)
