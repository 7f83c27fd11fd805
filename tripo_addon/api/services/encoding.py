"""Encodes a request as fields of a wire body, by the catalog.

Values at the service's default are left out, unless the offer lists them in `spelled`. Field names
are the catalog's, which are Tripo's.
"""

from __future__ import annotations

from typing import Final, cast

from ..catalog.field_types import ParamType
from ..catalog.parameters import PARAMETERS
from ..catalog.service_types import Offer
from ..tasks import TaskRequest
from .calls import Body

_INPUTS: Final = frozenset(
    {ParamType.PICTURE, ParamType.PICTURES, ParamType.MODEL_FILE, ParamType.TASK, ParamType.BY_VIEW}
)
_OWN_SHAPE: Final = frozenset({"animations"})


def texts(request: TaskRequest, offer: Offer) -> Body:
    """Return the texts of a request, which come first in all examples of the documents."""
    return _fields(request, offer, texts=True)


def settings(request: TaskRequest, offer: Offer) -> Body:
    """Return the settings that differ from the service's default or are in `spelled`."""
    return _fields(request, offer, texts=False)


def version(request: TaskRequest, offer: Offer, field: str) -> Body:
    """Return the model version under its field, unless it is the implied one."""
    model = request.model
    return {field: model} if model and model != offer.implied_model else {}


def _fields(request: TaskRequest, offer: Offer, *, texts: bool) -> Body:
    body: Body = {}
    for name in offer.takes:
        row = PARAMETERS[name]
        if row.type in _INPUTS or name in _OWN_SHAPE or (row.type is ParamType.TEXT) is not texts:
            continue
        value = cast("object", getattr(request, name, None))
        if name in offer.spelled or value not in (None, "", (), row.default):
            body[name] = list(cast("tuple[str, ...]", value)) if isinstance(value, tuple) else value
    return body
