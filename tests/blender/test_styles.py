"""Styles in the forms, in scripts and as files: what is shown is what is sent."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from PIL import Image

import tripo_addon.scripting as scripting
from tests.blender.addon import enabled, picture
from tests.blender.command_child import CommandLine
from tests.standin.service import StandIn
from tripo_addon.api import style_json
from tripo_addon.api.styles import BY_NAME, FIXED, Style
from tripo_addon.blender.command_line import batch_file
from tripo_addon.blender.forms import works
from tripo_addon.blender.forms.task_form import STYLE
from tripo_addon.blender.previews import image_palettes
from tripo_addon.blender.requests import recall
from tripo_addon.blender.session import composition, style_files
from tripo_addon.jobs.storage.job_json import decode_job, encode_job

pytestmark = pytest.mark.every_blender

ORDERS = "/v3/generation"
CLAY = Style(
    name="Clay",
    before="clay model of",
    after="studio light",
    palette=("rust",),
    negative="blurry",
    faces=5000,
    seed=BY_NAME,
)
PROMPT = "clay model of a chest, studio light, colors: rust"


@pytest.fixture
def context(
    service: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[bpy.types.Context]:
    # Blender's folder of the artist's own presets.
    monkeypatch.setenv("BLENDER_USER_SCRIPTS", str(tmp_path / "scripts"))
    with enabled(service) as found:
        yield found


@pytest.fixture
def forms(context: Any) -> Any:
    return context.scene.tripo_addon


def choose(form: str, style: Style = CLAY) -> None:
    path = style_files.path_of(style.name)
    style_files.save(style, path)
    chosen = bpy.ops.tripo_addon.choose_style(form=form, filepath=str(path))
    assert chosen == {"FINISHED"}


def test_styled_prompt_is_sent_as_shown_and_form_keeps_its_own(
    forms: Any, service: StandIn
) -> None:
    forms.text.prompt = "a chest"
    choose("text")
    styled = forms.text.reading.styled
    assert styled.values["prompt"] == forms.text.values()["prompt"] == PROMPT
    assert bpy.ops.tripo_addon.generate_text() == {"FINISHED"}
    (sent,) = service.ledger.sent("POST", ORDERS)
    body = sent.fields
    assert body["prompt"] == PROMPT
    assert (body["negative_prompt"], body["face_limit"]) == ("blurry", 5000)
    assert body["model_seed"] == CLAY.seed_of("A chest")
    shown = " ".join(styled.added)
    assert all(str(value) in shown for value in (PROMPT, "blurry", "5,000", body["model_seed"]))
    assert (forms.text.prompt, forms.text.use_face_limit) == ("a chest", False)


def test_job_recalls_its_style_and_the_same_request(forms: Any) -> None:
    forms.text.prompt = "a chest"
    choose("text")
    before = forms.text.values()
    assert bpy.ops.tripo_addon.generate_text() == {"FINISHED"}
    engine = composition.engine()
    (job,) = (each for each in engine.jobs() if each.request.kind == "text_to_model")
    stored = decode_job(encode_job(job))
    assert stored.style == job.style != ""
    forms.text.prompt = "a door"
    assert bpy.ops.tripo_addon.choose_style(form="text") == {"FINISHED"}
    assert forms.text.values()["prompt"] == "a door"
    recall.recall((stored,), forms)
    assert (forms.text.prompt, forms.text.style) == ("a chest", CLAY)
    assert forms.text.values() == before


def test_another_style_makes_a_different_request(forms: Any) -> None:
    forms.text.prompt = "a chest"
    plain = forms.text.values()
    choose("text")
    assert forms.text.values() != plain
    assert forms.text.reading.own == plain


def test_every_styled_form_sends_what_it_shows(forms: Any) -> None:
    names = ("text", "image", "multiview", "parts", *(work.name for work in works.WORKS))
    with_style = {name for name in names if hasattr(getattr(forms, name), STYLE)}
    assert {"text", "image", "multiview", "texture"} <= with_style
    assert "parts" not in with_style
    for name in with_style:
        form = getattr(forms, name)
        if hasattr(form, "prompt"):
            form.prompt = "a chest"
        choose(name)
        reading = form.reading
        differing = {
            key for key, value in reading.values.items() if reading.own.get(key, "") != value
        }
        assert bool(differing) == bool(reading.styled.added), name
        for key in differing - {"prompt", "negative_prompt"}:
            assert (
                f"{reading.values[key]:,}" in " ".join(reading.styled.added)
                or f"Seed {reading.values[key]}" in reading.styled.added
            )


def test_presets_contain_no_style(forms: Any) -> None:
    choose("text")
    assert bpy.ops.tripo_addon.add_preset(name="Mine", form="generation") == {"FINISHED"}
    path = bpy.utils.preset_find("Mine", "tripo_addon/generation")
    text = Path(path).read_text(encoding="utf-8")
    assert "5000" not in text
    assert "clay" not in text
    assert bpy.ops.tripo_addon.apply_preset(filepath=path, form="generation") == {"FINISHED"}
    assert forms.text.style == CLAY


def test_style_is_created_exported_imported_and_removed(forms: Any, tmp_path: Path) -> None:
    picture(tmp_path / "Wood.png", pixels=64)
    made = bpy.ops.tripo_addon.edit_style(
        form="texture", new=True, name="Wood", after="oak", style_image=str(tmp_path / "Wood.png")
    )
    assert made == {"FINISHED"}
    kept = style_files.folder() / "Wood.png"
    assert forms.texture.style.style_image == str(kept)
    assert kept.is_file()
    out = tmp_path / "out" / "Wood.json"
    assert bpy.ops.tripo_addon.export_style(form="texture", filepath=str(out)) == {"FINISHED"}
    assert json.loads(out.read_text(encoding="utf-8"))["style_image"] == "Wood.png"
    assert bpy.ops.tripo_addon.remove_style(form="texture") == {"FINISHED"}
    assert not kept.exists()
    assert forms.texture.style is None
    assert bpy.ops.tripo_addon.import_style(form="texture", filepath=str(out)) == {"FINISHED"}
    assert forms.texture.style.after == "oak"
    assert kept.is_file()
    assert bpy.ops.tripo_addon.import_style(form="text", filepath=str(out)) == {"FINISHED"}
    assert forms.text.style.name == "Wood 2"


def test_hostile_style_file_is_refused_and_changes_nothing(forms: Any, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    values = {"format": style_json.FORMAT, "version": 1, "name": "X", "style_image": "/etc/passwd"}
    bad.write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(RuntimeError, match="“style_image” must be the name of an image beside"):
        bpy.ops.tripo_addon.import_style(form="text", filepath=str(bad))
    assert forms.text.style is None
    assert not style_files.folder().exists()


def test_scripts_accept_a_style_by_name_file_or_fields(
    context: Any, service: StandIn, tmp_path: Path
) -> None:
    style_files.save(CLAY, style_files.path_of("Clay"))
    style_files.save(CLAY, tmp_path / "clay.json")
    parts = {"before": CLAY.before, "after": CLAY.after, "palette": CLAY.palette}
    for style in ("Clay", tmp_path / "clay.json", parts):
        assert json.loads(scripting.plan(text="a chest", style=style).body)["prompt"] == PROMPT
    planned = scripting.plan(text="a chest", style="Clay")
    job = scripting.generate(text="a chest", style="Clay", folder=tmp_path / "models")
    scripting.wait(job)
    (sent,) = service.ledger.sent("POST", ORDERS)
    assert sent.content == planned.body
    assert job.record.style
    assert (
        scripting.plan(image="https://a.example/b.png", style="Clay")
        .left_out[0]
        .startswith("Words")
    )
    with pytest.raises(scripting.Refused, match=r"There is no style “Bronze”\. There are Clay"):
        scripting.plan(text="a chest", style="Bronze")
    with pytest.raises(scripting.Refused, match="unknown settings: color"):
        scripting.plan(text="a chest", style={"color": "red"})
    with pytest.raises(scripting.Refused, match="characters; the limit is"):
        scripting.plan(text="a" * 1020, style="Clay")


def test_script_textures_with_a_style(context: Any, service: StandIn) -> None:
    style = {"after": "oak", "faces": 9, "seed": FIXED, "seed_number": 5}
    bpy.ops.mesh.primitive_cube_add()
    cube = context.object
    planned = scripting.plan_work("texture", cube, prompt="planks", style=style)[-1]
    assert planned.added == ("Prompt “planks, oak”", "Seed 5")
    assert planned.left_out == ("Face Limit (not for “Texture”)",)
    job = scripting.texture(cube, prompt="planks", style=style, landing="new")
    scripting.wait(job)
    (sent,) = service.ledger.sent("POST", "/v3/models/texture")
    assert b'"planks, oak"' in sent.content
    assert sent.fields["texture_seed"] == 5
    assert job.record.style
    with pytest.raises(scripting.Refused, match="rig takes no style"):
        scripting.plan_work("rig", cube, style=style)


def test_image_request_includes_style_words_and_template(forms: Any, service: StandIn) -> None:
    forms.new_image.prompt = "a chest"
    choose("new_image", Style(name="Figure", before="oil painting of", template="figure"))
    added = forms.new_image.reading.styled.added
    assert bpy.ops.tripo_addon.new_image() == {"FINISHED"}
    (task,) = service.ledger.tasks
    assert task.body["prompt"] == "oil painting of a chest"
    assert task.body["template"] == "figure"
    assert added[1] == "Template “Figure”"
    (job,) = composition.engine().jobs()
    recall.recall((job,), forms)
    assert (forms.new_image.prompt, forms.new_image.style.name) == ("a chest", "Figure")


def test_fixed_seed_is_shared_by_all_requests(context: Any) -> None:
    style = {"seed": FIXED, "seed_number": 9}
    seeds = {json.loads(scripting.plan(text=text, style=style).body)["model_seed"] for text in "ab"}
    assert seeds == {9}


def test_batch_rows_use_the_style_of_their_cell_or_the_command(
    context: Any, tmp_path: Path
) -> None:
    style_files.save(CLAY, tmp_path / "clay.json")
    style_files.save(CLAY, style_files.path_of("Clay"))
    table = tmp_path / "batch.csv"
    table.write_text("prompt,name,style\na chest,A,clay.json\na chest,B,\n", encoding="utf-8")

    def rows(**usual: object) -> tuple[batch_file.Row, ...]:
        return batch_file.read(table, name="x", account="y", usual=usual)

    own, plain = rows()
    assert (own.request.values["prompt"], plain.request.values["prompt"]) == (PROMPT, "a chest")
    assert rows(style="Clay")[1].request.values["prompt"] == PROMPT
    assert own.request.values["model_seed"] == CLAY.seed_of("A")
    assert rows(style="Clay")[0].key == own.key
    style_files.save(Style(name="Clay", after="wax"), tmp_path / "clay.json")
    changed, same = rows()
    assert changed.key != own.key
    assert same.key == plain.key
    table.write_text("prompt,style\na chest,Bronze\n", encoding="utf-8")
    with pytest.raises(scripting.Refused, match=r"Row 1: There is no style “Bronze”"):
        rows()


def test_command_sends_what_its_plan_shows(tripo: CommandLine, service: StandIn) -> None:
    style_files.save(CLAY, tripo.home / "clay.json")
    order = ("--text", "a chest", "--style", "clay.json")
    planned = tripo.run("plan", *order, "--json").document
    assert json.loads(planned["body"])["prompt"] == PROMPT
    assert planned["added"][0] == f"Prompt “{PROMPT}”"
    tripo.run("generate", *order, "--folder", "out", "--yes")
    (sent,) = service.ledger.sent("POST", ORDERS)
    assert sent.content.decode() == planned["body"]


def striped(path: Path) -> Path:
    """Write an image of mostly moss-like green with a stripe of rust, and a clear part."""
    made = Image.new("RGBA", (90, 60), (0, 0, 255, 0))
    made.paste((85, 107, 47, 255), (0, 0, 90, 40))
    made.paste((160, 82, 45, 255), (0, 40, 90, 50))
    made.save(path)
    return path


def palette_from(path: Path) -> set[str]:
    return bpy.ops.tripo_addon.palette_from_image(form="text", filepath=str(path))


def test_image_colors_are_named_in_the_palette_and_sent(
    forms: Any, service: StandIn, tmp_path: Path
) -> None:
    forms.text.prompt = "a chest"
    choose("text")
    assert palette_from(striped(tmp_path / "moss ü.png")) == {"FINISHED"}
    named = ("dark olive", "sienna")
    assert forms.text.style.palette == named
    assert style_files.read(style_files.path_of("Clay")).palette == named
    bpy.ops.tripo_addon.generate_text()
    (sent,) = service.ledger.sent("POST", ORDERS)
    prompt = "clay model of a chest, studio light, colors: dark olive, sienna"
    assert sent.fields["prompt"] == prompt


def test_photo_and_hdr_palette_match_displayed_colors(forms: Any, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    Image.new("RGB", (200, 100), (65, 105, 225)).save(photo, quality=80)
    light = bpy.data.images.new("Light", 8, 8, float_buffer=True)
    # What the screen shows as (128, 128, 128).
    light.pixels.foreach_set([0.2159, 0.2159, 0.2159, 1.0] * 64)
    light.update()
    bpy.context.scene.render.image_settings.file_format = "OPEN_EXR"
    light.save_render(str(tmp_path / "light.exr"))
    choose("text")
    read = []
    for path in (photo, tmp_path / "light.exr"):
        palette_from(path)
        read.append(forms.text.style.palette)
    assert read == [("royal blue",), ("gray",)]


def test_file_that_is_no_image_leaves_the_palette_unchanged(forms: Any, tmp_path: Path) -> None:
    text = tmp_path / "note.png"
    text.write_text("no image", encoding="utf-8")
    with pytest.raises(RuntimeError, match="No style is chosen"):
        palette_from(text)
    choose("text")
    for path in (text, tmp_path / "missing.png"):
        with pytest.raises(RuntimeError, match="No colors could be read"):
            palette_from(path)
    assert forms.text.style.palette == ("rust",)


def test_colors_read_in_a_window_go_to_their_style(
    context: Any, forms: Any, tmp_path: Path
) -> None:
    palettes, used = image_palettes.ImagePalettes(), list[tuple[str, ...]]()

    def use(colors: tuple[str, ...]) -> str:
        used.append(colors)
        return ""

    palettes.read(striped(tmp_path / "moss.png"), "text", use)
    assert "Reading the colors of “moss.png”" in palettes.note("text")
    assert palettes.note("image") == ""
    settle(palettes)
    assert (used, palettes.note("text")) == ([("dark olive", "sienna")], "")
    palettes.read(tmp_path / "missing.png", "text", use)
    settle(palettes)
    assert "No colors could be read from “missing.png”" in palettes.note("text")
    assert len(used) == 1


def settle(palettes: image_palettes.ImagePalettes) -> None:
    end = time.monotonic() + 60
    while palettes.tick() is not None and time.monotonic() < end:
        time.sleep(0.02)
