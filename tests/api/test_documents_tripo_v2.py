"""The examples of Tripo's quick start and generation reference, printed for API v2."""

from pathlib import Path

import pytest

from tests.standin.service import StandIn
from tripo_addon.api.catalog.tripo_v2 import TRIPO_V2
from tripo_addon.api.errors import Kind, Rejected, Transient
from tripo_addon.api.replies import FileRef, Output, Status, Task
from tripo_addon.api.services.tripo_errors import ERRORS as TRIPO_TABLE
from tripo_addon.api.tasks import (
    EditImage,
    ImageToModel,
    MultiviewToModel,
    RefineModel,
    TextToImage,
    TextToModel,
)

from .customer import Customer
from .documents import Example, answered, assert_sent, last
from .outcomes import fault_in

TASK = "/v2/openapi/task"
ID = "1ec04ced-4b87-44f6-a296-beee80777941"
CREATED = {"code": 0, "data": {"task_id": ID}}
REFINED = "e3046989-e69d-4e0d-b192-7573227e3ce5"
JPG = FileRef(format="jpg", token="***")
ADDRESS = FileRef(format="jpeg", address="***")

EXAMPLES = [
    Example(
        where="quick start, first task",
        request=TextToModel(prompt="A dachshund standing on a stool."),
        path=TASK,
        body={"type": "text_to_model", "prompt": "A dachshund standing on a stool."},
        answer=CREATED,
        task_id=ID,
    ),
    Example(
        where="quick start, image generation",
        request=EditImage(prompt="A dachshund standing on a stool."),
        path=TASK,
        body={"type": "generate_image", "prompt": "A dachshund standing on a stool."},
        answer=CREATED,
        task_id=ID,
    ),
    Example(
        where="generation, image to model",
        request=ImageToModel(image=Path("image.jpg")),
        files=(JPG,),
        path=TASK,
        body={"type": "image_to_model", "file": {"type": "jpg", "file_token": "***"}},
        answer=CREATED,
        task_id=ID,
    ),
    Example(
        where="generation, text to image",
        request=TextToImage(prompt="a small cat"),
        path=TASK,
        body={"type": "text_to_image", "prompt": "a small cat"},
        answer=CREATED,
        task_id=ID,
    ),
    Example(
        where="generation, advanced generate image",
        request=EditImage(prompt="a small cat"),
        path=TASK,
        body={"type": "generate_image", "prompt": "a small cat"},
        answer=CREATED,
        task_id=ID,
    ),
    Example(
        where="generation, text to model",
        request=TextToModel(prompt="a small cat"),
        path=TASK,
        body={"type": "text_to_model", "prompt": "a small cat"},
        answer=CREATED,
        task_id=ID,
    ),
    Example(
        where="generation, multiview to model",
        request=MultiviewToModel(
            model="v2.5-20250123",
            front=Path("front.jpg"),
            back=Path("back.jpg"),
            right="https://example.com/right.jpeg",
        ),
        files=(JPG, JPG, ADDRESS),
        path=TASK,
        body={
            "type": "multiview_to_model",
            "files": [
                {"type": "jpg", "file_token": "***"},
                {},
                {"type": "jpg", "file_token": "***"},
                {"type": "jpeg", "url": "***"},
            ],
            "model_version": "v2.5-20250123",
        },
        answer=CREATED,
        task_id=ID,
    ),
    Example(
        where="generation, refine model",
        request=RefineModel(source_task=ID),
        path=TASK,
        body={"type": "refine_model", "draft_model_task_id": ID},
        answer={"code": 0, "data": {"task_id": REFINED}},
        task_id=REFINED,
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.where)
def test_documented_request_is_sent_as_printed_and_its_answer_read(
    service: StandIn, customer: Customer, example: Example
) -> None:
    answered(service, TASK, example.answer)
    dialect = customer.dialect(TRIPO_V2)
    assert dialect.submit(example.request, example.files) == example.task_id
    assert_sent(service, example)


def test_negative_prompt_is_sent_as_in_the_quick_start(
    service: StandIn, customer: Customer
) -> None:
    values = {
        "kind": "text_to_model",
        "prompt": "a small cat",
        "negative_prompt": "low quality, blurry",
    }
    booked = customer.ask(TRIPO_V2, values)
    assert booked.body == {
        "type": "text_to_model",
        "prompt": "a small cat",
        "negative_prompt": "low quality, blurry",
    }
    assert booked.model == "v2.5-20250123"


def test_task_is_polled_as_in_the_quick_start(service: StandIn, customer: Customer) -> None:
    """`GET /v2/openapi/task/{task_id}`, until the status is success; then `data.output`."""
    task_id = "07764597-9c93-4eb9-92b6-4ea96a8c7d1a"
    dialect = customer.dialect(TRIPO_V2)
    links = {"pbr_model": "https://x/pbr.glb", "rendered_image": "https://x/a.webp"}
    for data, expected in (
        ({"status": "queued"}, Task(id=task_id, status=Status.QUEUED)),
        (
            {"status": "running", "progress": 60},
            Task(id=task_id, status=Status.RUNNING, progress=60),
        ),
        (
            {"status": "success", "progress": 100, "output": links},
            Task(
                id=task_id,
                status=Status.SUCCESS,
                progress=100,
                output=Output(models=("https://x/pbr.glb",), preview="https://x/a.webp"),
            ),
        ),
    ):
        answered(service, f"{TASK}/", {"code": 0, "data": {"task_id": task_id, **data}})
        assert dialect.look_up([task_id]) == {task_id: expected}
        assert (last(service).method, last(service).path) == ("GET", f"{TASK}/{task_id}")
        assert last(service).headers["authorization"] == "Bearer tsk_standin"


# The error tables of the generation reference: HTTP status, code, and our kind of fault.
ERRORS = [
    (429, 2000, Kind.BUSY),
    (404, 2001, Kind.NOT_FOUND),
    (400, 2002, Kind.SETTING),
    (400, 2003, Kind.FILE),
    (400, 2004, Kind.FILE),
    (400, 2006, Kind.SOURCE),
    (400, 2007, Kind.SOURCE),
    (400, 2008, Kind.CONTENT),
    (403, 2010, Kind.CREDITS),
    (500, 2014, Kind.SERVICE),
    (400, 2015, Kind.VERSION),
    (400, 2017, Kind.VERSION),
    (400, 2018, Kind.TOO_COMPLEX),
    (404, 2019, Kind.FILE),
]


@pytest.mark.parametrize(("status", "code", "kind"), ERRORS, ids=[str(row[1]) for row in ERRORS])
def test_documented_error_is_read_and_leaves_no_unknown_outcome(
    service: StandIn, customer: Customer, status: int, code: int, kind: Kind
) -> None:
    body = {"code": code, "message": "the message", "suggestion": "the suggestion"}
    answered(service, TASK, body, status=status)
    request = TextToModel(prompt="a small cat")
    fault = fault_in(lambda: customer.dialect(TRIPO_V2).submit(request, ()))
    assert type(fault) is (Transient if kind is Kind.BUSY else Rejected)
    trouble = fault.trouble
    assert (trouble.kind, trouble.code, TRIPO_TABLE.codes[code].kind) == (kind, code, kind)
    assert (trouble.message, trouble.suggestion) == ("the message", "the suggestion")
