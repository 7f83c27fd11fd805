"""`blender --command tripo`: what it sends, prints and exits with, in child processes."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.blender.addon import model_file, picture
from tests.blender.command_child import KEY, CommandLine
from tests.blender.command_kills import expire_leases
from tests.standin.service import StandIn

ORDERS = "/v3/generation"


def test_text_command_writes_a_file_and_pays_once(tripo: CommandLine, service: StandIn) -> None:
    ended = tripo.run("generate", "--text", "a chest", "--folder", "out", "--yes", "--json")
    (job,) = ended.document
    assert (job["state"], job["name"]) == ("done", "A chest")
    assert Path(job["files"][0]).parent == tripo.home / "out"
    assert Path(job["files"][0]).is_file()
    assert len(service.ledger.tasks) == 1
    assert KEY not in ended.output + ended.errors


def test_plan_matches_the_request_that_is_sent(tripo: CommandLine, service: StandIn) -> None:
    chosen = ("--text", "a chest with ümlauts", "--face-limit", "5000", "--no-pbr")
    planned = tripo.run("plan", *chosen, "--json").document
    assert service.ledger.requests == ()
    tripo.run("generate", *chosen, "--yes")
    (sent,) = service.ledger.sent("POST", ORDERS)
    assert planned["url"] == service.base_url + sent.path
    assert planned["body"].encode() == sent.content
    assert service.ledger.tasks[0].credits == planned["price"]


def test_planned_image_is_sent_with_its_upload_token(tripo: CommandLine, service: StandIn) -> None:
    image = picture(tripo.home / "chest.png", pixels=300)
    planned = tripo.run("plan", "--image", "chest.png", "--json").document
    assert planned["uploads"] == [str(image)]
    tripo.run("generate", "--image", "chest.png", "--yes")
    (sent,) = service.ledger.sent("POST", ORDERS)
    (upload,) = service.ledger.uploads
    assert planned["body"].replace("<chest.png>", upload.token).encode() == sent.content


def test_object_work_is_planned_step_by_step_as_sent(tripo: CommandLine, service: StandIn) -> None:
    tripo.run("generate", "--text", "a chest", "--out", "chest.glb", "--yes")
    before = len(service.ledger.requests)
    work = ("texture", "chest.glb", "--prompt", "weathered oak", "--out", "oak.glb")
    imported, textured = (
        CommandLine(tripo.home, tripo.address, online=False).run(*work, "--plan", "--json").document
    )
    assert len(service.ledger.requests) == before
    tripo.run(*work, "--yes")
    first, second = (
        sent
        for sent in service.ledger.requests[before:]
        if service.base_url + sent.path in {imported["url"], textured["url"]}
    )
    token, task = service.ledger.uploads[-1].token, service.ledger.tasks[-2].id
    assert imported["body"].replace("<model.glb>", token).encode() == first.content
    assert textured["body"].replace("previous-step", task).encode() == second.content
    prices = [task.credits for task in service.ledger.tasks[-2:]]
    assert prices == [imported["price"], textured["price"]]


def test_killed_command_resumes_and_pays_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with StandIn(seconds=3, keys=(KEY,), model=model_file(tmp_path)) as service:
        tripo = CommandLine(home, service.base_url)
        made = ("generate", "--text", "a chest", "--out", "chest.glb", "--yes")
        work = ("texture", "chest.glb", "--prompt", "oak", "--out", "oak.glb", "--yes")
        for count, command, file in ((1, made, "chest.glb"), (3, work, "oak.glb")):
            process = tripo.start(*command)
            _until(lambda: len(service.ledger.tasks) == count)  # noqa: B023
            time.sleep(0.3)
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            if command == work:
                # The first has waited for the lease itself.
                expire_leases(tripo)
            ended = tripo.run(*command)
            assert "not paid for again" in ended.errors
            assert (home / file).stat().st_size > 1000
            assert len(service.ledger.tasks) == count
        # Finished: the same command is a new request.
        tripo.run(*made)
        assert len(service.ledger.tasks) == 4


def _until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_nothing_is_sent_without_yes(tripo: CommandLine, service: StandIn) -> None:
    ended = tripo.run("generate", "--text", "a chest", code=4)
    assert "Price: " in ended.errors
    assert "--yes" in ended.errors
    assert ended.output == ""
    assert service.ledger.sent("POST", ORDERS) == ()


def test_refusals_match_the_panel(tripo: CommandLine, service: StandIn) -> None:
    ended = tripo.run("generate", "--text", " ", "--yes", code=3)
    assert ended.errors == "tripo: Enter a prompt\n"
    refusal = tripo.run("generate", "--text", " ", "--yes", "--json", code=3).document
    assert (refusal["error"], refusal["field"]) == ("Enter a prompt", "prompt")


def test_wrong_option_prints_usage(tripo: CommandLine) -> None:
    ended = tripo.run("generate", "--color", "red", code=2)
    assert "usage: blender --command tripo generate" in ended.errors


def test_offline_error_explains_the_solution(tripo: CommandLine, service: StandIn) -> None:
    offline = CommandLine(tripo.home, tripo.address, online=False)
    ended = offline.run("balance", code=6)
    assert "--online-mode" in ended.errors
    assert offline.run("plan", "--text", "a chest", "--json").document["price"] > 0
    assert service.ledger.requests == ()


def test_balance_command_prints_the_balance(tripo: CommandLine, service: StandIn) -> None:
    balance = tripo.run("balance", "--json").document
    assert balance["available"] == service.ledger.account(KEY).balance


def test_doctor_checks_everything_and_hides_the_key(tripo: CommandLine) -> None:
    ended = tripo.run("doctor", "--json")
    found = {each["check"]: each for each in ended.document}
    assert all(each["ok"] for each in ended.document), ended.output
    assert "pydantic " in found["Packages"]["found"]
    assert found["Key"]["found"] == "from TRIPO_API_KEY"
    assert KEY not in ended.output + ended.errors


def test_doctor_reports_what_is_missing(tripo: CommandLine) -> None:
    keyless = CommandLine(tripo.home, tripo.address, key="")
    ended = keyless.run("doctor", code=6)
    assert "Set TRIPO_API_KEY" in ended.output


def test_jobs_and_history_list_all_jobs(tripo: CommandLine) -> None:
    assert json.loads(tripo.run("jobs", "--json").output) == []
    tripo.run("generate", "--text", "a chest", "--yes")
    assert tripo.run("jobs", "--json").document == []
    (job,) = tripo.run("history", "--json").document
    assert (job["state"], job["charged"]) == ("done", job["price"])


def test_jobs_and_files_can_be_processed_and_exported(tripo: CommandLine, service: StandIn) -> None:
    made = tripo.run("generate", "--text", "a chest", "--out", "chest.glb", "--yes", "--json")
    assert Path(made.document[0]["exported"]).stat().st_size > 1000
    oak = ("--prompt", "weathered oak", "--yes", "--json")
    (job,) = tripo.run("texture", "A chest", "--out", "oak.glb", *oak).document
    assert job["exported"] == str(tripo.home / "oak.glb")
    assert (tripo.home / "oak.glb").stat().st_size > 1000
    assert service.ledger.tasks[-1].body["input"] == made.document[0]["task"]
    (job,) = tripo.run("texture", "chest.glb", "--out", "oak.blend", *oak).document
    assert (tripo.home / "oak.blend").stat().st_size > 1000
    kinds = [task.kind for task in service.ledger.tasks]
    assert kinds == ["text_to_model", "texture_model", "import_model", "texture_model"]
    again = tripo.run("export", job["id"], "--out", "again.obj", "--json").document
    assert (tripo.home / "again.obj").is_file()
    assert again[0]["state"] == "done"
    assert len(service.ledger.tasks) == len(kinds)


def test_unsupported_export_extension_is_refused_first(
    tripo: CommandLine, service: StandIn
) -> None:
    ended = tripo.run("generate", "--text", "a chest", "--out", "chest.max", "--yes", code=3)
    assert "chest.max: the ending must be one of glb, fbx, obj" in ended.errors
    assert service.ledger.requests == ()


@pytest.mark.parametrize("command", ["refine", "name-parts", "rig", "batch"])
def test_every_command_has_help(tripo: CommandLine, command: str) -> None:
    ended = tripo.run(command, "--help")
    assert ended.output.startswith(f"usage: blender --command tripo {command}")
    assert ended.errors == ""
