"""The log in the user folder, and what is copied for a report: rotated, without keys, silent."""

from __future__ import annotations

import logging
import threading
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest

from tests.blender import addon
from tests.standin.faults import Fault
from tests.standin.service import StandIn
from tripo_addon.blender import settings
from tripo_addon.blender.session import composition, dependencies, diagnostics
from tripo_addon.blender.session.log import FILE_NAME, SessionLog, cleaned
from tripo_addon.blender.session.log_file import FILE_BYTES, OLDER_FILES

NAME = "diary_of_a_test"
SECRET = "a-key-that-nobody-guesses"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SessionLog]:
    log = SessionLog(tmp_path, NAME)
    log.redact([SECRET])
    yield log
    log.close()


@pytest.fixture
def context(service: StandIn) -> Iterator[bpy.types.Context]:
    with addon.enabled(service) as context:
        yield context


def written(folder: Path) -> str:
    return (folder / FILE_NAME).read_text(encoding="utf-8")


def handlers() -> list[logging.Handler]:
    return logging.getLogger("tripo_addon").handlers


def test_only_addon_loggers_are_written(log: SessionLog, tmp_path: Path) -> None:
    assert not (tmp_path / FILE_NAME).exists()
    logging.getLogger("somebody.else").error("not ours")
    logging.getLogger(f"{NAME}.room.module").info("ours, from %s", "below")
    logging.getLogger(f"{NAME}.room.module").debug("too fine")
    (line,) = written(tmp_path).splitlines()
    assert line.endswith(f"{NAME}.room.module: ours, from below")


@pytest.mark.parametrize(
    "text",
    [
        f"it said {SECRET} aloud",
        f"{{'Authorization': 'Bearer {SECRET}'}}",
        "Authorization: Bearer hushhush",
        "headers={'Ocp-Apim-Subscription-Key': 'hushhush', 'Accept': '*/*'}",
        "X-API-Key: hushhush",
        "no key tsk_hushhush here",
        "GET https://files.example.org/model.glb?Signature=hushhush&Expires=1 was refused",
        "https://me:hushhush@example.org/v3",
    ],
)
def test_secrets_are_not_written(log: SessionLog, tmp_path: Path, text: str) -> None:
    logging.getLogger(NAME).warning("%s", text)
    try:
        raise ValueError(text)
    except ValueError:
        logging.getLogger(NAME).exception("It failed")
    assert "Traceback" in written(tmp_path)
    assert "hushhush" not in written(tmp_path)
    assert SECRET not in written(tmp_path)


def test_keys_in_other_encodings_are_not_written(log: SessionLog, tmp_path: Path) -> None:
    packed = b64encode(SECRET.encode()).decode()
    digits = SECRET.encode().hex().upper()
    entities = "".join(f"&#{ord(each)};" for each in SECRET)
    logging.getLogger(NAME).warning("%s, %s, %s", packed, digits, entities)
    assert written(tmp_path).rstrip().endswith("[key], [key], [key]")


def test_home_folder_name_is_not_written(log: SessionLog, tmp_path: Path) -> None:
    logging.getLogger(NAME).info("%s and %s-not", Path.home() / "chest.png", Path.home())
    assert written(tmp_path).rstrip().endswith(f"~/chest.png and {Path.home()}-not")


def test_harmless_text_is_unchanged() -> None:
    words = "Job 1a2b3c4d: Downloading 40%; see https://platform.tripo3d.ai/docs for the key"
    assert cleaned(words, [SECRET, "40"]) == words


def test_log_rotates_within_its_size_limit(log: SessionLog, tmp_path: Path) -> None:
    for number in range(5):
        logging.getLogger(NAME).info("%d %s", number, "x" * (FILE_BYTES // 2))
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == [FILE_NAME, *(f"{FILE_NAME}.{n}" for n in range(1, OLDER_FILES + 1))]
    assert all(path.stat().st_size <= FILE_BYTES for path in tmp_path.iterdir())
    assert log.tail(1)[0].endswith("x")


def test_lines_of_many_threads_are_not_interleaved(log: SessionLog, tmp_path: Path) -> None:
    def write(number: int) -> None:
        for _ in range(50):
            logging.getLogger(NAME).info("%s.", str(number) * 200)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = written(tmp_path).splitlines()
    assert len(lines) == 200
    assert all(line.endswith(f"{line[-2] * 200}.") for line in lines)


def test_read_only_log_folder_breaks_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A file instead of the folder: not even an administrator can write below it.
    (tmp_path / "folder").write_text("no folder")
    log = SessionLog(tmp_path / "folder", NAME)
    logging.getLogger(NAME).warning("said")
    assert log.tail(5) == ()
    log.close()
    assert capsys.readouterr().err == ""


def test_log_starts_with_the_engine_and_ends_with_the_addon(context) -> None:
    assert not handlers()
    assert not (settings.user_folder() / FILE_NAME).exists()
    composition.engine()
    assert len(handlers()) == 1
    composition.stop()
    composition.engine()
    assert len(handlers()) == 1
    composition.stop()
    assert not handlers()
    assert bpy.app.version_string in written(settings.user_folder())


def test_addon_with_broken_packages_says_so_in_the_log(
    context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(dependencies.PACKAGES, "no_such_package", "gone")
    with pytest.raises(RuntimeError, match="gone"):
        composition.engine()
    assert "no_such_package cannot be imported" in written(settings.user_folder())
    assert "Not working: The package gone" in diagnostics.report()


def fail(context: bpy.types.Context, service: StandIn, prompt: str) -> None:
    refusal = {"code": 2010, "message": f"no credits for {prompt}"}
    service.fault(Fault(path="/v3/generation", status=403, body=refusal))
    context.scene.tripo_addon.text.prompt = prompt
    with pytest.raises(RuntimeError):
        bpy.ops.tripo_addon.generate_text()


def copied(capfd: pytest.CaptureFixture[str], **settings: bool) -> str:
    """Return what the button copies; in background mode it prints it instead."""
    capfd.readouterr()
    assert bpy.ops.tripo_addon.copy_diagnostics(**settings) == {"FINISHED"}
    return capfd.readouterr().out.replace("Info: ", "")


def test_diagnostics_contain_support_facts(context, service: StandIn, capfd) -> None:
    fail(context, service, "a secret gift for Ada")
    text = copied(capfd)
    (job,) = composition.jobs()
    for fact in (
        f"tripo_addon {diagnostics.addon_version()}",
        f"Blender {bpy.app.version_string}",
        "pydantic 2.",
        "requests 2.",
        service.base_url,
        "from the preferences",
        "Online access: on",
        "failed 1",
        f"job {job.id[:8]} (text_to_model",
        f"kind credits, code 2010, trace {job.trouble.trace_id}",
        "== End of the log",
        "INFO",
    ):
        assert fact in text
    assert diagnostics.addon_version()[0].isdigit()
    assert addon.KEY not in text


def test_prompts_are_in_diagnostics_only_if_ticked(context, service: StandIn, capfd) -> None:
    fail(context, service, "a secret gift for Ada")
    bpy.ops.tripo_addon.generate_text()
    assert "gift" not in copied(capfd)
    assert "a secret gift for Ada" in copied(capfd, with_prompts=True)
    assert "gift" not in copied(capfd)


def test_diagnostics_work_before_anything_is_loaded(context, capfd) -> None:
    assert "Jobs\nnone" in copied(capfd)
