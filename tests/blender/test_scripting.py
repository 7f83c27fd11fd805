"""The scripting interface: its surface, and that it sends what the panel sends."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest

import tripo_addon.scripting as tripo
from tests.blender.addon import enabled
from tests.standin.service import StandIn
from tripo_addon.api.tasks import parse_request
from tripo_addon.blender.requests.generation import generation_price
from tripo_addon.blender.scripting.values import request_values

ORDERS = "/v3/generation"


@pytest.fixture
def context(service: StandIn) -> Iterator[bpy.types.Context]:
    with enabled(service) as context:
        yield context


def test_public_interface_matches_the_documentation() -> None:
    functions = {
        name: str(inspect.signature(found))
        for name in tripo.__all__
        if inspect.isfunction(found := getattr(tripo, name))
    }
    objects, options = "objects: 'Objects'", "**options: 'object'"
    named, style = "name: 'str' = ''", "style: 'WantedStyle | None' = None"
    styled, folder = f"{named}, {style}", f"folder: 'str | Path | None' = None, {options}) -> 'Job'"
    views = "views: 'Views | None' = None, name: 'str' = '', style: 'WantedStyle | None' = None"
    inputs = f"text: 'str | None' = None, image: 'str | Path | None' = None, {views}"
    assert functions == {
        "animate": f"({objects}, animations: 'Sequence[str]', {options}) -> 'Job'",
        "balance": "() -> 'Balance'",
        "convert": f"({objects}, format: 'str', {options}) -> 'Job'",
        "edit_image": f"(images: 'Images', prompt: 'str', *, {styled}, {folder}",
        "edit_views": f"(views: 'Job | str', edits: 'Mapping[str, str]', *, {named}, {folder}",
        "estimate": f"(*, {inputs}, **given: 'object') -> 'float | None'",
        "export": "(objects: 'Iterable[bpy.types.Object]', path: 'str | Path') -> 'Path'",
        "find_job": "(text: 'str') -> 'Job'",
        "generate": f"(*, {inputs}, folder: 'str | Path | None' = None, **given: 'object')"
        " -> 'Job'",
        "jobs": "() -> 'tuple[Job, ...]'",
        "make_views": f"(image: 'str | Path', *, {named}, {folder}",
        "new_image": f"(prompt: 'str', *, {styled}, {folder}",
        "on_change": "(callback: 'Callable[[Job], None]') -> 'Callable[[], None]'",
        "plan": f"(*, {inputs}, **given: 'object') -> 'Plan'",
        "plan_images": "(tool: 'str', **options: 'Any') -> 'Plan'",
        "plan_work": f"(name: 'str', {objects}, {options}) -> 'tuple[Plan, ...]'",
        "refine": f"({objects}, *, by: 'str' = 'retexture', {options}) -> 'Job'",
        "regenerate": f"({objects}, *, seed: 'int | None' = None, {options}) -> 'Job'",
        "rig": f"({objects}, *, check: 'bool' = True, animations: 'Sequence[str]' = (), {options})"
        " -> 'Job'",
        "texture": f"({objects}, {options}) -> 'Job'",
        "work": f"(name: 'str', {objects}, {options}) -> 'Job'",
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


def test_every_public_name_has_a_docstring() -> None:
    members = [*vars(tripo.Job).values()]
    named = [getattr(tripo, name) for name in tripo.__all__]
    public = [each for each in members if isinstance(each, property) or inspect.isfunction(each)]
    undocumented = [each for each in (*named, *public) if not each.__doc__]
    assert [each for each in undocumented if not str(each).startswith("<function Job.__")] == []


def test_model_is_imported_into_the_scene(context, service: StandIn) -> None:
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
def test_omitted_arguments_default_to_panel_values(context, kind: str) -> None:
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
def test_refused_requests_are_not_sent(context, service: StandIn, given, field, words) -> None:
    with pytest.raises(tripo.Refused) as refused:
        tripo.generate(**given)
    assert refused.value.field == field
    assert words in refused.value.sentence
    assert service.ledger.sent("POST", ORDERS) == ()


def test_interface_is_not_ready_offline(context) -> None:
    context.preferences.system.use_online_access = False
    with pytest.raises(tripo.NotReady):
        tripo.generate(text="a chest")
    assert tripo.plan(text="a chest").price == tripo.estimate(text="a chest")


def test_failing_event_callback_does_not_stop_the_job(context) -> None:
    def fail(_job: tripo.Job) -> None:
        raise ValueError

    tripo.on_change(fail)
    job = tripo.generate(text="a chest")
    tripo.wait(job)
    assert job.succeeded


def test_downloaded_model_is_imported_free(context, service: StandIn, tmp_path: Path) -> None:
    job = tripo.generate(text="a chest", folder=tmp_path / "models")
    tripo.wait(job)
    assert job.objects == ()
    assert job.files[0].is_relative_to(tmp_path / "models")
    tripo.wait(job.bring())
    assert job.objects
    assert len(service.ledger.tasks) == 1


def test_script_processes_an_object_like_the_panel(context, service: StandIn) -> None:
    (made,) = tripo.wait(tripo.generate(text="a chest"))
    root = made.root
    assert root is not None
    mesh = next(obj.data for obj in made.objects if obj.type == "MESH")
    job = tripo.texture(root, prompt="weathered oak", landing="keep")
    tripo.wait(job)
    assert job.root == root
    assert mesh in [obj.data for obj in job.objects]
    assert service.ledger.tasks[-1].body["input"] == made.task
    assert job.charged == job.price


def test_generated_object_is_regenerated_and_refined(context, service: StandIn) -> None:
    (made,) = tripo.wait(tripo.generate(text="a chest"))
    (again,) = tripo.wait(tripo.regenerate(made.objects, seed=7, landing="new"))
    assert service.ledger.tasks[-1].body["model_seed"] == 7
    (finer,) = tripo.wait(tripo.refine(again.objects, by="ultra", landing="new"))
    assert service.ledger.tasks[-1].body["geometry_quality"] == "detailed"
    assert len({made.root, again.root, finer.root}) == 3


def test_rig_is_checked_before_payment(context, service: StandIn) -> None:
    (made,) = tripo.wait(tripo.generate(text="a robot"))
    job = tripo.rig(made.objects, landing="new")
    tripo.wait(job)
    sent = [task.kind for task in service.ledger.tasks[1:]]
    assert sent == ["animate_prerigcheck", "animate_rig"]


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("paint", {}, "There is no kind of work paint"),
        ("texture", {"landing": "beside"}, "landing beside is not one of"),
        ("texture", {"color": "red"}, "no setting color"),
        ("refine", {"by": "magic"}, "by magic is not one of"),
        ("regenerate", {}, "was not generated with Tripo"),
    ],
)
def test_unsupported_work_is_refused(context, service: StandIn, name, options, words) -> None:
    bpy.ops.mesh.primitive_cube_add()
    with pytest.raises(tripo.Refused, match=words):
        tripo.work(name, context.object, **options)
    assert service.ledger.sent("POST", "/v3") == ()


def test_exported_obj_has_its_textures_beside_it(context, tmp_path: Path) -> None:
    (made,) = tripo.wait(tripo.generate(text="a chest"))
    path = tripo.export(made.objects, tmp_path / "out" / "chest.obj")
    beside = {each.name for each in path.parent.iterdir()}
    mapped = [
        line.split()[-1]
        for line in path.with_suffix(".mtl").read_text("utf-8").splitlines()
        if line.startswith("map_")
    ]
    assert mapped
    assert {Path(each).name for each in mapped} <= beside


def test_exported_blend_contains_only_the_given_objects(context, tmp_path: Path) -> None:
    (made,) = tripo.wait(tripo.generate(text="a chest"))
    whole = tripo.export(made.objects, tmp_path / "whole.blend")
    bpy.ops.mesh.primitive_cube_add()
    part = tripo.export(made.objects, tmp_path / "part.blend")
    with bpy.data.libraries.load(str(part)) as (names, _loaded):
        assert (names.objects, names.collections) == ([made.name], ["part"])
    with bpy.data.libraries.load(str(whole)) as (names, _loaded):
        assert (names.objects, len(names.scenes)) == ([made.name], 1)
