"""Before a result for an object is paid for, a child tries whether it could be applied."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.jobs.bench import ACCOUNT, PLACE, Bench, MakeBench, MakeStandIn, text
from tests.jobs.test_conversion import converting
from tripo_addon.api.errors import Kind
from tripo_addon.jobs.model.description import describe
from tripo_addon.jobs.model.job import Failure, Handle, Job, Landing, State, Target
from tripo_addon.jobs.model.recipes import Step
from tripo_addon.jobs.work.converter import Converter

WORKS = "json.dump({'ok': True, 'warnings': []}, open(order['result'], 'w'))\n"
CONVERTS = "if order['do'] == 'convert': shutil.copy(order['source'], order['blend'])\n" + WORKS
REFUSES = (
    "json.dump({'ok': False, 'failure': 'landing', 'sentence': 'Foot has no size'}, "
    "open(order['result'], 'w'))\n"
)


def values_for_an_object(here: Bench, capture: Path, landing: Landing = Landing.KEEP) -> Job:
    target = Target(objects=(Handle("Foot"),), capture=str(capture))
    place = replace(PLACE, landing=landing, target=target)
    (job,) = here.engine.submit(ACCOUNT, (Step(request=text(), title="Foot", placement=place),))
    return job


def test_successful_rehearsal_is_followed_by_payment(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    script = f"open({str(tmp_path / 'orders')!r}, 'a').write(json.dumps(order) + '\\n')\n{CONVERTS}"
    here = bench(stand_in(), converter=converting(tmp_path, script))
    job = values_for_an_object(here, tmp_path / "foot.blend")
    assert (job.state, here.paid_for()) == (State.REHEARSING, 0)
    job = here.until(job, State.READY)
    assert here.paid_for() == 1
    first, second = map(json.loads, (tmp_path / "orders").read_text().splitlines())
    assert (first["do"], second["do"]) == ("rehearse", "convert")
    assert first["onto"] == second["onto"]
    assert not (here.engine.folder / "Foot-00000001" / "rehearsal").exists()


def test_failed_rehearsal_is_refused_with_its_reason_and_not_paid(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    here = bench(stand_in(), converter=converting(tmp_path, REFUSES))
    job = here.until(values_for_an_object(here, tmp_path / "foot.blend"), State.FAILED)
    assert (job.failure, job.trouble.kind, here.paid_for()) == (Failure.REJECTED, Kind.LANDING, 0)
    sentence = "A result cannot be applied to your object: Foot has no size"
    assert describe(job).detail == f"{sentence} · nothing was charged"
    again = here.engine.retry(job.id)
    assert again is not None
    assert again.state is State.REHEARSING


@pytest.mark.parametrize(
    ("converter", "sentence"),
    [
        (None, "no second Blender could be started"),
        (Converter(("/nowhere/blender",), {}), "no second Blender could be started"),
        (Converter((sys.executable, "-c", "raise SystemExit(4)"), {}), "ran out of memory"),
        (Converter((sys.executable, "-c", "raise SystemExit(3)"), {}), "ended early (exit code 3)"),
    ],
    ids=["none", "not to be found", "out of memory", "not ours"],
)
def test_object_request_is_not_paid_without_a_working_child(
    stand_in: MakeStandIn,
    bench: MakeBench,
    tmp_path: Path,
    converter: Converter | None,
    sentence: str,
) -> None:
    here = bench(stand_in(), converter=converter)
    job = here.until(values_for_an_object(here, tmp_path / "foot.blend"), State.FAILED)
    assert sentence in job.trouble.detail
    assert here.paid_for() == 0


def test_rehearsal_can_be_canceled_and_needs_no_network(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path
) -> None:
    here = bench(stand_in(), converter=converting(tmp_path, CONVERTS))
    job = values_for_an_object(here, tmp_path / "foot.blend")
    here.steps(3, online=False)
    assert here.now(job).state is State.PENDING
    other = values_for_an_object(here, tmp_path / "foot.blend")
    here.engine.cancel(other.id)
    assert (here.now(other).state, here.now(other).note) == (State.CANCELLED, "Nothing was sent")


@pytest.mark.parametrize("failure", ["landing", "mistake"])
def test_placement_that_fails_after_payment_arrives_as_a_new_object(
    stand_in: MakeStandIn, bench: MakeBench, tmp_path: Path, failure: str
) -> None:
    script = REFUSES.replace("landing", failure)
    script = f"if order['do'] == 'convert' and order['onto']: {script}else:\n    " + CONVERTS
    script = script.replace("\njson.dump", "\n    json.dump")
    here = bench(stand_in(), converter=converting(tmp_path, script))
    job = here.until(values_for_an_object(here, tmp_path / "foot.blend"), State.FAILED)
    assert (job.failure, job.trouble.detail) == (Failure.IMPORT, "Foot has no size")
    assert job.model is not None
    assert job.model.is_file()
    new = here.engine.bring(job.id, PLACE)
    assert new is not None
    # A second Blender prepares the result; only its import failed there.
    ready = here.until(new, State.READY)
    assert ready.blend is not None
    assert here.paid_for() == 1
