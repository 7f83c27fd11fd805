"""From the body of a POST to a plan: model, fields, sources, price, and the order for the forge.

Refuses or returns; nothing is booked or begun here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..desk import Making
from ..fields import Checked, Unacceptable, check, check_clashes, check_window
from ..orders import Order
from . import recipes
from .prices import credits
from .refusals import Refused, refusal
from .sources import Finder
from .table import ALIAS_START, RETIRED_MODELS, Endpoint

NO_PROMPT = "texturing an imported model needs a text or a picture"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be booked."""

    endpoint: Endpoint
    model: str
    category: str
    credits: float
    ignored: tuple[str, ...]
    making: Making


def plan(endpoint: Endpoint, body: Mapping[str, object], finder: Finder) -> Plan:
    """Check everything a body says; raises Refused for the first thing that is wrong."""
    try:
        model = _model(endpoint, body)
        family = endpoint.models.get(model, "")
        checked = check(endpoint.fields, body, family=family)
        check_clashes(endpoint.clashes, checked)
        check_window(endpoint.windows, "face_limit", checked, model=model)
        _check_entitlement(checked)
        making = MAKERS[endpoint.kind](endpoint, checked, finder, family)
    except Unacceptable as error:
        raise refusal(error) from error
    return Plan(
        endpoint=endpoint,
        model=model,
        category=endpoint.category or family[:1],
        credits=credits(endpoint.kind, family, checked),
        ignored=checked.ignored,
        making=making,
    )


def _model(endpoint: Endpoint, body: Mapping[str, object]) -> str:
    if not endpoint.models:
        return ""
    model = body.get("model") or body.get("model_version") or endpoint.default_model
    if not isinstance(model, str) or not model:
        raise Refused(1004, "parameter 'model' is required")
    if model in RETIRED_MODELS:
        raise Refused(2015)
    if model.startswith(ALIAS_START):
        raise Refused(1004, "parameter 'model' must be a dated version")
    if model not in endpoint.models:
        raise Refused(2017)
    return model


def _check_entitlement(body: Checked) -> None:
    if (body.whole("priority") or 1) > 1:
        raise Refused(2013)
    if body.on("check_printable"):
        raise Refused(1005)


def _of_text(endpoint: Endpoint, body: Checked, finder: Finder, family: str) -> Making:
    del endpoint
    if body.value("style_image") is not None:
        finder.picture(body.value("style_image"), "style_image")
    return Making(recipes.letters(body, family))


def _of_picture(endpoint: Endpoint, body: Checked, finder: Finder, family: str) -> Making:
    picture = finder.single(body, endpoint).path
    return Making(recipes.pictured("relief", (picture,), body, family))


def _of_views(endpoint: Endpoint, body: Checked, finder: Finder, family: str) -> Making:
    return Making(recipes.pictured("box", finder.views(body, endpoint), body, family))


def _of_mesh(endpoint: Endpoint, body: Checked, finder: Finder, family: str) -> Making:
    del family
    source = finder.mesh(body, endpoint)
    wish = recipes.texture_wish(body, finder)
    foreign = source.task is None or source.task.kind == "import_model"
    if foreign and wish.empty:
        return Making(hopeless=NO_PROMPT)
    return Making(recipes.retextured(source, wish, body))


def _of_file(endpoint: Endpoint, body: Checked, finder: Finder, family: str) -> Making:
    del family
    path = finder.mesh(body, endpoint).path
    if path is not None and path.suffix in (".glb", ".fbx"):
        return Making(ready=path)
    return Making(Order(kind="convert", source=path))


Maker = Callable[[Endpoint, Checked, Finder, str], Making]
MAKERS: Mapping[str, Maker] = {
    "text_to_model": _of_text,
    "image_to_model": _of_picture,
    "multiview_to_model": _of_views,
    "texture_model": _of_mesh,
    "import_model": _of_file,
}
