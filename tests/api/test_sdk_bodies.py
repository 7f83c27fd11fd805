"""Compares our requests with the official SDK's: for the same task, both send the same body.

Both really send to the stand-in, whose records are compared field by field. The tokens of uploads
differ each time, so they are compared by their picture.
"""

import inspect
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import tripo3d

from tests.standin.service import StandIn
from tripo_addon.api.catalog.field_types import VIEWS
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.rules import refuse
from tripo_addon.api.services.tripo_v3 import TripoV3
from tripo_addon.api.tasks import TextToModel

from .customer import Customer
from .official import Call, plain, requests_during, sdk, we_make
from .samples import Submission, inputs, submissions

MODEL = "v3.1-20260211"
TEXTURE_MODEL = "v3.0-20250812"


# The SDK's method for each kind of task, and the names of its first arguments.
METHODS: dict[TaskKind, tuple[str, tuple[str, ...]]] = {
    TaskKind.TEXT_TO_MODEL: ("text_to_model", ("prompt",)),
    TaskKind.IMAGE_TO_MODEL: ("image_to_model", ("image",)),
    TaskKind.MULTIVIEW_TO_MODEL: ("multiview_to_model", ("views",)),
    TaskKind.TEXTURE_MODEL: ("texture_model", ("source_task",)),
    TaskKind.CONVERT_MODEL: ("convert_model", ("source_task", "format")),
    TaskKind.IMPORT_MODEL: ("import_model", ("source_file",)),
    TaskKind.SEGMENT_MESH: ("mesh_segmentation", ("source_task",)),
    TaskKind.COMPLETE_MESH: ("mesh_complete", ("source_task",)),
    TaskKind.DECIMATE_MESH: ("mesh_decimate", ("source_task",)),
    TaskKind.UNWRAP_MESH: ("mesh_uv", ("source_task",)),
    TaskKind.CHECK_RIG: ("rig_check", ("source_task",)),
    TaskKind.RIG: ("rig", ("source_task",)),
    TaskKind.RETARGET: ("retarget", ("source_task",)),
    TaskKind.TEXT_TO_IMAGE: ("text_to_image", ("prompt",)),
    TaskKind.EDIT_IMAGE: ("image_to_image", ("reference",)),
    TaskKind.IMAGE_TO_VIEWS: ("image_to_multiview", ("image",)),
    TaskKind.EDIT_VIEWS: ("edit_multiview", ("source_task", "edits")),
}
# The SDK has no method for it; `test_smart_segment` tests its bodies.
WITHOUT_METHOD = {TaskKind.SMART_SEGMENT}
VERSIONED = frozenset(
    {"text_to_model", "image_to_model", "multiview_to_model", "texture_model", "mesh_segmentation"}
)


def sdk_call(submission: Submission, made_from: dict[str, Any]) -> Call:
    """Call the SDK's method for a request, leaving out what the request leaves out."""
    name, first = METHODS[submission.kind]
    given = {**made_from, **submission.settings}
    prompts = given.pop("prompts", {})
    given["views"] = [given.pop(view, None) for view in VIEWS]
    given["reference"] = next(iter(given.pop("references", ())), None)
    given["edits"] = [{"view": view, "prompt": prompts[view]} for view in VIEWS if view in prompts]
    arguments = [given[each] for each in first]
    named = {key: value for key, value in given.items() if key not in (*first, *INTERNAL)}
    clips = named.pop("animations", ())
    if clips:
        # The SDK sends this only if told to.
        named |= {"animation": clips[0], "export_with_geometry": True} | named
    if submission.model:
        named["model_version" if name in VERSIONED else "model"] = submission.model
    if "compress" in named:
        named["compress"] = True
    return lambda client: getattr(client, name)(*arguments, **named)


INTERNAL = ("views", "reference", "edits")


