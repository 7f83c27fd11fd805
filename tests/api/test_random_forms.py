"""Whatever a form holds: what our rules let through fits the tables of the service, at its price.

The tables and the price list are the stand-in's, which know nothing of our catalog. No socket is
opened: a form goes from hand to hand as far as the body of the request.
"""

from collections.abc import Mapping
from random import Random

import pytest

from tests.standin.fields import check, check_clashes, check_window
from tests.standin.tripo.prices import credits
from tests.standin.tripo_v3.table import ENDPOINTS
from tripo_addon.api.catalog.parameters import PARAMETERS
from tripo_addon.api.catalog.records import VIEWS, ParamType, TaskKind
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.prices import estimate
from tripo_addon.api.replies import FileRef
from tripo_addon.api.rules import refuse, sendable_values
from tripo_addon.api.services.tripo_v3 import PATHS, encode_request
from tripo_addon.api.tasks import parse_request

from .forms import NOTHING_SENT, settled, with_kind

FORMS_A_KIND, MOST_TRIES = 250, 10_000
TEXTURE = TaskKind.TEXTURE_MODEL
NUMBERS = (0, 1, 50, 500, 1000, 4096, 10_000, 20_000, 25_000, 50_000, 150_000, 1_500_000, 2_000_000)
# Nobody has published this price.
UNPUBLISHED = ({"model": "v3.0", "kind": TaskKind.DECIMATE_MESH.value},)


@pytest.mark.parametrize("kind", TRIPO_V3.offers, ids=lambda kind: kind.value)
def test_what_our_rules_let_through_fits_the_tables_at_the_price_shown(kind: TaskKind) -> None:
    dice = Random(kind.value)
    through = 0
    for _ in range(MOST_TRIES):
        values = sendable_values(
            TRIPO_V3.offers[kind], settled(TRIPO_V3, kind, filled_in(kind, dice))
        )
        if refuse(TRIPO_V3, kind, values) is None:
            fits_at_its_price(kind, values)
            through += 1
        if through == FORMS_A_KIND:
            return
    raise AssertionError(f"only {through} of {MOST_TRIES} forms were let through")


def filled_in(kind: TaskKind, dice: Random) -> dict[str, object]:
    """A form of this kind: its inputs there, half of all else filled in with anything."""
    offer = TRIPO_V3.offers[kind]
    source = dice.choice(("source_task", "source_file"))
    form: dict[str, object] = {}
    if offer.models:
        form["model"] = dice.choice(offer.models).id
    for name in offer.takes:
        if name in offer.required or name == source or dice.random() < 0.5:
            form[name] = any_value(name, dice)
    if {"source_task", "source_file"} <= set(offer.takes):
        form.pop("source_file" if source == "source_task" else "source_task", None)
    # A texture follows one of three; four views come together.
    guides = dice.choice((("prompt", "style_image"), ("image",), VIEWS))
    for name in ("prompt", "style_image", "image", *VIEWS) if kind is TEXTURE else ():
        if name in guides:
            form[name] = any_value(name, dice)
        else:
            form.pop(name, None)
    if kind is TaskKind.MULTIVIEW_TO_MODEL:
        form |= {"front": NOTHING_SENT["front"], "left": NOTHING_SENT["left"], "views_task": None}
    return form


def any_value(name: str, dice: Random) -> object:
    """A value of a field, most of them allowed somewhere."""
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
        case _:
            return NOTHING_SENT[name]


def fits_at_its_price(kind: TaskKind, values: Mapping[str, object]) -> None:
    """Hold every body that would be sent against the stand-in's tables."""
    request = parse_request(with_kind(kind, values))
    tokens = tuple(FileRef(format="png", token=f"file_{name}") for name in request.file_fields)
    endpoint = ENDPOINTS[PATHS[kind]]
    shown = estimate(TRIPO_V3, kind, values)
    for body in encode_request(request, tokens):
        model = str(body.get("model", endpoint.default_model))
        assert model in endpoint.models or not endpoint.models
        family = endpoint.models.get(model, "")
        checked = check(endpoint.fields, body, family=family)
        check_clashes(endpoint.clashes, checked)
        check_window(endpoint.windows, "face_limit", checked, model=model)
        assert checked.ignored == ()
        if shown is not None:
            assert shown == credits(endpoint.kind, family, checked), body
        else:
            assert with_kind(kind, {"model": values.get("model")}) in UNPUBLISHED
