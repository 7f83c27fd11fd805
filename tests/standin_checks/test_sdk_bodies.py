"""The recorded bodies of both SDKs: every public method is there, and sends what is documented."""

import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
import tripo3d

from tests.standin.messages import mapping
from tests.standin.service import StandIn
from tests.standin.tripo_v2.table import endpoints
from tests.standin.tripo_v3.table import ENDPOINTS

from .sdk_bodies import SentBody, v2_bodies, v2_requests, v3_bodies, v3_requests
from .sdks import OldSdk

# They wait, fetch or close, and so send nothing that the others do not; or are retired.
SILENT = {
    "close",
    "wait_for_task",
    "download_file",
    "download_task_models",
    "download_rendered_image",
    "get_tasks",
}
RETIRED = {"refine_model", "stylize_model"}
LOCATION = {"input", "inputs", "file", "files", "prompts"}


@pytest.fixture
def service(tiny_model: Path) -> Iterator[StandIn]:
    with StandIn(seconds=0, model=tiny_model, balance=100_000) as running:
        yield running


def test_every_method_of_the_newer_sdk_is_among_the_requests() -> None:
    methods = {
        name
        for name, member in vars(tripo3d.TripoClient).items()
        if inspect.iscoroutinefunction(member) and not name.startswith("_")
    }
    sent = {name.partition(".")[0] for name in v3_requests(_names())}
    assert sent == methods - SILENT - RETIRED


def test_every_parameter_of_a_method_is_sent() -> None:
    requests = v3_requests(_names())
    for name in {name.partition(".")[0] for name in requests}:
        known = inspect.signature(getattr(tripo3d.TripoClient, name)).parameters
        sent = {
            key
            for title, given in requests.items()
            if title.partition(".")[0] == name
            for key in given
        }
        named = {key for key, each in known.items() if each.kind is not each.VAR_KEYWORD}
        assert named - {"self", "use_v3"} <= sent | LOCATION | {"animations"}, name


def test_newer_sdk_reaches_every_route(service: StandIn, tmp_path: Path) -> None:
    sent = v3_bodies(service, tmp_path)
    # The newest SDK has no method for named parts.
    assert {each.where for each in sent} >= set(ENDPOINTS) - {"/v3/mesh/smartsegment"}
    bodies = _by_name(sent)
    assert bodies["image_to_model"] == {
        "input": "<front.png>",
        "model": "v3.1-20260211",
        "face_limit": 5000,
        "texture": False,
        "pbr": False,
        "model_seed": 1,
        "texture_seed": 2,
        "texture_quality": "detailed",
        "geometry_quality": "detailed",
        "texture_alignment": "geometry",
        "auto_size": True,
        "orientation": "align_image",
        "quad": True,
        "compress": "geometry",
        "generate_parts": True,
        "smart_low_poly": True,
        "enable_image_autofix": True,
        "export_uv": False,
    }
    assert bodies["multiview_to_model.gap"]["inputs"] == ["<front.png>", None, "<back.png>", None]
    assert bodies["texture_model.image"]["texture_prompt"] == {
        "image": "<front.png>",
        "style_image": "<style.png>",
    }


def test_older_sdk_reaches_every_type(service: StandIn, tmp_path: Path) -> None:
    sent = v2_bodies(service, tmp_path)
    assert {each.where for each in sent} >= set(endpoints(old_versions=False)) - {
        # A mesh uses only signed storage; see the test with TLS.
        "import_model"
    }
    bodies = _by_name(sent)
    file = {"type": "jpg", "file_token": "<front.png>"}
    assert bodies["image_to_model"]["file"] == file
    assert bodies["image_to_model"]["model_version"] == "v3.1-20260211"
    assert bodies["multiview_to_model.gap"]["files"] == [
        file,
        {},
        {"type": "jpg", "file_token": "<back.png>"},
        {},
    ]
    assert mapping(bodies["texture_model.image"]["texture_prompt"]) == {
        "image": file,
        "style_image": {"type": "jpg", "file_token": "<style.png>"},
    }


def test_every_method_of_the_older_sdk_is_among_the_requests(service: StandIn) -> None:
    with OldSdk(service) as sdk:
        methods = set(sdk.methods())
    sent = {name.partition(".")[0] for name in v2_requests(_names())}
    assert sent == methods - SILENT


def _names() -> dict[str, str]:
    names = ("front", "left", "back", "right", "style", "model")
    return {name: f"{name}.png" for name in names}


def _by_name(sent: tuple[SentBody, ...]) -> dict[str, dict[str, object]]:
    return {each.name: each.body or {} for each in sent}