@pytest.mark.slow
@pytest.mark.parametrize("kind", METHODS, ids=lambda kind: kind.value)
def test_every_request_equals_the_sdks(
    service: StandIn, tripo: TripoV3, customer: Customer, kind: TaskKind
) -> None:
    place = customer.place(TRIPO_V3, kind)
    files = {**customer.pictures, "model": customer.model_file}
    made_from = inputs(TRIPO_V3.offers[kind], place)
    for submission in submissions(TRIPO_V3, kind, place):
        values = submission.values(made_from)
        ours = requests_during(service, lambda v=values: tripo.look_up([we_make(tripo, v)]))[:-1]
        theirs = requests_during(service, lambda w=submission: sdk(service, sdk_call(w, made_from)))
        assert [plain(service, each, files) for each in ours] == [
            plain(service, each, files) for each in theirs
        ], submission.name
        assert ours[-1].path == theirs[-1].path != "/v3/files"
        tripo.look_up([service.ledger.tasks[-1].id])
    assert all(task.ignored == () for task in service.ledger.tasks)


async def texture_of_a_file(client: tripo3d.TripoClient, given: dict[str, Any]) -> str:
    """The SDK does not upload the model of a texture by itself."""
    token = (await client.upload_file(given["source_file"]))["file_token"]
    return await client.texture_model(
        token, text_prompt=given["prompt"], model_version=TEXTURE_MODEL
    )


# Optional inputs of tasks: ours, and the SDK's own call.
OTHER_SOURCES: list[
    tuple[TaskKind, dict[str, Any], Callable[[Any, dict[str, Any]], Awaitable[Any]]]
] = [
    (
        TaskKind.MULTIVIEW_TO_MODEL,
        {"model": MODEL, "views_task": ...},
        lambda sdk, given: sdk.multiview_to_model(given["views_task"], model_version=MODEL),
    ),
    (
        TaskKind.TEXTURE_MODEL,
        {"model": TEXTURE_MODEL, "source_task": ..., "prompt": ..., "part_names": ...},
        lambda sdk, given: sdk.texture_model(
            given["source_task"],
            text_prompt=given["prompt"],
            part_names=list(given["part_names"]),
            model_version=TEXTURE_MODEL,
        ),
    ),
    (
        TaskKind.TEXTURE_MODEL,
        {"model": TEXTURE_MODEL, "source_file": ..., "prompt": ...},
        texture_of_a_file,
    ),
    (
        TaskKind.CONVERT_MODEL,
        {"source_task": ..., "format": "GLTF", "part_names": ...},
        lambda sdk, given: sdk.convert_model(
            given["source_task"], "GLTF", part_names=list(given["part_names"])
        ),
    ),
    (
        TaskKind.SEGMENT_MESH,
        {"model": "v2.0-20260430", "source_task": ..., "ref_image": ...},
        lambda sdk, given: sdk.mesh_segment(
            given["source_task"], model="v2.0-20260430", ref_image=given["ref_image"]
        ),
    ),
    (
        TaskKind.COMPLETE_MESH,
        {"source_task": ..., "part_names": ..., "completion_mode": "quick_cap"},
        lambda sdk, given: sdk.mesh_complete(
            given["source_task"],
            part_names=given["part_names"],
            completion_mode="quick_cap",
        ),
    ),
    (
        TaskKind.DECIMATE_MESH,
        {"model": "v3.0", "source_task": ..., "part_names": ..., "smart_uv": True},
        lambda sdk, given: sdk.mesh_decimate(
            given["source_task"], model="v3.0", part_names=given["part_names"], smart_uv=True
        ),
    ),
    (
        TaskKind.RETARGET,
        {"source_task": ..., "animations": ("preset:walk", "preset:run")},
        lambda sdk, given: sdk.retarget(
            given["source_task"], animations=given["animations"], export_with_geometry=True
        ),
    ),
    (
        TaskKind.EDIT_IMAGE,
        {"model": "banana", "prompt": ..., "references": (Path("left"), Path("back"))},
        lambda sdk, given: sdk.image_to_image(
            inputs=given["references"], prompt=given["prompt"], model="banana"
        ),
    ),
]


