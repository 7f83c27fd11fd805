"""Random forms, up to the body of their request; opens no socket.

The random numbers have fixed seeds, so that each run sees the same forms. `written` returns the
bodies that would be sent, with the stand-in's tables and price list to check them by; those know
nothing of our catalog.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random

from tests.standin.comfy import table as comfy_table
from tests.standin.fields import Checked, check, check_clashes, check_window
from tests.standin.pixazo import creation as pixazo_table
from tests.standin.studio import forms as studio_forms
from tests.standin.studio import prices as studio_prices
from tests.standin.studio import routes as studio_routes
from tests.standin.tripo import prices
from tests.standin.tripo.endpoint import Endpoint
from tests.standin.tripo_v2 import table as v2_table
from tests.standin.tripo_v3 import table as v3_table
from tripo_addon.api.catalog.field_types import VIEWS, ParamType
from tripo_addon.api.catalog.parameters import PARAMETERS
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.replies import FileRef
from tripo_addon.api.rules import refuse, sendable_values
from tripo_addon.api.services import comfy_router, pixazo, studio, tripo_v2, tripo_v3
from tripo_addon.api.tasks import TaskRequest, kind_of, parse_request

from .forms import NOTHING_SENT, settled, with_kind

MAX_TRIES = 10_000
ADDRESS = "https://pictures.example/a.png"
TEXTURE = TaskKind.TEXTURE_MODEL
NUMBERS = (0, 1, 50, 500, 1000, 4096, 10_000, 20_000, 25_000, 50_000, 150_000, 1_500_000, 2_000_000)
Body = Mapping[str, object]
Files = tuple[FileRef, ...]


@dataclass(frozen=True)
class Written:
    """One body, checked by the service's own tables, and the price that the service charges for it;
    None if it has no price list."""

    path: str
    body: Body
    checked: Checked
    credits: float | None


def through(service: Service, kind: TaskKind, count: int) -> Iterator[Mapping[str, object]]:
    """Return so many forms of this kind that our rules accept. Raises `AssertionError` if there are
    too few."""
    offer, dice = service.offers[kind], Random(f"{service.id} {kind.value}")
    found = 0
    for _ in range(MAX_TRIES):
        values = sendable_values(offer, settled(service, kind, filled_in(service, kind, dice)))
        if refuse(service, kind, values) is None:
            found += 1
            yield values
        if found == count:
            return
    raise AssertionError(f"only {found} of {MAX_TRIES} forms were let through")


def filled_in(service: Service, kind: TaskKind, dice: Random) -> dict[str, object]:
    """Return a form of this kind with its inputs, and with half of the other fields set to any
    value."""
    offer = service.offers[kind]
    source = dice.choice(("source_task", "source_file"))
    form: dict[str, object] = {}
    if offer.models:
        form["model"] = dice.choice(offer.models).id
    for name in offer.takes:
        if name in offer.required or name == source or dice.random() < 0.5:
            form[name] = any_value(service, name, dice)
    if {"source_task", "source_file"} <= set(offer.takes):
        form.pop("source_file" if source == "source_task" else "source_task", None)
    # A texture is guided by one of three inputs; four views belong together.
    guides = dice.choice((("prompt", "style_image"), ("image",), VIEWS))
    for name in ("prompt", "style_image", "image", *VIEWS) if kind is TEXTURE else ():
        if name in guides and name in offer.takes:
            form[name] = any_value(service, name, dice)
        else:
            form.pop(name, None)
    if kind is TaskKind.MULTIVIEW_TO_MODEL:
        form |= {"front": NOTHING_SENT["front"], "left": NOTHING_SENT["left"]}
        form.pop("views_task", None)
    return form


def any_value(service: Service, name: str, dice: Random) -> object:
    """Return a value of a field, most of them allowed somewhere."""
    row = PARAMETERS[name]
    match row.type:
        case ParamType.BOOLEAN:
            return dice.random() < 0.5
        case ParamType.CHOICE:
            return dice.choice(row.choices).id
        case ParamType.INTEGER:
            return dice.choice(NUMBERS)
        case ParamType.FLOAT:
            return dice.choice((0.01, 0.5, 1.0, 2.0))
        case ParamType.TEXT:
            return dice.choice(("a chest", "old oak", "x" * 255))
        case ParamType.TEXT_LIST:
            known = [each.id for each in row.choices] or ["lid", "box"]
            return tuple(dice.sample(known, min(len(known), dice.randint(1, 6))))
        case ParamType.PICTURE if not service.pictures.files:
            return ADDRESS
        case _:
            return NOTHING_SENT[name]


def written(service: Service, kind: TaskKind, values: Mapping[str, object]) -> tuple[Written, ...]:
    """Return every body that a form would send, checked. Raises `Unacceptable` for one that the
    service would refuse."""
    request = parse_request(with_kind(kind, values))
    return _WRITERS[service.id](request)


def _tokens(request: TaskRequest) -> Files:
    return tuple(FileRef(format="png", token=f"file_{name}") for name in request.file_fields)


def _addresses(request: TaskRequest) -> Files:
    return tuple(FileRef(format="png", address=ADDRESS) for _ in request.file_fields)


def _checked(endpoint: Endpoint, path: str, body: Body, model: str, wire: str) -> Written:
    """Check a body in the words of either version of Tripo's API, or of a reseller."""
    model = str(body.get(wire, model or endpoint.default_model))
    assert model in endpoint.models or not endpoint.models, body
    family = endpoint.models.get(model, "")
    checked = check(endpoint.fields, body, family=family)
    check_clashes(endpoint.clashes, checked)
    check_window(endpoint.windows, "face_limit", checked, model=model)
    return Written(path, body, checked, prices.credits(endpoint.kind, family, checked))


