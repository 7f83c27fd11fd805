"""Checks for every row of the catalog, so that a new service is tested without new tests."""

from pathlib import Path

import pytest

from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.conditions import Either, Equals
from tripo_addon.api.catalog.field_types import Parameter, ParamType
from tripo_addon.api.catalog.parameters import PARAMETERS
from tripo_addon.api.catalog.service_types import Offer, Service
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.errors import Rejected
from tripo_addon.api.http.addresses import refuse_address, refuse_key
from tripo_addon.api.replies import FileRef, Status
from tripo_addon.api.tasks import TaskRequest, kind_of, parse_request

from .customer import ALL_KIND_IDS, ALL_KINDS, Customer
from .outcomes import fault_in
from .samples import inputs, submissions

ROWS = pytest.mark.parametrize("row", SERVICES.values(), ids=SERVICES)
KINDS = pytest.mark.parametrize(("row", "kind"), ALL_KINDS, ids=ALL_KIND_IDS)


@ROWS
def test_row_names_a_dialect_module_and_connecting_sends_nothing(
    customer: Customer, row: Service
) -> None:
    assert customer.dialect(row).service is row
    assert customer.stand_in.ledger.requests == ()


@ROWS
def test_addresses_and_keys_of_a_row_pass_the_rules(row: Service) -> None:
    assert SERVICES[row.id] is row
    assert refuse_key(row, f"{row.key_prefix}01234567") is None
    for region in row.regions:
        assert refuse_address(region.base_url) is None
        assert refuse_address(region.console_url) is None
        assert not region.base_url.endswith("/")
    for prefix in row.wrong_keys:
        assert refuse_key(row, f"{prefix}0123") is not None


@ROWS
def test_row_offers_every_task_kind_or_says_why_not(row: Service) -> None:
    assert set(row.offers) | set(row.cannot) == set(TaskKind)
    assert not set(row.offers) & set(row.cannot)


def named_in(offer: Offer) -> set[str]:
    """Return every field that an offer's tables name besides those that it takes."""
    tables = [offer.required, offer.spelled, offer.choices, offer.max_prompt_length]
    tables += [table for row in offer.models for table in (row.lacks, row.choices)]
    limits = (*offer.limits, *(limit for row in offer.models for limit in row.limits))
    return {name for table in tables for name in table} | {limit.name for limit in limits}


@KINDS
def test_tables_of_an_offer_are_consistent(row: Service, kind: TaskKind) -> None:
    offer = row.offers[kind]
    assert set(offer.takes) <= set(PARAMETERS)
    assert len(set(offer.takes)) == len(offer.takes)
    assert set(offer.required) <= set(offer.takes)
    assert set(offer.spelled) <= set(offer.takes)
    assert named_in(offer) <= set(PARAMETERS)
    assert {offer.slots, *(version.slots for version in offer.models)} - {""} <= set(row.slots)
    ids = [version.id for version in offer.models]
    assert bool(offer.default_model) == bool(offer.models)
    assert not ids or offer.default_model in ids
    assert offer.implied_model in ("", *ids)
    assert len({version.number for version in offer.models}) == len(ids) == len(set(ids))
    for limited in (offer, *offer.models):
        for name, values in limited.choices.items():
            assert set(values) <= {choice.id for choice in PARAMETERS[name].choices}


@KINDS
def test_every_field_of_an_offer_belongs_to_its_request(row: Service, kind: TaskKind) -> None:
    fields = set(request_type(kind).model_fields)
    assert set(row.offers[kind].takes) | {"kind", "model"} <= fields | {"model"}


def request_type(kind: TaskKind) -> type[TaskRequest]:
    """Return the request class of a kind, found as the code finds it."""
    values: dict[str, object] = {"prompt": "a", "image": "a.png", "format": "FBX"}
    values |= {"animations": ("a",), "prompts": {"front": "a"}}
    fields = {"text_to_model": ("prompt",), "text_to_image": ("prompt",), "edit_image": ("prompt",)}
    fields |= {"image_to_model": ("image",), "image_to_views": ("image",)}
    fields |= {"convert_model": ("format",), "retarget": ("animations",)}
    fields |= {"edit_views": ("prompts",)}
    needed = {name: values[name] for name in fields.get(kind.value, ())}
    return type(parse_request({"kind": kind.value, **needed}))


@pytest.mark.parametrize("parameter", PARAMETERS.values(), ids=PARAMETERS)
def test_default_value_has_the_type_of_its_field(parameter: Parameter) -> None:
    default = parameter.default
    match parameter.type:
        case ParamType.BOOLEAN:
            assert isinstance(default, bool)
        case ParamType.CHOICE:
            assert parameter.choices
            ids = [choice.id for choice in parameter.choices]
            assert default in ids or parameter.missing
            assert len(set(ids)) == len(ids)
        case ParamType.FLOAT:
            assert isinstance(default, float)
        case ParamType.INTEGER:
            assert default is None or isinstance(default, int)
        case _:
            assert default is None
    if isinstance(default, int | float) and parameter.window is not None:
        assert default in parameter.window
    assert bool(parameter.requires) == bool(parameter.requirement_message)


