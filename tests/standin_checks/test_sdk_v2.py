"""Every method of Tripo's own SDK 0.4.2, unchanged, against the stand-in's v2."""

import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import trustme

from tests.standin.messages import mapping
from tests.standin.service import StandIn
from tests.standin.signatures import REGION

from .conftest import scene_of
from .glb import read, rows
from .sdks import OldSdk, Refusal, TlsFront

OLD = "v1.4-20240625"


@pytest.fixture(scope="module")
def sdk(forging: StandIn) -> Iterator[OldSdk]:
    with OldSdk(forging) as child:
        yield child


@pytest.fixture(scope="module")
def bench(sdk: OldSdk) -> str:
    """A finished model to start from."""
    return str(sdk.made("text_to_model", prompt="a red bench")["task_id"])


def output(task: Mapping[str, object]) -> dict[str, object]:
    found = mapping(task["output"]) or {}
    return {name: value for name, value in found.items() if value is not None}


def files(sdk: OldSdk, task: Mapping[str, object], folder: Path) -> dict[str, bytes]:
    """Return what the SDK downloads for a task, by its own names."""
    given = sdk.call("download_task_models", task_of=task["task_id"], output_dir=str(folder))
    paths = mapping(given) or {}
    assert None not in paths.values()
    return {name: Path(str(path)).read_bytes() for name, path in paths.items()}


def test_text_becomes_a_model_with_and_without_texture(sdk: OldSdk, tmp_path: Path) -> None:
    task = sdk.made("text_to_model", prompt="a red chair", negative_prompt="rust")
    assert (task["type"], task["progress"], task["queuing_num"]) == ("text_to_model", 100, -1)
    assert task["running_left_time"] == -1
    assert isinstance(task["create_time"], int)
    found = files(sdk, task, tmp_path)
    assert set(found) == {"base_model", "pbr_model", "rendered_image"}
    assert read(found["pbr_model"]).base is not None
    assert read(found["base_model"]).base is None


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"texture": False, "pbr": False}, {"base_model", "rendered_image"}),
        ({"pbr": False}, {"base_model", "model", "rendered_image"}),
        ({}, {"base_model", "pbr_model", "rendered_image"}),
    ],
    ids=str,
)
def test_key_names_the_kind_of_model(
    settings: dict[str, object], names: set[str], sdk: OldSdk
) -> None:
    assert set(output(sdk.made("text_to_model", prompt="a vase", **settings))) == names


def test_pictures_become_models(sdk: OldSdk, tmp_path: Path, views: Mapping[str, Path]) -> None:
    one = sdk.made("image_to_model", image=str(views["front"]), quad=True)
    assert files(sdk, one, tmp_path)["pbr_model"].startswith(b"Kaydara FBX Binary")
    slots = [str(views["front"]), None, str(views["back"]), None]
    several = sdk.made("multiview_to_model", images=slots)
    assert read(files(sdk, several, tmp_path)["pbr_model"]).base is not None


def test_pictures_are_generated_turned_and_edited(
    sdk: OldSdk, tmp_path: Path, views: Mapping[str, Path]
) -> None:
    made = sdk.made("text_to_image", prompt="a small cat")
    assert files(sdk, made, tmp_path)["image"].startswith(b"\x89PNG")
    front = str(views["front"])
    sdk.made("generate_image", prompt="a small cat", files=[front, front], t_pose=True)
    turned = sdk.made("generate_multiview_image", image=front)
    assert len(files(sdk, turned, tmp_path)) == 4
    prompts = [{"view": "left", "prompt": "a door"}]
    edited = sdk.made("edit_multiview_image", original_task_id=turned["task_id"], prompts=prompts)
    assert len(files(sdk, edited, tmp_path)) == 4


def test_model_is_textured_converted_and_stylized(
    sdk: OldSdk, bench: str, tmp_path: Path, views: Mapping[str, Path]
) -> None:
    front = str(views["front"])
    for settings in ({"text_prompt": "gold", "style_image": front}, {"image_prompt": front}):
        skin = sdk.made("texture_model", original_model_task_id=bench, **settings)
        assert read(files(sdk, skin, tmp_path)["pbr_model"]).base is not None
    fbx = sdk.made("convert_model", original_model_task_id=bench, format="FBX", quad=True)
    assert files(sdk, fbx, tmp_path)["model"].startswith(b"Kaydara FBX Binary")
    for style in ("lego", "voxel", "voronoi", "minecraft"):
        task = sdk.made("stylize_model", original_model_task_id=bench, style=style)
        assert len(read(files(sdk, task, tmp_path)["model"]).corners) > 500


