"""The key, planted as a marker and searched for: it is only in its preference and in its own
header."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import bpy
import pytest

from tests.blender import addon
from tests.standin.faults import Fault
from tests.standin.ledger import Recorded
from tests.standin.service import StandIn
from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.blender import settings
from tripo_addon.blender.session import child_command, composition, diagnostics
from tripo_addon.blender.session.log import FILE_NAME
from tripo_addon.jobs.model.job import State

MARKER = addon.KEY
CREATE = "/v3/generation"


@pytest.fixture
def context(service: StandIn, tmp_path: Path) -> Iterator[bpy.types.Context]:
    with addon.enabled(service) as context:
        settings.preferences().download_folder = str(tmp_path / "models")
        yield context


def with_the_marker(folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [path for path in files if MARKER.encode() in path.read_bytes()]


def bodies_and_addresses(requests: tuple[Recorded, ...]) -> str:
    """Return all parts of the requests, except the headers of those to the service itself."""
    sent = [asdict(each) for each in requests]
    for each in sent:
        if each["role"] == "api":
            del each["headers"]["authorization"]
    return json.dumps(sent, default=str)


def jobs_in_every_state(context: bpy.types.Context, service: StandIn, folder: Path) -> None:
    """Run three kinds of generation, with answers that quote the key: as refusals and as invalid
    data."""
    forms = context.scene.tripo_addon
    forms.text.prompt = "a chest"
    bpy.ops.tripo_addon.generate_text()
    forms.image.path = str(addon.picture(folder / "chest.png"))
    bpy.ops.tripo_addon.generate_image()
    forms.multiview.front = forms.image.path
    forms.multiview.right = str(addon.picture(folder / "right.png", pixels=65))
    bpy.ops.tripo_addon.generate_multiview()
    quoted = {"code": 1002, "message": f"what is Bearer {MARKER}?", "suggestion": MARKER}
    for fault in (
        Fault(path=CREATE, status=401, body=quoted),
        Fault(path=CREATE, status=500, body=f"no such key: {MARKER}"),
        Fault(path=CREATE, status=200, body={"code": 0, "data": {"task_id": {"key": MARKER}}}),
        Fault(path="/results/", status=200, body="<html>no model</html>"),
    ):
        service.fault(fault)
        with pytest.raises(RuntimeError) as refused:
            bpy.ops.tripo_addon.generate_text(again=True)
        assert MARKER not in str(refused.value)
    service.fault(
        Fault(path="/v3/tasks", status=503, body=MARKER), Fault(path="/results/", cut="after")
    )
    bpy.ops.tripo_addon.generate_text(again=True)


def test_key_is_only_in_its_preference_and_header(
    context, service: StandIn, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd
) -> None:
    caplog.set_level(logging.DEBUG)
    jobs_in_every_state(context, service, tmp_path)
    assert len(composition.jobs()) == 8
    # This comes after everything that is still to be written.
    assert composition.timeline(composition.jobs()[0].id)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"), compress=False)
    for job in composition.jobs():
        assert MARKER not in repr(job)
        if job.trouble is not None:
            assert MARKER not in job.trouble.report()
    bpy.ops.tripo_addon.copy_diagnostics(with_prompts=True)
    assert MARKER not in diagnostics.report(with_prompts=True)
    assert MARKER not in repr(composition.WIRING)
    composition.stop()
    logging.getLogger("tripo_addon").warning("after the end: %s", "nothing is written any more")
    assert with_the_marker(settings.user_folder()) == []
    assert with_the_marker(tmp_path) == []
    assert (settings.user_folder() / FILE_NAME).exists()
    for name in ("model.blend", "order.json", "convert.log"):
        assert list((tmp_path / "models").rglob(name))
    assert MARKER not in caplog.text
    printed = capfd.readouterr()
    assert MARKER not in printed.out + printed.err


def test_key_is_sent_only_to_the_service_in_its_header(
    context, service: StandIn, tmp_path: Path
) -> None:
    jobs_in_every_state(context, service, tmp_path)
    requests = service.ledger.requests
    assert {each.role for each in requests} == {"api", "artifacts"}
    own = [each for each in requests if each.role == "api"]
    assert {each.headers["authorization"] for each in own} == {f"Bearer {MARKER}"}
    assert MARKER not in bodies_and_addresses(requests)


def test_log_redacts_a_logged_key(context) -> None:
    composition.engine()
    logging.getLogger("tripo_addon.jobs.engine.engine").error("the key is %s", MARKER)
    settings.preferences().api_key = "tsk_another_marker"
    logging.getLogger("tripo_addon.jobs.engine.engine").error("%s and tsk_another_marker", MARKER)
    text = (settings.user_folder() / FILE_NAME).read_text(encoding="utf-8")
    assert "the key is [key]" in text
    assert "marker" not in text


@pytest.mark.parametrize("row", [*SERVICES.values()][1:], ids=lambda row: row.id)
def test_keys_of_all_other_services_are_protected(
    service: StandIn, tmp_path: Path, row: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    suffix = row.id.replace("-", "_")
    key = MARKER if MARKER.startswith(row.key_prefix) else f"{row.key_prefix}{MARKER}"
    refusals: list[tuple[int, object]] = [
        (401, {"code": 1002, "error": key, "message": f"what is {key}?"}),
        (500, f"no such key: {key}"),
        (200, {"code": 0, "data": {"task_id": {"key": key}}, "request_id": [key]}),
    ]
    if row.repeat_seconds:
        # That service is asked again after any answer but a refusal, with long waits.
        del refusals[1:]
    with addon.enabled(service, key="tsk_of_another_service") as context:
        preferences = settings.preferences()
        preferences.service = row.id
        setattr(preferences, f"api_key_{suffix}", key)
        setattr(preferences, f"base_url_{suffix}", service.base_url)
        form = context.scene.tripo_addon.image
        form.path = "https://pictures.example/chest.png"
        for status, body in refusals:
            service.fault(Fault(method="POST", status=status, body=body))
            with pytest.raises(RuntimeError) as refused:
                bpy.ops.tripo_addon.generate_image(again=True)
            assert MARKER not in str(refused.value)
            assert MARKER not in repr(composition.jobs()[0])
            assert MARKER not in composition.jobs()[0].trouble.report()
        assert composition.timeline(composition.jobs()[0].id)
        assert MARKER not in diagnostics.report(with_prompts=True)
        composition.stop()
        assert with_the_marker(settings.user_folder()) == []
    for each in service.ledger.requests:
        holders = [name for name, text in each.headers.items() if MARKER in text]
        assert len(holders) == 1
        assert MARKER not in f"{each.path}{each.query}{each.body}"
    assert len(service.ledger.requests) >= len(refusals)
    assert MARKER not in caplog.text


PRINT_ENVIRONMENT = """
import json, os, pathlib, sys
pathlib.Path(sys.argv[1]).write_text(json.dumps(dict(os.environ)))
os.execv(sys.argv[2], sys.argv[2:])
"""


@pytest.mark.parametrize("name", ["TRIPO_API_KEY", "HARMLESS", "RENDER_FARM_ARGS"])
def test_child_environment_has_no_variable_with_the_key(
    context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, MARKER if name == "TRIPO_API_KEY" else f"--key={MARKER} --quiet")
    monkeypatch.setenv("PLAIN", "stays")
    file = tmp_path / "environment.json"
    command = (sys.executable, "-c", PRINT_ENVIRONMENT, str(file), *child_command.child_command())
    monkeypatch.setattr(child_command, "child_command", lambda *_, **__: command)
    context.scene.tripo_addon.text.prompt = "a chest"
    bpy.ops.tripo_addon.generate_text()
    environment = json.loads(file.read_text(encoding="utf-8"))
    assert environment["PLAIN"] == "stays"
    assert name not in environment
    assert MARKER not in json.dumps(environment)


def test_job_list_of_a_running_job_has_no_key(context, service: StandIn) -> None:
    service.fault(Fault(path="/v3/tasks", status=503, times=3))
    context.scene.tripo_addon.text.prompt = "a chest"
    bpy.ops.tripo_addon.generate_text()
    assert composition.jobs()[0].state is State.DONE
    assert composition.timeline(composition.jobs()[0].id)
    assert with_the_marker(settings.user_folder()) == []
