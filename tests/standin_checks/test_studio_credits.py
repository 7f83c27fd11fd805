"""The price of 3D AI Studio's tasks: every example in its documents, and when it is charged."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.standin.faults import Fault
from tests.standin.service import StandIn
from tests.standin.terms import Terms

from .gateways import IMAGE, TEXT, TRIPO, VIEWS, StudioCaller, data_uri, picture

DETAILED = {"texture_quality": "detailed"}
ULTRA = {"geometry_quality": "detailed"}
PICTURE = {"image": data_uri()}
SEVERAL = {"images": [PICTURE] * 3}

# The ten configurations of the documents' table "Credit Examples", in its order.
DOCUMENTED: list[tuple[str, Mapping[str, object], int]] = [
    (TEXT, {"prompt": "a chair"}, 40),
    (IMAGE, PICTURE, 60),
    (TEXT, {"prompt": "a chair", **DETAILED, **ULTRA}, 100),
    (IMAGE, {**PICTURE, **DETAILED, **ULTRA}, 120),
    (TEXT, {"prompt": "a chair", "quad": True}, 50),
    (TEXT, {"prompt": "a chair", "smart_low_poly": True}, 60),
    (TEXT, {"prompt": "a chair", "texture": False}, 20),
    (IMAGE, {**PICTURE, "texture": False}, 40),
    (f"{TEXT}p1/", {"prompt": "a chair"}, 80),
    (f"{IMAGE}p1/", PICTURE, 100),
]
# Sums from the same tables that are not printed as examples.
DERIVED: list[tuple[str, Mapping[str, object], int]] = [
    (VIEWS, SEVERAL, 60),
    (IMAGE, {**PICTURE, "generate_parts": True, "texture": False, "pbr": False}, 80),
    (f"{VIEWS}p1/", {**SEVERAL, **DETAILED}, 120),
    (f"{TEXT}3.1/", {"prompt": "a chair", **DETAILED}, 60),
    (f"{TEXT}p1/", {"prompt": "a chair", "texture": False}, 60),
]
FORMS: list[tuple[str, dict[str, str], tuple[str, ...], int]] = [
    ("texture-model", {"prompt": "gold"}, (), 20),
    ("texture-model", {"prompt": "gold", "texture_quality": "detailed"}, (), 40),
    ("texture-model", {"texture_quality": "detailed"}, ("image", "style_image"), 50),
    (
        "texture-model",
        {"prompt": "gold", "style_image_url": "https://example.com/style.png"},
        (),
        30,
    ),
    ("convert-model", {"format": "OBJ"}, (), 10),
    ("convert-model", {"format": "FBX", "quad": "true"}, (), 20),
    ("convert-model", {"format": "FBX", "texture_size": "1024"}, (), 20),
    ("convert-model", {"format": "FBX", "texture_size": "4096", "bake": "true"}, (), 10),
    ("convert-model", {"format": "FBX", "quad": "true", "face_limit": "5000"}, (), 30),
    ("mesh-segmentation", {}, (), 80),
]


@pytest.fixture
def studio(service: StandIn) -> StudioCaller:
    return StudioCaller(service.base_url)


@pytest.mark.parametrize(("path", "body", "credits"), [*DOCUMENTED, *DERIVED], ids=lambda _: "")
def test_generation_costs_the_documented_price(
    path: str, body: Mapping[str, object], credits: int, studio: StudioCaller
) -> None:
    task_id = studio.create(path, body)
    assert studio.wallet() == f"{1000 - credits}.00"
    assert studio.look(task_id)["status"] == "FINISHED"
    assert studio.wallet() == f"{1000 - credits}.00"


@pytest.mark.parametrize(("name", "texts", "pictures", "credits"), FORMS, ids=str)
def test_processing_a_file_costs_the_documented_price(
    name: str,
    texts: dict[str, str],
    pictures: tuple[str, ...],
    credits: int,
    service: StandIn,
    studio: StudioCaller,
    tiny_model: Path,
) -> None:
    files = {each: (f"{each}.png", picture()) for each in pictures}
    files["model"] = ("tiny.glb", tiny_model.read_bytes())
    answer = studio.form(f"{TRIPO}{name}/", texts, **files)
    assert answer.status_code == 200, answer.text
    assert service.ledger.tasks[0].credits == credits


def test_credits_are_charged_when_a_task_is_created(tiny_model: Path) -> None:
    with StandIn(seconds=60, model=tiny_model) as service:
        studio = StudioCaller(service.base_url)
        studio.create(TEXT, {"prompt": "a chair"})
        assert studio.wallet() == "960.00"


def test_credits_are_refunded_when_a_task_fails(service: StandIn, studio: StudioCaller) -> None:
    service.fault(Fault(ending="failed", error_message="The model broke"))
    reply = studio.look(studio.create(TEXT, {"prompt": "a chair"}))
    assert (reply["status"], reply["failure_reason"]) == ("FAILED", "The model broke")
    assert studio.wallet() == "1000.00"


def test_task_without_enough_credits_is_refused(tiny_model: Path) -> None:
    with StandIn(seconds=60, model=tiny_model, studio=Terms(balance=79)) as service:
        studio = StudioCaller(service.base_url)
        studio.create(TEXT, {"prompt": "a chair"})
        answer = studio.post(TEXT, {"prompt": "a chair"})
        assert (answer.status_code, answer.json()["code"]) == (402, "INSUFFICIENT_CREDITS")
        assert studio.wallet() == "39.00"
        assert len(service.ledger.tasks) == 1
