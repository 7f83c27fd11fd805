"""The official SDK as the witness: for the same wish it and we say the same to the service.

Both really send to the stand-in; what it wrote down is compared, field by field. The tokens of
uploads differ from one upload to the next, so they are compared by the picture behind them.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import tripo3d

from tests.standin.faults import Fault
from tests.standin.ledger import Recorded
from tests.standin.messages import items, mapping
from tests.standin.service import DEFAULT_KEY, StandIn
from tripo_addon.api.catalog import PARAMETERS, TRIPO_V3, VIEWS, ModelVersion, TaskKind
from tripo_addon.api.replies import FileRef
from tripo_addon.api.services.tripo_v3 import TripoV3
from tripo_addon.api.tasks import MultiviewToModel, TextToModel, TextureModel, parse_request

from .samples import OTHER_VALUES, Wish, allowed, inputs, picture, views, wishes

Call = Callable[[tripo3d.TripoClient], Awaitable[Any]]
MODEL = "v3.1-20260211"
TEXTURE_MODEL = "v3.0-20250812"


def sdk(service: StandIn, call: Call) -> Any:
    """Let the SDK do something at the stand-in."""

    async def connected() -> Any:
        async with tripo3d.TripoClient(DEFAULT_KEY, v3_base_url=service.base_url) as client:
            return await call(client)

    return asyncio.run(connected())


def heard(service: StandIn, act: Callable[[], object]) -> tuple[Recorded, ...]:
    """What the stand-in hears while `act` runs."""
    before = len(service.ledger.requests)
    act()
    return service.ledger.requests[before:]


def plain(service: StandIn, request: Recorded, pictures: dict[str, Path]) -> dict[str, object]:
    """A request without what differs from call to call: tokens become the names of pictures,
    and uploads lose their file name, which has a test of its own."""
    names = {path.read_bytes(): f"<{name}>" for name, path in pictures.items()}
    tokens = {each.token: names[each.content] for each in service.ledger.uploads}
    return {
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "media type": request.headers.get("content-type", "").partition(";")[0],
        "key": request.headers["authorization"],
        "accept": request.headers["accept"],
        "body": _named(request.body, tokens, upload=request.path == "/v3/files"),
    }


def _named(value: object, tokens: dict[str, str], *, upload: bool = False) -> object:
    fields, listed = mapping(value), items(value)
    if fields is not None:
        kept = {key: each for key, each in fields.items() if not (upload and key == "name")}
        return {key: _named(each, tokens, upload=upload) for key, each in kept.items()}
    if listed is not None:
        return [_named(each, tokens) for each in listed]
    return tokens.get(value, value) if isinstance(value, str) else value


def sdk_call(wish: Wish, pictures: dict[str, Path]) -> Call:
    """The SDK's method for a wish."""
    given: dict[str, Any] = {**wish.settings, "model_version": wish.version.id}
    match wish.kind:
        case TaskKind.TEXT_TO_MODEL:
            return lambda client: client.text_to_model("a small wooden chest", **given)
        case TaskKind.IMAGE_TO_MODEL:
            return lambda client: client.image_to_model(pictures["image"], **given)
        case _:
            slots = [pictures[view] for view in VIEWS]
            return lambda client: client.multiview_to_model(slots, **given)


def we_make(tripo: TripoV3, values: dict[str, object]) -> str:
    """Our own way: upload what the request names, then submit it."""
    request = parse_request(values)
    return tripo.submit(request, tuple(tripo.upload(path) for path in request.pictures))


@pytest.fixture
def pictures(tmp_path: Path) -> dict[str, Path]:
    return {**views(tmp_path), "image": picture(tmp_path / "image.png")}


def test_the_wishes_cover_every_setting_and_our_rules_allow_them() -> None:
    assert set(OTHER_VALUES) == set(PARAMETERS)
    assert all(value != PARAMETERS[name].default for name, value in OTHER_VALUES.items())
    assert {name for wish in wishes() for name in wish.settings} == set(PARAMETERS)
    assert [wish.name for wish in wishes() if not allowed(wish)] == []