def test_field_stands_after_the_fields_it_depends_on() -> None:
    """Requests are put together in this order."""
    before = {"model"}
    for name, row in PARAMETERS.items():
        conditions = (
            row.requires.conditions if isinstance(row.requires, Either) else (row.requires,)
        )
        assert {each.name for each in conditions if isinstance(each, Equals)} <= before
        before.add(name)


def test_labels_have_no_final_period() -> None:
    rows = [*PARAMETERS.values()]
    choices = [choice for row in rows for choice in row.choices]
    offers = [offer for row in SERVICES.values() for offer in row.offers.values()]
    versions = [version for offer in offers for version in offer.models]
    for each in (*rows, *choices, *versions):
        assert each.label
        assert each.description
        assert not each.description.endswith(".")
    sentences = [rule.sentence for offer in offers for rule in offer.rules]
    sentences += [
        words for row in rows for words in (row.missing, row.requirement_message) if words
    ]
    sentences += [why for row in SERVICES.values() for why in row.cannot.values()]
    for sentence in sentences:
        assert not sentence[0].islower()
        assert not sentence.endswith((".", " "))


@pytest.mark.slow
@KINDS
def test_every_setting_of_every_version_is_accepted_and_used(
    customer: Customer, row: Service, kind: TaskKind
) -> None:
    place = customer.place(row, kind)
    requests = submissions(row, kind, place)
    assert {submission.model for submission in requests} == {
        v.id for v in row.offers[kind].models
    } or {""}
    for submission in requests:
        booked = customer.ask(row, submission.values(inputs(row.offers[kind], place)))
        assert booked.ignored == (), submission.name


@pytest.mark.slow
@KINDS
def test_task_of_every_kind_is_created_polled_and_finished(
    customer: Customer, row: Service, kind: TaskKind
) -> None:
    offer = row.offers[kind]
    submission = {"kind": kind.value, "model": offer.default_model}
    customer.ask(row, submission | inputs(offer, customer.place(row, kind)))
    dialect = customer.dialect(row)
    task_id = customer.task_id
    found = dialect.look_up([task_id, "none"][: row.look_up_limit])
    assert list(found) == [task_id]
    task = found[task_id]
    assert (task.id, task.status, task.fault) == (task_id, Status.SUCCESS, None)
    output = task.output
    made = {"model": output.models, "pictures": output.pictures, "facts": (True,)}
    assert all(made[kind.makes.value])
    assert made[kind.makes.value]


@ROWS
def test_task_unknown_to_the_service_is_absent(customer: Customer, row: Service) -> None:
    assert customer.dialect(row).look_up(["none"]) == {}


@ROWS
def test_balance_is_that_of_the_account_or_none(customer: Customer, row: Service) -> None:
    dialect = customer.dialect(row)
    if row.has_balance:
        before = dialect.balance().available
        kind = TaskKind.TEXT_TO_MODEL
        values = {"kind": kind.value, "model": row.offers[kind].default_model, "prompt": "a chest"}
        booked = customer.ask(row, values)
        assert dialect.balance().available == before - booked.credits
    else:
        assert type(fault_in(dialect.balance)) is Rejected
        assert customer.stand_in.ledger.requests == ()


def test_request_knows_its_kind_and_its_files() -> None:
    front, left, right = Path("f"), Path("l"), Path("r")
    address = "https://example.com/a.png"
    requests: list[tuple[dict[str, object], tuple[Path | str, ...]]] = [
        ({"kind": "text_to_model", "prompt": "p"}, ()),
        ({"kind": "image_to_model", "image": "f"}, (front,)),
        ({"kind": "image_to_model", "image": address}, (address,)),
        (
            {"kind": "multiview_to_model", "right": right, "front": front, "left": left},
            (front, left, right),
        ),
        ({"kind": "texture_model", "source_task": "t"}, ()),
        ({"kind": "texture_model", "style_image": left, "source_file": right}, (right, left)),
        ({"kind": "edit_image", "prompt": "p", "references": (left, address)}, (left, address)),
        ({"kind": "segment_mesh", "source_task": "t", "ref_image": left}, (left,)),
        ({"kind": "import_model", "source_file": front}, (front,)),
    ]
    for values, files in requests:
        request = parse_request(values)
        assert kind_of(request) is TaskKind(str(values["kind"]))
        assert request.files == files
        refs = tuple(FileRef(format="png", token=str(number)) for number in range(len(files)))
        attached = request.attached(refs)
        assert tuple(ref for each in attached.values() for ref in each) == refs
        assert set(attached) <= set(values)