def _of_v3(request: TaskRequest) -> tuple[Written, ...]:
    path = tripo_v3.PATHS[kind_of(request)]
    endpoint = v3_table.ENDPOINTS[path]
    return tuple(
        _checked(endpoint, path, body, "", "model")
        for body in tripo_v3.encode_request(request, _tokens(request))
    )


_V2 = v2_table.endpoints(old_versions=True)


def _of_v2(request: TaskRequest) -> tuple[Written, ...]:
    body = tripo_v2.encode_request(request, _tokens(request))
    endpoint = _V2[str(body["type"])]
    return (_checked(endpoint, endpoint.kind, body, "", "model_version"),)


def _of_comfy(request: TaskRequest) -> tuple[Written, ...]:
    name = comfy_router.model_name(request)
    version, endpoint = comfy_table.MODELS[name]
    body = comfy_router.encode_request(request, _addresses(request))
    return (_checked(endpoint, name, body, version, "model"),)


def _of_pixazo(request: TaskRequest) -> tuple[Written, ...]:
    body = pixazo.encode_request(request, _addresses(request))
    return (Written("", body, check(pixazo_table.FIELDS, body, family=""), None),)


def _of_studio(request: TaskRequest) -> tuple[Written, ...]:
    files = request.attached(_addresses(request))
    path = studio.path_of(request)
    target = studio_routes.target(path)
    assert target is not None, path
    endpoint, version = target
    fields = endpoint.fields[version]
    body: Body = (
        studio_forms.typed(fields, studio.encode_form(request, files).fields)
        if endpoint.form
        else studio.encode_request(request, files)
    )
    checked = check(fields, body, family=version)
    check_clashes(endpoint.clashes, checked)
    check_window(endpoint.windows, "face_limit", checked, model=version)
    return (Written(path, body, checked, _studio_credits(endpoint.kind, version, checked)),)


def _studio_credits(kind: str, version: str, checked: Checked) -> float:
    match kind:
        case "texture-model":
            return studio_prices.texturing(
                checked, styled=checked.value("style_image_url") is not None
            )
        case "convert-model":
            return studio_prices.conversion(checked)
        case "mesh-segmentation":
            return studio_prices.SEGMENTATION
        case _:
            return studio_prices.generation(kind, version, checked)


_WRITERS: Mapping[str, Callable[[TaskRequest], tuple[Written, ...]]] = {
    "tripo-v3": _of_v3,
    "tripo-v2": _of_v2,
    "3daistudio": _of_studio,
    "pixazo": _of_pixazo,
    "comfy-router": _of_comfy,
}