@pytest.mark.parametrize("version", TRIPO_V3.models[TaskKind.TEXT_TO_MODEL], ids=lambda v: v.label)
@pytest.mark.parametrize("kind", list(TRIPO_V3.models), ids=lambda kind: kind.value)
def test_every_wish_is_sent_as_the_sdk_sends_it(
    service: StandIn,
    tripo: TripoV3,
    pictures: dict[str, Path],
    kind: TaskKind,
    version: ModelVersion,
) -> None:
    these = [wish for wish in wishes() if (wish.kind, wish.version) == (kind, version)]
    assert len(these) > 5
    for wish in these:
        values = wish.values(inputs(kind, pictures))
        ours = heard(service, lambda v=values: we_make(tripo, v))
        theirs = heard(service, lambda w=wish: sdk(service, sdk_call(w, pictures)))
        assert [plain(service, each, pictures) for each in ours] == [
            plain(service, each, pictures) for each in theirs
        ], wish.name
        assert ours[-1].path == theirs[-1].path != "/v3/files"
    assert all(task.ignored == () for task in service.ledger.tasks)


def test_both_give_each_request_a_trace_id_of_its_own(service: StandIn, tripo: TripoV3) -> None:
    ours = heard(service, lambda: (tripo.balance(), tripo.balance()))
    theirs = heard(service, lambda: sdk(service, lambda client: client.get_balance()))
    traces = [uuid.UUID(each.headers["x-tripo-trace-id"]) for each in (*ours, *theirs)]
    assert len(set(traces)) == 3


def test_balance_and_look_up_are_asked_for_alike(service: StandIn, tripo: TripoV3) -> None:
    task_id = tripo.submit(TextToModel(model=MODEL, prompt="a chest"), ())
    ours = heard(service, lambda: (tripo.balance(), tripo.look_up([task_id, "none"])))
    theirs = heard(
        service,
        lambda: (
            sdk(service, lambda client: client.get_balance()),
            sdk(service, lambda client: client.list_tasks([task_id, "none"])),
        ),
    )
    assert [plain(service, each, {}) for each in ours] == [
        plain(service, each, {}) for each in theirs
    ]


def test_the_sdk_reads_the_same_out_of_an_answer(service: StandIn, tripo: TripoV3) -> None:
    task_id = tripo.submit(TextToModel(model=MODEL, prompt="a chest"), ())
    ours = tripo.look_up([task_id])[task_id]
    theirs = sdk(service, lambda client: client.get_task(task_id))
    assert ours.status.value == theirs.status.value == "success"
    assert (ours.progress, ours.credits) == (theirs.progress, theirs.credits_consumed)
    path = f"/results/{task_id}/model.glb"
    assert path in ours.output.models[0]
    assert path in theirs.output.model_url
    balance = sdk(service, lambda client: client.get_balance())
    ours = tripo.balance()
    assert (ours.available + ours.frozen, ours.frozen) == (balance.balance, balance.frozen)


# From here on: where we differ, and why.


def test_our_uploads_keep_the_name_of_the_file_to_themselves(
    service: StandIn, tripo: TripoV3, tmp_path: Path
) -> None:
    """A file's name is the artist's own affair, and no service needs it."""
    path = picture(tmp_path / "front.png")
    tripo.upload(path)
    sdk(service, lambda client: client.upload_file(path))
    ours, theirs = (mapping(each.body) or {} for each in service.ledger.requests)
    assert (mapping(ours["file"]) or {})["name"] == "image.png"
    assert (mapping(theirs["file"]) or {})["name"] == "front.png"


def test_a_picture_with_a_wrong_ending_is_sent_as_what_it_is(
    service: StandIn, tripo: TripoV3, tmp_path: Path
) -> None:
    """The SDK believes the name; we read the first bytes, as the service does."""
    path = picture(tmp_path / "front.png", form="JPEG")
    tripo.upload(path)
    sdk(service, lambda client: client.upload_file(path))
    ours, theirs = (mapping(each.body) or {} for each in service.ledger.requests)
    assert (mapping(ours["file"]) or {})["media_type"] == "image/jpeg"
    assert (mapping(theirs["file"]) or {})["media_type"] == "image/png"


def test_texts_are_trimmed_by_us_and_not_by_the_sdk(service: StandIn, tripo: TripoV3) -> None:
    """Tripo counts characters after trimming, and refuses a negative prompt of spaces."""
    (ours,) = heard(service, lambda: tripo.submit(TextToModel(model=MODEL, prompt=" a "), ()))
    (theirs,) = heard(
        service,
        lambda: sdk(service, lambda client: client.text_to_model(" a ", model_version=MODEL)),
    )
    assert ours.body == {"model": MODEL, "prompt": "a"}
    assert theirs.body == {"model": MODEL, "prompt": " a "}