def test_model_is_rigged_animated_segmented_and_decimated(
    sdk: OldSdk, bench: str, tmp_path: Path
) -> None:
    check = output(sdk.made("check_riggable", original_model_task_id=bench))
    assert (check["riggable"], check["rig_type"]) == (True, "biped")
    rig = sdk.made("rig_model", original_model_task_id=bench)
    assert rows(scene_of(files(sdk, rig, tmp_path)["model"]), "skins")
    moved = sdk.made(
        "retarget_animation", original_model_task_id=rig["task_id"], animation="preset:walk"
    )
    assert rows(scene_of(files(sdk, moved, tmp_path)["model"]), "animations")
    cut = sdk.made("mesh_segmentation", original_model_task_id=bench)
    assert len(rows(scene_of(files(sdk, cut, tmp_path)["model"]), "nodes")) >= 2
    sdk.made("mesh_completion", original_model_task_id=cut["task_id"])
    thin = sdk.made("smart_lowpoly", original_model_task_id=bench, face_limit=600)
    assert len(read(files(sdk, thin, tmp_path)["model"]).corners) <= 600


def test_segmenting_with_the_newer_model_goes_through_v3(sdk: OldSdk, forging: StandIn) -> None:
    forged = sdk.call("text_to_model", prompt="a vase")
    sdk.call("get_task", task_id=forged)
    cut = sdk.call(
        "mesh_segmentation",
        original_model_task_id=forged,
        model_version="v2.0-20260430",
        segmentation_granularity="simple",
    )
    task = mapping(sdk.call("wait_for_task", task_id=cut, use_v3=True)) or {}
    assert task["status"] == "success"
    assert forging.ledger.requests[-1].path.startswith("/v3/tasks/")


def test_only_the_oldest_models_can_be_refined() -> None:
    with StandIn(seconds=0, old_versions=True) as service, OldSdk(service) as sdk:
        draft = sdk.made("text_to_model", prompt="a vase", model_version=OLD)
        refined = sdk.made("refine_model", draft_model_task_id=draft["task_id"])
        assert set(output(refined)) == {"pbr_model", "rendered_image"}
        newer = sdk.made("text_to_model", prompt="a vase")
        for source in (refined, newer):
            with pytest.raises(Refusal, match='"code": 2006'):
                sdk.call("refine_model", draft_model_task_id=source["task_id"])
        with pytest.raises(Refusal, match='"code": 2006'):
            sdk.call("texture_model", original_model_task_id=draft["task_id"], text_prompt="gold")


def test_wallet_has_whole_credits_and_wrong_key_is_reported(service: StandIn) -> None:
    with OldSdk(service) as sdk:
        sdk.made("text_to_model", prompt="a vase")
        assert sdk.call("get_balance") == {"balance": 980, "frozen": 0}
    with OldSdk(service, key="tsk_wrong") as stranger:
        with pytest.raises(Refusal, match='"code": 1002') as caught:
            stranger.call("get_balance")
        assert caught.value.status == 401


def test_preview_can_be_downloaded_alone(sdk: OldSdk, bench: str, tmp_path: Path) -> None:
    path = sdk.call("download_rendered_image", task_of=bench, output_dir=str(tmp_path))
    assert Path(str(path)).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("region", [REGION, ""])
def test_files_go_into_signed_storage_if_the_sdk_finds_boto3(
    region: str, tmp_path: Path, tiny_model: Path, views: Mapping[str, Path]
) -> None:
    """Without a region the SDK signs for another one, is told the right one, and signs again."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    environment = {
        "AWS_CA_BUNDLE": str(tmp_path / "authority.pem"),
        "AWS_MAX_ATTEMPTS": "1",
        "HOME": str(tmp_path),
    }
    if region:
        environment["AWS_DEFAULT_REGION"] = region
    with (
        TlsFront(context) as front,
        StandIn(seconds=0, model=tiny_model, storage=front.address) as service,
        OldSdk(service, boto3=True, environment=environment) as sdk,
    ):
        front.target = service.artifacts_url.partition("://")[2]
        task = sdk.made("import_model", file=str(tiny_model))
        file = mapping(mapping(task["input"])["file"]) or {}
        stored = mapping(file["object"]) or {}
        assert stored["bucket"] == "tripo-data"
        (upload,) = service.ledger.uploads
        assert (upload.token, upload.content) == (stored["key"], tiny_model.read_bytes())
        sdk.made("image_to_model", image=str(views["front"]))
        assert service.ledger.uploads[-1].content == views["front"].read_bytes()
        puts = [each for each in service.ledger.requests if each.method == "PUT"]
        assert len(puts) == (2 if region else 4)
        assert all(each.headers["authorization"].startswith("AWS4-HMAC-SHA256") for each in puts)