@pytest.mark.parametrize(
    ("kind", "submitted", "call"),
    OTHER_SOURCES,
    ids=[f"{row[0].value} {list(row[1])}" for row in OTHER_SOURCES],
)
def test_every_source_of_a_task_is_sent_as_the_sdk_sends_it(
    service: StandIn,
    tripo: TripoV3,
    customer: Customer,
    kind: TaskKind,
    submitted: dict[str, Any],
    call: Callable[[Any, dict[str, Any]], Awaitable[Any]],
) -> None:
    place = customer.place(TRIPO_V3, kind)
    given: dict[str, Any] = {
        name: place[name] if value is ... else value for name, value in submitted.items()
    }
    if "references" in given:
        given["references"] = [customer.pictures[path.name] for path in given["references"]]
    files = {**customer.pictures, "model": customer.model_file}
    assert refuse(TRIPO_V3, kind, given) is None
    ours = requests_during(
        service, lambda: tripo.look_up([we_make(tripo, {"kind": kind.value, **given})])
    )
    theirs = requests_during(service, lambda: sdk(service, lambda client: call(client, given)))
    assert [plain(service, each, files) for each in ours[:-1]] == [
        plain(service, each, files) for each in theirs
    ]
    assert service.ledger.tasks[-1].ignored == ()


# Every other method that requests a task, and why its body is not compared.
NOT_COMPARED = {
    "create_task": "sends whatever it is given",
    "generate_image": "image_to_image by its older name",
    "generate_multiview_image": "image_to_multiview by its older name",
    "edit_multiview_image": "edit_multiview by its older name",
    "check_riggable": "rig_check by its older name",
    "rig_model": "rig by its older name; it sends the version v1.0 where none is named",
    "retarget_animation": "retarget by its older name; it leaves out export_with_geometry, which "
    "we always say, because the sources give it two defaults",
    "mesh_segment": "mesh_segmentation by its newer name, compared with a reference image",
    "mesh_completion": "mesh_complete by its older name; it names the only version there is, which "
    "we leave out",
    "smart_lowpoly": "mesh_decimate by its older name",
    "image_to_splat": "makes what Blender cannot read",
    "image_to_depth": "makes no model and no picture to model from",
    "refine_model": "retired: it raises and sends nothing",
    "stylize_model": "retired: it raises and sends nothing",
}
NO_TASKS = {
    "close",
    "download_file",
    "download_rendered_image",
    "download_task_models",
    "get_balance",
    "get_task",
    "get_tasks",
    "get_usage",
    "list_tasks",
    "presign_upload",
    "upload_file",
    "wait_for_task",
}


def test_every_sdk_method_is_compared_or_excluded_with_a_reason() -> None:
    methods = {
        name
        for name, method in inspect.getmembers(tripo3d.TripoClient, inspect.iscoroutinefunction)
        if not name.startswith("_")
    }
    compared = {name for name, _ in METHODS.values()}
    assert methods == compared | set(NOT_COMPARED) | NO_TASKS
    assert not compared & set(NOT_COMPARED)
    assert set(METHODS) | WITHOUT_METHOD == set(TRIPO_V3.offers)


def test_each_request_has_its_own_trace_id_here_and_in_the_sdk(
    service: StandIn, tripo: TripoV3
) -> None:
    ours = requests_during(service, lambda: (tripo.balance(), tripo.balance()))
    theirs = requests_during(service, lambda: sdk(service, lambda client: client.get_balance()))
    traces = [uuid.UUID(each.headers["x-tripo-trace-id"]) for each in (*ours, *theirs)]
    assert len(set(traces)) == 3


def test_balance_and_poll_requests_equal_the_sdks(service: StandIn, tripo: TripoV3) -> None:
    task_id = tripo.submit(TextToModel(model=MODEL, prompt="a chest"), ())
    ours = requests_during(service, lambda: (tripo.balance(), tripo.look_up([task_id, "none"])))
    theirs = requests_during(
        service,
        lambda: (
            sdk(service, lambda client: client.get_balance()),
            sdk(service, lambda client: client.list_tasks([task_id, "none"])),
        ),
    )
    assert [plain(service, each, {}) for each in ours] == [
        plain(service, each, {}) for each in theirs
    ]


def test_sdk_reads_the_same_from_an_answer(service: StandIn, tripo: TripoV3) -> None:
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
