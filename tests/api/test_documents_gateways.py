"""The examples of 3D AI Studio's and Pixazo's documents."""

from dataclasses import replace
from typing import Any

import pytest

from tests.standin.service import DEFAULT_KEY, StandIn
from tripo_addon.api.catalog.pixazo import PIXAZO
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.catalog.studio import STUDIO
from tripo_addon.api.errors import Kind, Rejected
from tripo_addon.api.replies import Output, Status, Task, web_picture
from tripo_addon.api.tasks import ImageToModel, MultiviewToModel, TextToModel

from .customer import Customer
from .documents import BEARER, Example, answered, assert_sent, last

TRIPO = "/v1/3d-models/tripo"
REFERENCE = "https://example.com/reference.png"
SIDES = tuple(f"https://example.com/{side}.png" for side in ("front", "side", "back"))
SWORD = TextToModel(prompt="a medieval sword with ornate handle")
CREATED_AT = "2026-03-26T12:00:00Z"
SWORD_ID = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
SWORD_EXAMPLE = Example(
    where="3D AI Studio, text to 3D",
    request=SWORD,
    path=f"{TRIPO}/text-to-3d/",
    body={
        "prompt": "a medieval sword with ornate handle",
        "texture": True,
        "pbr": True,
        "texture_quality": "standard",
    },
    answer={"task_id": SWORD_ID, "created_at": CREATED_AT},
    task_id=SWORD_ID,
)
STUDIO_EXAMPLES = [
    SWORD_EXAMPLE,
    replace(
        SWORD_EXAMPLE,
        where="3D AI Studio, model versions, 3.0 by name",
        request=SWORD.model_copy(update={"model": "3.0"}),
    ),
    replace(
        SWORD_EXAMPLE,
        where="3D AI Studio, model versions, 3.1",
        request=SWORD.model_copy(update={"model": "3.1"}),
        path=f"{TRIPO}/text-to-3d/3.1/",
    ),
    Example(
        where="3D AI Studio, image to 3D",
        request=ImageToModel(image=REFERENCE),
        files=(web_picture(REFERENCE),),
        path=f"{TRIPO}/image-to-3d/",
        body={
            "image_url": "https://example.com/reference.png",
            "texture": True,
            "pbr": True,
            "texture_alignment": "original_image",
        },
        answer={
            "task_id": "b2c3d4e5-f6a7-8901-bcde-f12345678901",
            "created_at": CREATED_AT,
        },
        task_id="b2c3d4e5-f6a7-8901-bcde-f12345678901",
    ),
    Example(
        where="3D AI Studio, multiview to 3D",
        request=MultiviewToModel(front=SIDES[0], left=SIDES[1], back=SIDES[2]),
        files=tuple(map(web_picture, SIDES)),
        path=f"{TRIPO}/multiview-to-3d/",
        body={
            "images": [
                {"image_url": "https://example.com/front.png"},
                {"image_url": "https://example.com/side.png"},
                {"image_url": "https://example.com/back.png"},
            ],
            "texture": True,
            "texture_alignment": "original_image",
        },
        answer={
            "task_id": "c3d4e5f6-a7b8-9012-cdef-123456789012",
            "created_at": CREATED_AT,
        },
        task_id="c3d4e5f6-a7b8-9012-cdef-123456789012",
    ),
]
PICTURE = "https://api-assets.pixazo.ai/media/tripo3d.png"
REQUEST_ID = "tripo3d-v2-5-413_019dxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
STATUS = f"/v2/requests/status/{REQUEST_ID}"
PIXAZO_EXAMPLE = Example(
    where="Pixazo, generate request",
    request=ImageToModel(image=PICTURE),
    files=(web_picture(PICTURE),),
    path="/tripo3d-v2-5-413/v1/tripo3d-v2-5-request",
    body={
        "texture": "standard",
        "texture_alignment": "original_image",
        "orientation": "default",
        "image_url": "https://api-assets.pixazo.ai/media/tripo3d.png",
    },
    headers={
        "content-type": "application/json",
        "cache-control": "no-cache",
        "ocp-apim-subscription-key": DEFAULT_KEY,
    },
    status=202,
    answer={
        "request_id": REQUEST_ID,
        "status": "QUEUED",
        "polling_url": f"https://gateway.pixazo.ai{STATUS}",
    },
    task_id=REQUEST_ID,
)
EXAMPLES = [*((STUDIO, each) for each in STUDIO_EXAMPLES), (PIXAZO, PIXAZO_EXAMPLE)]


@pytest.mark.parametrize(
    ("row", "example"), EXAMPLES, ids=[example.where for _, example in EXAMPLES]
)
def test_documented_request_is_sent_as_printed_and_its_answer_read(
    service: StandIn, customer: Customer, row: Service, example: Example
) -> None:
    answered(service, example.path, example.answer, status=example.status)
    assert customer.dialect(row).submit(example.request, example.files) == example.task_id
    assert_sent(service, example)


def test_key_of_one_service_is_in_no_header_of_another(
    service: StandIn, customer: Customer
) -> None:
    for row, example in EXAMPLES:
        answered(service, example.path, example.answer, status=example.status)
        customer.dialect(row).submit(example.request, example.files)
        holders = [name for name, text in last(service).headers.items() if DEFAULT_KEY in text]
        assert holders == [next(iter(set(example.headers) & {"authorization", KEY_HEADER}))]


KEY_HEADER = "ocp-apim-subscription-key"


