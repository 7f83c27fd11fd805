"""The model of a kept candidate has the style of its form: in what is sent, in its price, and in
what its row brings back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender.addon import enabled
from tests.blender.test_candidates import candidates
from tests.blender.test_styles import choose
from tests.standin.service import StandIn
from tripo_addon.api import style_json
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.styles import FIXED, Style
from tripo_addon.blender.job_list.rows import ROWS
from tripo_addon.blender.requests import drafts
from tripo_addon.jobs.model.job import Job
from tripo_addon.jobs.storage.job_json import decode_job, encode_job

CLAY = Style(
    name="Clay",
    before="clay model of",
    after="studio light",
    negative="blurry",
    faces=5000,
    seed=FIXED,
    seed_number=77,
)
MOSS = Style(name="Moss", after="moss, wet stone", seed=FIXED, seed_number=5)
PROMPT = "clay model of a chest, studio light"


@pytest.fixture
def forms(service: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("BLENDER_USER_SCRIPTS", str(tmp_path / "scripts"))
    with enabled(service) as context:
        forms = context.scene.tripo_addon
        forms.text.prompt, forms.candidates = "a chest", 2
        choose("text", CLAY)
        yield forms


def kept(forms: Any) -> list[Job]:
    """Send the drafts and keep the first, at the price of the form and of its button."""
    planned = drafts.planned(forms.text.kind, forms.text.values(), bpy.context)
    assert bpy.ops.tripo_addon.generate_text() == {"FINISHED"}
    listed = candidates()
    assert {style_json.read(job.style) for job in listed} == {CLAY}
    plan = drafts.keep_plan(listed[0])
    assert planned is not None
    assert planned.then == plan.price
    assert bpy.ops.tripo_addon.keep_draft(job_id=listed[0].id) == {"FINISHED"}
    made = [job for job in ROWS.steps_of(listed[0].id) if job.draft is None]
    assert (
        sum(job.price or 0 for job in made) == sum(job.credits or 0 for job in made) == planned.then
    )
    return made


def sent(service: StandIn, path: str) -> list[Any]:
    return [each.body for each in service.ledger.sent("POST", path)]


def test_kept_candidates_texture_uses_form_values_and_records_style(
    forms: Any, service: StandIn
) -> None:
    values = forms.text.values()
    (job,) = kept(forms)
    bodies = sent(service, "/v3/generation")
    assert {body["prompt"] for body in bodies} == {values["prompt"]} == {PROMPT}
    assert {body["negative_prompt"] for body in bodies} == {"blurry"}
    assert {body["face_limit"] for body in bodies} == {5000}
    assert sorted(body["model_seed"] for body in bodies) == [77, 78]
    (body,) = sent(service, "/v3/models/texture")
    # The service textures by the prompt that it made the draft from, which has the style's words.
    assert body == {
        "input": candidates()[0].task_id,
        "model": "v3.0-20250812",
        "texture_seed": values["texture_seed"],
    }
    assert values["texture_seed"] == 77
    assert style_json.read(job.style) == CLAY
    stored = decode_job(encode_job(candidates()[0])).draft
    assert stored == candidates()[0].draft


def test_regenerated_candidate_sends_the_same_request_and_seed(
    forms: Any, service: StandIn
) -> None:
    forms.text.geometry_quality = "detailed"
    values = forms.text.values()
    (job,) = kept(forms)
    body = sent(service, "/v3/generation")[-1]
    assert {name: body[name] for name in values if name in body} == {
        name: value for name, value in values.items() if name in body
    }
    assert (body["prompt"], body["texture_seed"], body["model_seed"]) == (PROMPT, 77, 77)
    assert style_json.read(job.style) == CLAY


def test_follow_up_uses_its_forms_style_and_recall_restores_both(
    forms: Any, service: StandIn
) -> None:
    forms.then_texture = True
    forms.texture.guide, forms.texture.prompt = "TEXT", "old oak"
    choose("texture", MOSS)
    values = forms.texture.values()
    first, last = kept(forms)
    assert [style_json.read(job.style) for job in (first, last)] == [CLAY, MOSS]
    assert [job.kind for job in (first, last)] == [TaskKind.TEXTURE_MODEL] * 2
    body = sent(service, "/v3/models/texture")[-1]
    assert body["texture_prompt"]["text"] == values["prompt"] == "old oak, moss, wet stone"
    assert body["texture_seed"] == 5
    for name in ("text", "texture"):
        bpy.ops.tripo_addon.choose_style(form=name)
    assert bpy.ops.tripo_addon.recall_job(job_id=last.id) == {"FINISHED"}
    assert (forms.text.style, forms.texture.style) == (CLAY, MOSS)
    assert (forms.text.prompt, forms.texture.prompt) == ("a chest", "old oak")


def test_recall_keeps_texture_form_if_generation_made_the_texture(
    forms: Any,
) -> None:
    forms.texture.prompt = "mine"
    (job,) = kept(forms)
    assert bpy.ops.tripo_addon.recall_job(job_id=job.id) == {"FINISHED"}
    assert (forms.texture.prompt, forms.texture.style) == ("mine", None)
    assert (forms.text.prompt, forms.text.style, forms.candidates) == ("a chest", CLAY, 2)
