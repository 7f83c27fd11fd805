"""The scripting interface: its surface, and that it sends what the panel sends."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest

import tripo_addon.scripting as tripo
from tests.blender.addon import KEY, enabled, model_file
from tests.standin.service import StandIn
from tripo_addon.api.tasks import parse_request
from tripo_addon.blender.requests.generation import generation_price
from tripo_addon.blender.scripting.values import request_values

ORDERS = "/v3/generation"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[StandIn]:
    with StandIn(seconds=0, keys=(KEY,), model=model_file(tmp_path)) as service:
        yield service


@pytest.fixture
def context(service: StandIn) -> Iterator[bpy.types.Context]:
    with enabled(service) as context:
        yield context


def test_the_surface_is_what_the_documents_promise() -> None:
    functions = {
        name: str(inspect.signature(found))
        for name in tripo.__all__
        if inspect.isfunction(found := getattr(tripo, name))
    }
    views = "views: 'Views | None' = None, name: 'str' = ''"
    inputs = f"text: 'str | None' = None, image: 'str | Path | None' = None, {views}"
    assert functions == {
        "balance": "() -> 'Balance'",
        "estimate": f"(*, {inputs}, **given: 'object') -> 'float | None'",
        "export": "(objects: 'Iterable[bpy.types.Object]', path: 'str | Path') -> 'Path'",
        "find_job": "(text: 'str') -> 'Job'",
        "generate": f"(*, {inputs}, folder: 'str | Path | None' = None, **given: 'object')"
        " -> 'Job'",
        "jobs": "() -> 'tuple[Job, ...]'",
        "on_change": "(callback: 'Callable[[Job], None]') -> 'Callable[[], None]'",
        "plan": f"(*, {inputs}, **given: 'object') -> 'Plan'",
        "resume": "() -> 'tuple[Job, ...]'",
        "wait": "(*awaited: 'Job', progress: 'Callable[[Sequence[Job]], None] | None' = None)"
        " -> 'tuple[Job, ...]'",
    }
    public = {name for name in vars(tripo.Job) if not name.startswith("_")}
    assert public == {
        *("advice", "as_dict", "attach", "bring", "cancel", "charged", "error", "files"),
        *("finished", "id", "kind", "name", "objects", "outcome_unknown", "price", "progress"),
        *("record", "request", "retry", "retry_price", "root", "state", "status", "succeeded"),
        "task",
    }


def test_everything_public_says_what_it_does() -> None:
    members = [*vars(tripo.Job).values()]
    named = [getattr(tripo, name) for name in tripo.__all__]
    public = [each for each in members if isinstance(each, property) or inspect.isfunction(each)]
    undocumented = [each for each in (*named, *public) if not each.__doc__]
    assert [each for each in undocumented if not str(each).startswith("<function Job.__")] == []


def test_a_model_comes_into_the_scene(context, service: StandIn) -> None:
    seen: list[str] = []
    end = tripo.on_change(lambda job: seen.append(job.state))
    job = tripo.generate(text="a chest")
    assert not job.finished
    assert tripo.wait(job) == (job,)
    end()
    assert job.objects[0].tripo_addon.job_id == job.id
    assert job.charged == job.price == tripo.estimate(text="a chest")
    assert seen[-1] == "done"
    assert len(service.ledger.tasks) == 1


@pytest.mark.parametrize("kind", ["text", "image", "multiview"])
def test_what_is_not_given_is_as_in_the_panel(context, kind: str) -> None:
    form = getattr(context.scene.tripo_addon, kind)
    if kind == "text":
        form.prompt, given = "a chest", {"prompt": "a chest"}
    elif kind == "image":
        form.path, given = "/a.png", {"image": "/a.png"}
    else:
        form.front, form.back, given = "/a.png", "/b.png", {"front": "/a.png", "back": "/b.png"}
    values = request_values(form.kind, given)
    assert parse_request(values) == parse_request(form.values())
    assert generation_price(form.kind, values, context) == generation_price(
        form.kind, form.values(), context
    )


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"text": ""}, "prompt", "Enter a prompt"),
        ({"text": "a", "image": "b.png"}, "", "exactly one"),
        ({"text": "a", "textur": True}, "textur", "did you mean texture"),
        ({"text": "a", "face_limit": "many"}, "face_limit", "a whole number"),
        ({"text": "a", "texture_quality": "best"}, "texture_quality", "Texture Quality"),
        ({"text": "a", "orientation": "align_image"}, "orientation", ""),
        ({"image": "/gone.png"}, "image", "gone.png"),
    ],
)
def test_what_is_refused_is_not_sent(context, service: StandIn, given, field, words) -> None:
    with pytest.raises(tripo.Refused) as refused:
        tripo.generate(**given)
    assert refused.value.field == field
    assert words in refused.value.sentence
    assert service.ledger.sent("POST", ORDERS) == ()


def test_without_online_access_it_is_not_ready(context) -> None:
    context.preferences.system.use_online_access = False
    with pytest.raises(tripo.NotReady):
        tripo.generate(text="a chest")
    assert tripo.plan(text="a chest").price == tripo.estimate(text="a chest")


def test_a_script_that_fails_in_an_event_does_not_stop_the_job(context) -> None:
    def fail(_job: tripo.Job) -> None:
        raise ValueError

    tripo.on_change(fail)
    job = tripo.generate(text="a chest")
    tripo.wait(job)
    assert job.succeeded


def test_what_was_downloaded_comes_into_the_file_for_free(
    context, service: StandIn, tmp_path: Path
) -> None:
    job = tripo.generate(text="a chest", folder=tmp_path / "models")
    tripo.wait(job)
    assert job.objects == ()
    assert job.files[0].is_relative_to(tmp_path / "models")
    tripo.wait(job.bring())
    assert job.objects
    assert len(service.ledger.tasks) == 1