def test_documented_studio_status_is_read(service: StandIn, customer: Customer) -> None:
    answer = {
        "status": "FINISHED",
        "progress": 100,
        "failure_reason": None,
        "results": [
            {
                "asset": "https://storage.3daistudio.com/assets/abc123.glb",
                "asset_type": "3D_MODEL",
                "metadata": None,
            }
        ],
    }
    path = f"/v1/generation-request/{SWORD_ID}/status/"
    answered(service, path, answer)
    assert customer.dialect(STUDIO).look_up([SWORD_ID]) == {
        SWORD_ID: Task(
            id=SWORD_ID,
            status=Status.SUCCESS,
            progress=100,
            output=Output(models=("https://storage.3daistudio.com/assets/abc123.glb",)),
        )
    }
    assert (last(service).method, last(service).path) == ("GET", path)
    assert last(service).headers["authorization"] == BEARER["authorization"]


@pytest.mark.parametrize("path", ["/account/user/wallet/", "/user/wallet/"])
def test_studio_wallet_is_read_in_both_documented_forms(
    service: StandIn, customer: Customer, path: str
) -> None:
    if path != "/account/user/wallet/":
        answered(service, "/account/", {"detail": "Not found."}, status=404)
    answered(service, path, {"balance": "150.00"})
    assert customer.dialect(STUDIO).balance().available == 150.0
    assert last(service).path == path


MEDIA = "https://pub-582b7213209642b9b995c96c95a30381.r2.dev/v1"
# The document's examples of a finished request, of one reported by a webhook, and of a failed one.
STATUSES: list[tuple[str, dict[str, Any], Task]] = [
    (
        "completed",
        {
            "request_id": REQUEST_ID,
            "status": "COMPLETED",
            "model_id": "tripo3d-v2-5-413",
            "error": None,
            "output": {
                "media_url": [f"{MEDIA}/tripo3d-v2-5-413_019dxxxx-xxxx/output.ext"],
                "media_type": "application/octet-stream",
            },
            "created_at": "2026-03-31T10:00:00.000Z",
            "updated_at": "2026-03-31T10:00:15.000Z",
            "completed_at": "2026-03-31T10:00:15.000Z",
        },
        Task(
            id=REQUEST_ID,
            status=Status.SUCCESS,
            output=Output(models=(f"{MEDIA}/tripo3d-v2-5-413_019dxxxx-xxxx/output.ext",)),
        ),
    ),
    (
        "callback",
        {
            "request_id": REQUEST_ID,
            "status": "COMPLETED",
            "model_id": "tripo3d-v2-5-413",
            "error": None,
            "output": {
                "media_url": [f"{MEDIA}/{REQUEST_ID}/output.glb"],
                "media_type": "model/glb",
            },
            "created_at": "2026-05-22T13:17:32.110Z",
            "updated_at": "2026-05-22 13:19:23",
            "completed_at": "2026-05-22 13:19:23",
        },
        Task(
            id=REQUEST_ID,
            status=Status.SUCCESS,
            output=Output(models=(f"{MEDIA}/{REQUEST_ID}/output.glb",)),
        ),
    ),
    (
        "failure",
        {
            "request_id": REQUEST_ID,
            "status": "ERROR",
            "model_id": "tripo3d-v2-5-413",
            "error": "Description of the error",
            "output": None,
            "created_at": "...",
            "updated_at": "...",
            "completed_at": "...",
        },
        Task(
            id=REQUEST_ID,
            status=Status.FAILED,
            error_message="Description of the error",
        ),
    ),
    (
        "error by status",
        {
            "request_id": REQUEST_ID,
            "status": "ERROR",
            "model_id": "tripo3d-v2-5-413",
            "error": "Description of the error",
            "output": None,
        },
        Task(
            id=REQUEST_ID,
            status=Status.FAILED,
            error_message="Description of the error",
        ),
    ),
]


@pytest.mark.parametrize(
    ("answer", "task"), [row[1:] for row in STATUSES], ids=[row[0] for row in STATUSES]
)
def test_documented_pixazo_status_is_read(
    service: StandIn, customer: Customer, answer: dict[str, Any], task: Task
) -> None:
    answered(service, STATUS, answer)
    assert customer.dialect(PIXAZO).look_up([REQUEST_ID]) == {REQUEST_ID: task}
    sent = last(service)
    assert (sent.method, sent.path) == ("GET", STATUS)
    assert sent.headers[KEY_HEADER] == DEFAULT_KEY
    assert "authorization" not in sent.headers


# The queue's errors that the document prints, with their HTTP statuses.
REFUSALS: list[tuple[int, dict[str, str], Kind]] = [
    (
        402,
        {
            "error": "Insufficient Balance",
            "message": "Your wallet does not have enough balance.",
        },
        Kind.CREDITS,
    ),
    (
        400,
        {
            "error": "Model not found",
            "message": "Model 'tripo3d-v2-5-413' not found or is disabled",
        },
        Kind.OFFER,
    ),
]


@pytest.mark.parametrize(("status", "answer", "kind"), REFUSALS, ids=["balance", "model"])
def test_documented_pixazo_errors_are_read(
    service: StandIn, customer: Customer, status: int, answer: dict[str, str], kind: Kind
) -> None:
    answered(service, PIXAZO_EXAMPLE.path, answer, status=status)
    dialect = customer.dialect(PIXAZO)
    with pytest.raises(Rejected) as refused:
        dialect.submit(PIXAZO_EXAMPLE.request, PIXAZO_EXAMPLE.files)
    trouble = refused.value.trouble
    assert (trouble.kind, trouble.code, trouble.message) == (
        kind,
        answer["error"],
        answer["message"],
    )