def test_an_empty_slot_is_named_views_with_us_and_a_null_with_the_sdk(
    service: StandIn, tripo: TripoV3, pictures: dict[str, Path]
) -> None:
    """SDK, JavaScript SDK and API v2 each leave a slot empty in another way; views by name are
    what two sources document and what cannot be mistaken."""
    ours = heard(
        service,
        lambda: we_make(
            tripo,
            {
                "kind": "multiview_to_model",
                "model": MODEL,
                "front": pictures["front"],
                "back": pictures["back"],
            },
        ),
    )
    slots = [pictures["front"], None, pictures["back"], None]
    theirs = heard(
        service,
        lambda: sdk(service, lambda client: client.multiview_to_model(slots, model_version=MODEL)),
    )
    assert plain(service, ours[-1], pictures)["body"] == {
        "model": MODEL,
        "inputs": [{"front": "<front>"}, {"back": "<back>"}],
    }
    assert plain(service, theirs[-1], pictures)["body"] == {
        "model": MODEL,
        "inputs": ["<front>", None, "<back>", None],
    }
    first, second = service.ledger.tasks
    assert (first.credits, first.kind) == (second.credits, second.kind)


def test_where_views_by_name_are_refused_the_older_list_follows_and_not_the_sdks_nulls(
    service: StandIn, tripo: TripoV3, pictures: dict[str, Path]
) -> None:
    """The list of four file objects is what API v2 documented, and v3 still reads it."""
    service.fault(Fault(path="/v3/generation", status=400, body={"code": 1004}))
    request = MultiviewToModel(model=MODEL, front=pictures["front"], left=pictures["left"])
    tripo.submit(request, tuple(tripo.upload(path) for path in request.pictures))
    assert plain(service, service.ledger.requests[-1], pictures)["body"] == {
        "model": MODEL,
        "files": [
            {"type": "png", "file_token": "<front>"},
            {"type": "png", "file_token": "<left>"},
            {},
            {},
        ],
    }


TEXTURES: list[dict[str, Any]] = [
    {},
    {"pbr": False},
    {"texture_quality": "detailed"},
    {"texture_quality": "extreme"},
    {"texture_alignment": "geometry"},
    {"texture_seed": 0},
    {"pbr": False, "texture_quality": "detailed", "texture_alignment": "geometry"},
]


@pytest.mark.parametrize("model", ["v2.5-20250123", "v3.0-20250812", "v3.5-20260815"])
def test_a_new_texture_is_asked_for_alike(service: StandIn, tripo: TripoV3, model: str) -> None:
    source = tripo.submit(TextToModel(model=MODEL, prompt="a chest"), ())
    tripo.look_up([source])
    for settings in TEXTURES:
        for words in (None, "old oak"):
            request = TextureModel(model=model, source_task=source, prompt=words, **settings)
            given = {**settings, "model_version": model, "text_prompt": words}
            (ours,) = heard(service, lambda r=request: tripo.submit(r, ()))
            (theirs,) = heard(
                service,
                lambda g=given: sdk(service, lambda client: client.texture_model(source, **g)),
            )
            assert plain(service, ours, {}) == plain(service, theirs, {})


def test_a_texture_picture_is_an_object_with_us_and_then_the_plain_token_of_the_sdk(
    service: StandIn, tripo: TripoV3, pictures: dict[str, Path]
) -> None:
    """Two written sources have an object, the SDK a string: the written one first, and where that
    is refused as a parameter, what costs nothing, the SDK's own body."""
    source = tripo.submit(TextToModel(model=MODEL, prompt="a chest"), ())
    tripo.look_up([source])
    image = pictures["image"]
    request = TextureModel(model=TEXTURE_MODEL, source_task=source, image=image)
    file: FileRef = tripo.upload(image)
    service.fault(Fault(path="/v3/models/texture", status=400, body={"code": 1004}))
    ours = heard(service, lambda: tripo.submit(request, (file,)))
    theirs = heard(
        service,
        lambda: sdk(
            service,
            lambda client: client.texture_model(
                source, image_prompt=image, model_version=TEXTURE_MODEL
            ),
        ),
    )
    first, second = (plain(service, each, pictures)["body"] for each in ours)
    assert first == {
        "model": TEXTURE_MODEL,
        "input": source,
        "texture_prompt": {"image": {"type": "png", "file_token": "<image>"}},
    }
    assert second == plain(service, theirs[-1], pictures)["body"]
