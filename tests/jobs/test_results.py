"""What tasks produce besides a model: pictures, facts, several clips; and pictures adapted before
they are sent."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.jobs.bench import (
    MODEL,
    Bench,
    MakeBench,
    MakeStandIn,
    Wrapped,
    image,
    job_in,
    picture,
    text,
)
from tests.standin.faults import Fault
from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.field_types import VIEWS
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.errors import Kind
from tripo_addon.api.replies import Status, Task
from tripo_addon.api.tasks import (
    CheckRig,
    ImageToModel,
    ImageToViews,
    ImportModel,
    MultiviewToModel,
    Retarget,
    Rig,
    TextToImage,
)
from tripo_addon.jobs.model import timing
from tripo_addon.jobs.model.description import describe
from tripo_addon.jobs.model.events import Polled, Submitted
from tripo_addon.jobs.model.job import Failure, Job, State
from tripo_addon.jobs.model.machine import advance
from tripo_addon.jobs.work.converter import Converter

FIT = """
import json, sys
from PIL import Image
order = json.load(open(sys.argv[1]))
target = order["folder"] + "/" + order["stem"] + ".png"
Image.open(order["source"]).convert("RGB").save(target)
json.dump({"ok": True, "path": target}, open(order["result"], "w"))
"""
UNFIT = """
import json, sys
order = json.load(open(sys.argv[1]))
json.dump({"ok": False, "sentence": "it has only 3 × 3 pixels"}, open(order["result"], "w"))
"""
RIG_MODEL = "v2.5-20260210"


def fitting(script: str) -> Converter:
    return Converter((sys.executable, "-c", script), dict(os.environ))


def model_task(here: Bench) -> str:
    job = here.until(here.submit(), State.READY)
    here.engine.cancel(job.id)
    assert job.task_id is not None
    return job.task_id


def rig_task(here: Bench) -> str:
    rigged = here.submit(Rig(model=RIG_MODEL, source_task=model_task(here)))
    task_id = here.until(rigged, State.READY).task_id
    assert task_id is not None
    return task_id


def test_picture_is_saved_with_the_suffix_of_its_content(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    here = bench(stand_in(model=None))
    done = here.until(here.submit(TextToImage(model="seedream_v5", prompt="a chest")), State.DONE)
    (path,) = done.pictures
    with Image.open(path) as shown:
        assert path.suffix == f".{shown.format}".lower()
    assert describe(done).headline == "Images on disk"
    assert (done.links, done.model, done.credits is not None) == ((), None, True)
    assert here.step().wait is None
    assert not list(path.parent.glob("*.download*"))


def test_four_views_are_four_files_in_the_services_order(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    service = stand_in(model=None)
    here = bench(service)
    done = here.until(here.submit(ImageToViews(image=picture(tmp_path / "a.png"))), State.DONE)
    assert [path.stem for path in done.pictures] == [
        f"a chest {view}" for view in ("front", "left", "back", "right")
    ]
    assert all(path.is_file() for path in done.pictures)
    served = [each.path.rpartition("/")[2] for each in service.ledger.sent("GET", "/results/")]
    assert [name.partition(".")[0] for name in served] == [f"{view}" for view in VIEWS]


def test_file_that_is_no_picture_is_kept_and_downloaded_again_free(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in(model=None)
    here = bench(service)
    service.fault(Fault(path="/results/", status=200, body="<html>sign in</html>"))
    failed = here.until(
        here.submit(TextToImage(model="seedream_v5", prompt="a chest")), State.FAILED
    )
    assert (failed.failure, failed.retry_is_free) == (Failure.BAD_FILE, True)
    assert len(list((here.folder / "downloads").glob("*/*.unusable"))) == 1
    second = here.engine.retry(failed.id)
    assert second is not None
    assert here.until(second, State.DONE).pictures
    assert len(service.ledger.tasks) == 1


def test_check_ends_with_its_findings(stand_in: MakeStandIn, bench: MakeBench) -> None:
    here = bench(stand_in())
    done = here.until(here.submit(CheckRig(source_task=model_task(here))), State.DONE)
    assert dict(done.facts).keys() == {"riggable", "rig_type"}
    assert (done.model, done.pictures, done.links) == (None, (), ())
    assert describe(done).headline == f"Can be rigged as {dict(done.facts)['rig_type']}"


def test_imported_model_ends_with_its_task_id(
    stand_in: MakeStandIn, bench: MakeBench, glb: Path
) -> None:
    service = stand_in()
    here = bench(service)
    done = here.until(here.submit(ImportModel(source_file=glb)), State.DONE)
    assert done.task_id == service.ledger.tasks[-1].id
    assert service.ledger.sent("GET", "/results/") == ()


def test_results_and_pictures_are_kept_in_the_next_session(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    here = bench(service)
    facts = here.until(here.submit(CheckRig(source_task=model_task(here))), State.DONE)
    drawn = here.until(here.submit(TextToImage(model="seedream_v5", prompt="a chest")), State.DONE)
    here.engine.shutdown()
    later = bench(service, owner="later")
    later.take_over()
    assert later.now(facts).facts == facts.facts
    assert later.now(drawn).pictures == drawn.pictures


def test_every_animation_of_a_paid_task_is_downloaded(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    here = bench(service)
    moves = ("preset:walk", "preset:run", "preset:jump")
    request = Retarget(source_task=rig_task(here), animations=moves)
    ready = here.until(here.submit(request), State.READY)
    assert ready.model is not None
    assert [path.name for path in ready.clips] == ["clip-1.glb", "clip-2.glb"]
    assert all(path.is_file() for path in (ready.model, *ready.clips))


def test_interrupted_clip_costs_no_other_clip_and_no_second_payment(
    stand_in: MakeStandIn, bench: MakeBench
) -> None:
    service = stand_in()
    here = bench(service)
    request = Retarget(source_task=rig_task(here), animations=("preset:walk", "preset:run"))
    job = here.submit(request)
    here.until(job, State.DOWNLOADING)
    service.fault(
        Fault(path="/results/", truncate=500),
        Fault(path="/results/", status=403, body="<Error/>"),
    )
    ready = here.until(job, State.READY)
    assert len(ready.clips) == 1
    assert len([task for task in service.ledger.tasks if task.kind == "animate_retarget"]) == 1


def webp(path: Path) -> Path:
    Image.new("RGB", (64, 64), "teal").save(path, "WEBP")
    return path


def test_unsuitable_picture_is_converted_and_the_row_shows_it(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    service = stand_in()
    here = bench(service, converter=fitting(FIT))
    source = webp(tmp_path / "a.webp")
    before = source.read_bytes()
    running = here.until(here.submit(ImageToModel(model=MODEL, image=source)), State.RUNNING)
    assert running.remark
    (upload,) = service.ledger.uploads
    assert upload.content.startswith(b"\x89PNG")
    assert source.read_bytes() == before
    here.engine.shutdown()
    later = bench(service, owner="later")
    later.take_over()
    assert later.now(running).remark == running.remark
    done = later.place(later.until(running, State.READY))
    assert running.remark in describe(done).detail


def test_suitable_picture_is_sent_unchanged(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    service = stand_in()
    here = bench(service, converter=fitting("raise SystemExit('never asked for')"))
    running = here.until(here.submit(image(tmp_path / "a.png")), State.RUNNING)
    assert running.remark == ""
    assert service.ledger.uploads[0].content == (tmp_path / "a.png").read_bytes()


@pytest.mark.parametrize(
    ("converter", "kind", "words"),
    [
        (fitting(UNFIT), Kind.FILE, "a.webp: it has only 3 × 3 pixels"),
        (fitting("pass"), Kind.PREPARING, "a.webp: the second Blender ended without a result"),
        (fitting("raise SystemExit(3)"), Kind.PREPARING, "ended early (exit code 3)"),
        (fitting("import os; os.kill(os.getpid(), 9)"), Kind.PREPARING, "memory ran out"),
        (Converter(("/no/such/program",), {}), Kind.PREPARING, "could be started"),
        (Converter((), {}), Kind.PREPARING, "no second Blender"),
        (None, Kind.PREPARING, "no second Blender"),
    ],
    ids=["too small", "says nothing", "died", "killed", "no program", "no command", "no child"],
)
def test_picture_that_cannot_be_converted_is_refused_before_payment(
    stand_in: MakeStandIn,
    bench: MakeBench,
    tmp_path: Path,
    converter: Converter | None,
    kind: Kind,
    words: str,
) -> None:
    service = stand_in()
    here = bench(service, converter=converter)
    request = ImageToModel(model=MODEL, image=webp(tmp_path / "a.webp"))
    failed = here.until(here.submit(request), State.FAILED)
    assert failed.failure is Failure.REJECTED
    assert failed.trouble is not None
    assert (failed.trouble.kind, words in failed.trouble.detail) == (kind, True)
    assert (service.ledger.uploads, here.paid_for()) == ((), 0)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("import os; os.kill(os.getpid(), 9)", "ended from outside (SIGKILL)"),
        ("raise SystemExit(4)", "ran out of memory"),
        (UNFIT, "only 3 × 3 pixels"),
        ("", "no longer on disk"),
    ],
    ids=["killed", "no memory", "refused", "gone"],
)
def test_export_error_is_not_reported_as_an_unusable_file(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path, script: str, words: str
) -> None:
    service = stand_in()
    here = bench(service, converter=fitting(script))
    kept = tmp_path / "e7e051fe8c9ef8ac.blend"
    if script:
        kept.write_bytes(b"BLENDER")
    failed = here.until(here.submit(ImportModel(source_file=kept)), State.FAILED)
    trouble = failed.trouble
    assert trouble is not None
    assert (failed.failure, trouble.kind, words in trouble.detail) == (
        Failure.REJECTED,
        Kind.PREPARING,
        True,
    )
    assert "e7e051fe8c9ef8ac" not in trouble.report()
    assert "nothing was charged" in describe(failed).detail
    assert (service.ledger.uploads, here.paid_for()) == ((), 0)


def test_if_one_of_several_files_cannot_be_prepared_none_is_sent(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    service = stand_in()
    here = bench(service, converter=fitting("raise SystemExit(3)"))
    good, bad = picture(tmp_path / "front.png"), webp(tmp_path / "left.webp")
    request = MultiviewToModel(model=MODEL, front=good, left=bad)
    failed = here.until(here.submit(request), State.FAILED)
    assert failed.trouble is not None
    assert failed.trouble.kind is Kind.PREPARING
    assert (service.ledger.uploads, here.paid_for()) == ((), 0)


class WithServiceRow(Wrapped):
    """A dialect of one service with a row of its own."""

    row: Service

    @property
    def service(self) -> Service:
        return self.row

    def look_up(self, task_ids: Sequence[str]) -> Mapping[str, Task]:
        return self.inner.look_up(task_ids)


@pytest.mark.parametrize("row", SERVICES.values(), ids=lambda row: row.id)
def test_every_service_is_polled_at_its_own_pace(
    stand_in: MakeStandIn, bench: MakeBench, row: Service
) -> None:
    named = type("WithServiceRow", (WithServiceRow,), {"row": replace(TRIPO_V3, pace=row.pace)})
    here = bench(stand_in(seconds=1e6), speak=named)
    job = here.until(here.submit(text()), State.RUNNING)
    assert job.due - job.entered == row.pace.first
    here.clock.seconds = job.due
    while here.now(job).due == job.due:
        here.step()
    looked = here.now(job)
    young = timing.until_next_look(row.pace.first, jitter=0.0, pace=row.pace)
    assert looked.due - here.clock.seconds == pytest.approx(young, abs=1.0)


@pytest.mark.parametrize("row", SERVICES.values(), ids=lambda row: row.id)
def test_state_machine_takes_the_pace_from_the_event(row: Service) -> None:
    running = advance(job_in(State.SUBMITTING), Submitted("task-1", row.pace), 100.0)
    assert running.due == 100.0 + row.pace.first
    old: Job = replace(running, entered=-1e6)
    seen = Polled(Task(id="task-1", status=Status.RUNNING), pace=row.pace)
    assert advance(old, seen, 100.0).due == 100.0 + row.pace.slowest
