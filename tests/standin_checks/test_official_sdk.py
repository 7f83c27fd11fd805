"""Tripo's own SDK 1.0.0, unchanged, against the stand-in."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeVar

import pytest
from tripo3d import Task, TaskStatus, TripoAPIError, TripoClient

from tests.standin.service import DEFAULT_KEY, StandIn

from .conftest import scene_of

Result = TypeVar("Result")
V31 = "v3.1-20260211"
P1 = "P1-20260311"


def ask(
    service: StandIn, do: Callable[[TripoClient], Awaitable[Result]], *, key: str = DEFAULT_KEY
) -> Result:
    async def run() -> Result:
        async with TripoClient(api_key=key, v3_base_url=service.base_url) as client:
            return await do(client)

    return asyncio.run(run())


def refused(service: StandIn, do: Callable[[TripoClient], Awaitable[object]], **how: str) -> int:
    with pytest.raises(TripoAPIError) as caught:
        ask(service, do, **how)
    return int(vars(caught.value)["code"])


def made(
    service: StandIn, folder: Path, create: Callable[[TripoClient], Awaitable[str]]
) -> tuple[Task, Path]:
    async def whole(client: TripoClient) -> tuple[Task, Path]:
        task = await client.wait_for_task(await create(client), polling_interval=0.1)
        assert task.status is TaskStatus.SUCCESS, task.error_msg
        files = await client.download_task_models(task, str(folder))
        assert files["rendered_image"] is not None
        assert Path(files["rendered_image"]).read_bytes().startswith(b"\x89PNG")
        return task, Path(str(files["model"]))

    return ask(service, whole)


def test_text_becomes_a_glb(forging: StandIn, tmp_path: Path) -> None:
    task, model = made(forging, tmp_path, lambda sdk: sdk.text_to_model("a red chair"))
    assert model.suffix == ".glb"
    assert scene_of(model.read_bytes())["asset"]
    assert task.type == "text_to_model"
    assert task.input["prompt"] == "a red chair"
    assert task.credits_consumed == 20.0


def test_picture_becomes_a_glb(forging: StandIn, tmp_path: Path, views: Mapping[str, Path]) -> None:
    task, model = made(
        forging, tmp_path, lambda sdk: sdk.image_to_model(views["front"], model_version=V31)
    )
    assert scene_of(model.read_bytes())["images"]
    assert task.credits_consumed == 30.0


def test_views_become_a_glb_even_with_one_missing(
    forging: StandIn, tmp_path: Path, views: Mapping[str, Path]
) -> None:
    slots = [views["front"], None, views["back"], None]
    _, model = made(forging, tmp_path, lambda sdk: sdk.multiview_to_model(slots))
    assert scene_of(model.read_bytes())["meshes"]


def test_quads_arrive_as_an_fbx(forging: StandIn, tmp_path: Path) -> None:
    _, model = made(
        forging, tmp_path, lambda sdk: sdk.text_to_model("chair", model_version=V31, quad=True)
    )
    assert model.suffix == ".fbx"
    assert model.read_bytes().startswith(b"Kaydara FBX Binary")


def test_finished_model_can_be_textured_again(forging: StandIn, tmp_path: Path) -> None:
    task, first = made(forging, tmp_path, lambda sdk: sdk.text_to_model("a vase"))
    again, second = made(
        forging, tmp_path, lambda sdk: sdk.texture_model(task.task_id, text_prompt="blue glaze")
    )
    assert again.type == "texture_model"
    before, after = scene_of(first.read_bytes()), scene_of(second.read_bytes())
    assert before["accessors"] != []
    assert len(str(after["meshes"])) == len(str(before["meshes"]))
    assert first.read_bytes() != second.read_bytes()


def test_uploaded_mesh_can_be_imported_and_textured(forging: StandIn, tmp_path: Path) -> None:
    _, vase = made(forging, tmp_path, lambda sdk: sdk.text_to_model("a vase"))
    imported, same = made(forging, tmp_path, lambda sdk: sdk.import_model(vase))
    assert imported.credits_consumed == 0
    assert same.read_bytes() == vase.read_bytes()
    made(forging, tmp_path, lambda sdk: sdk.texture_model(imported.task_id, text_prompt="gold"))


def test_large_file_is_uploaded_by_a_presigned_put(service: StandIn, tmp_path: Path) -> None:
    large = tmp_path / "large.glb"
    large.write_bytes(b"glTF" + bytes(2_000_000))

    async def send(client: TripoClient) -> str:
        # 50 MB in the SDK; lowered on this one client to keep the check quick.
        setattr(client, "MULTIPART_MAX_BYTES", 1_000_000)  # noqa: B010
        return (await client.upload_file(large))["file_token"]

    token = ask(service, send)
    (upload,) = service.ledger.uploads
    assert (upload.token, upload.content) == (token, large.read_bytes())
    (put,) = service.ledger.sent("PUT", "/uploads/")
    assert put.role == "artifacts"
    assert "authorization" not in put.headers


def test_many_tasks_are_looked_up_at_once(service: StandIn) -> None:
    async def both(client: TripoClient) -> tuple[str, str, set[str], list[str]]:
        one, two = await client.text_to_model("one"), await client.text_to_model("two")
        found = await client.list_tasks([one, two, "nobody-knows-me"])
        return one, two, set(found.tasks), found.missed

    one, two, found, missed = ask(service, both)
    assert found == {one, two}
    assert missed == ["nobody-knows-me"]


def test_balance_and_history_show_what_was_spent(service: StandIn) -> None:
    async def spend(client: TripoClient) -> tuple[float, float, list[float | None]]:
        first = await client.text_to_model("one")
        second = await client.text_to_model("two", model_version=P1)
        await client.wait_for_task(first)
        await client.wait_for_task(second)
        wallet, rows = await client.get_balance(), await client.get_usage()
        assert [row.task_id for row in rows] == [second, first]
        return wallet.balance, wallet.frozen, [row.credits_consumed for row in rows]

    assert ask(service, spend) == (1000 - 20 - 40, 0, [40, 20])


def test_wrong_key_is_refused(service: StandIn) -> None:
    assert refused(service, lambda sdk: sdk.get_balance(), key="tsk_wrong") == 2


REFUSALS: dict[str, tuple[dict[str, object], int]] = {
    "an empty prompt": ({"type": "text_to_model", "prompt": " ", "model": V31}, 1004),
    "an over-long prompt": ({"type": "text_to_model", "prompt": "x" * 1025, "model": V31}, 1004),
    "an emoji": ({"type": "text_to_model", "prompt": "a 🐱", "model": V31}, 2009),
    "forbidden content": (
        {"type": "text_to_model", "prompt": "forbidden-content", "model": V31},
        2008,
    ),
    "a missing model": ({"type": "text_to_model", "prompt": "cat"}, 1004),
    "a retired model": (
        {"type": "text_to_model", "prompt": "cat", "model": "v2.0-20240919"},
        2015,
    ),
    "an unknown model": ({"type": "text_to_model", "prompt": "cat", "model": "v9"}, 2017),
    "P1 with quad": (
        {"type": "text_to_model", "prompt": "cat", "model": P1, "quad": False},
        1004,
    ),
    "an unknown token": ({"type": "image_to_model", "input": "file_x", "model": V31}, 1004),
    "a data URI": (
        {"type": "image_to_model", "input": "data:image/png;base64,AA==", "model": V31},
        1004,
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_sdk_gets_the_documented_code_for(case: str, service: StandIn) -> None:
    body, code = REFUSALS[case]
    assert refused(service, lambda sdk: sdk.create_task(body)) == code
    assert service.ledger.tasks == ()


def test_one_view_is_too_few(service: StandIn, views: Mapping[str, Path]) -> None:
    one = [views["front"], None, None, None]
    assert refused(service, lambda sdk: sdk.multiview_to_model(one)) == 1004


def test_views_without_a_front_are_refused(service: StandIn, views: Mapping[str, Path]) -> None:
    async def send(client: TripoClient) -> str:
        tokens = [
            (await client.upload_file(views[view]))["file_token"] for view in ("left", "back")
        ]
        body = {"type": "multiview_to_model", "model": V31, "inputs": [None, *tokens, None]}
        return await client.create_task(body)

    assert refused(service, send) == 1004


def test_too_few_credits_are_reported(tiny_model: Path) -> None:
    with StandIn(seconds=0, model=tiny_model, balance=19.5) as poor:
        assert refused(poor, lambda sdk: sdk.text_to_model("cat")) == 2010
        assert poor.ledger.tasks == ()
