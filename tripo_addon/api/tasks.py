"""Requests to a service: one frozen pydantic model per task kind, independent of the service.

The dialects write the wire format. Only types are checked here; values are checked by the catalog's
rules, which the forms use too, so that each choice and window is defined once.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    TypeAdapter,
)

from .catalog.field_types import VIEWS, ParamType
from .catalog.parameters import PARAMETERS
from .catalog.task_kinds import TaskKind
from .file_names import typed_path
from .replies import FileRef
from .rules import clean, is_web_address, numbered

Words = Annotated[str, AfterValidator(clean)]
_FILES = frozenset({ParamType.PICTURE, ParamType.PICTURES, ParamType.MODEL_FILE})


def _picture(value: object) -> Path | str:
    if isinstance(value, Path):
        return value
    if isinstance(value, str) and (typed := typed_path(value)):
        return typed if is_web_address(typed) else Path(typed)
    raise ValueError("neither a file nor a web address")


def _text(value: object) -> str:
    # Not `str` itself: older pydantic 2 versions need a signature, and `str` has none.
    return str(value)


Picture = Annotated[Path | str, PlainValidator(_picture), PlainSerializer(_text, return_type=str)]
"""A picture: a file on disk, or the URL of a public picture."""


class _Request(BaseModel):
    """Base of all requests. `turns` pairs a picture field with its quarter turns clockwise; of a
    field that takes several, the second picture is `field[2]`, and so on."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    turns: tuple[tuple[str, int], ...] = ()

    @property
    def files(self) -> tuple[Path | str, ...]:
        """The input files and URLs, in the order of the `FileRef`s that the dialect gets."""
        return tuple(file for _name, files in self._attachments() for file in files)

    @property
    def file_fields(self) -> tuple[str, ...]:
        """The field name of each of `files`, in the same order."""
        return tuple(name for name, files in self._attachments() for _file in files)

    def turn(self, field: str) -> int:
        """Return the quarter turns clockwise for the picture of this field."""
        return dict(self.turns).get(field, 0)

    @property
    def file_turns(self) -> tuple[int, ...]:
        """The quarter turns clockwise of each of `files`, in the same order."""
        return tuple(
            self.turn(numbered(name, number))
            for name, files in self._attachments()
            for number in range(1, len(files) + 1)
        )

    def attached(self, files: tuple[FileRef, ...]) -> Mapping[str, tuple[FileRef, ...]]:
        """Group the references of `files` by field; fields without files are absent."""
        rest = iter(files)
        return {name: tuple(next(rest) for _file in each) for name, each in self._attachments()}

    def _attachments(self) -> tuple[tuple[str, tuple[Path | str, ...]], ...]:
        found: list[tuple[str, tuple[Path | str, ...]]] = []
        for name in _file_fields(type(self)):
            value = cast("Path | str | tuple[Path | str, ...] | None", getattr(self, name))
            if value:
                found.append((name, value if isinstance(value, tuple) else (value,)))
        return tuple(found)


@cache
def _file_fields(request: type[_Request]) -> tuple[str, ...]:
    """The fields of a kind of request that hold files: panels ask with every redraw."""
    names = (name for name in request.model_fields if name in PARAMETERS)
    return tuple(name for name in names if PARAMETERS[name].type in _FILES)


class _Textured(_Request):
    texture_quality: str = "standard"
    texture_alignment: str = "original_image"
    pbr: bool = True
    delight: bool = True
    compress: str = ""
    model_seed: int | None = None
    texture_seed: int | None = None


class _Generation(_Textured):
    model: str = ""
    texture: bool = True
    texture_version: str = ""
    geometry_quality: str = "standard"
    quad: bool = False
    smart_low_poly: bool = False
    generate_parts: bool = False
    face_limit: int | None = None
    auto_size: bool = False
    export_uv: bool = True


class TextToModel(_Generation):
    """Generate a model from a prompt."""

    kind: Literal["text_to_model"] = "text_to_model"
    prompt: Annotated[Words, Field(min_length=1)]
    negative_prompt: Words | None = None
    image_seed: int | None = None


class ImageToModel(_Generation):
    """Generate a model from one picture."""

    kind: Literal["image_to_model"] = "image_to_model"
    image: Picture
    orientation: str = "default"
    enable_image_autofix: bool = False


class MultiviewToModel(_Generation):
    """Generate a model from two to four pictures, or from a task that made four views. Left is the
    subject's own left (Tripo's documents)."""

    kind: Literal["multiview_to_model"] = "multiview_to_model"
    front: Picture | None = None
    left: Picture | None = None
    back: Picture | None = None
    right: Picture | None = None
    views_task: str | None = None
    orientation: str = "default"
    orthographic_projection: bool = False

    @property
    def views(self) -> tuple[Path | str | None, ...]:
        """The four views in the order front, left, back, right."""
        return (self.front, self.left, self.back, self.right)

    @property
    def given(self) -> tuple[str, ...]:
        """The names of the views that are set, in the same order."""
        return tuple(name for name, view in zip(VIEWS, self.views, strict=True) if view is not None)


class _OnModel(_Request):
    """Base of requests that work on a model: a task's result at the same service, or a file."""

    model: str = ""
    source_task: str | None = None
    source_file: Path | None = None


class TextureModel(_OnModel, _Textured):
    """Texture a model, guided by a prompt, one picture, four views, or nothing."""

    kind: Literal["texture_model"] = "texture_model"
    prompt: Words | None = None
    image: Picture | None = None
    front: Picture | None = None
    left: Picture | None = None
    back: Picture | None = None
    right: Picture | None = None
    style_image: Picture | None = None
    part_names: tuple[str, ...] = ()
    bake: bool = True


class RefineModel(_OnModel):
    """Refine a draft of a model version before v2.0."""

    kind: Literal["refine_model"] = "refine_model"


class ConvertModel(_OnModel):
    """Convert a model to another file format, with options for shape and textures."""

    kind: Literal["convert_model"] = "convert_model"
    format: str
    quad: bool = False
    force_symmetry: bool = False
    face_limit: int | None = None
    flatten_bottom: bool = False
    flatten_bottom_threshold: float = 0.01
    texture_size: int = 4096
    texture_format: str = "JPEG"
    scale_factor: float = 1.0
    pivot_to_center_bottom: bool = False
    pack_uv: bool = False
    bake: bool = True
    with_animation: bool = True
    animate_in_place: bool = False
    part_names: tuple[str, ...] = ()
    export_vertex_colors: bool = False
    export_orientation: str = "+x"
    fbx_preset: str = "blender"


class ImportModel(_OnModel):
    """Upload a model file, so that later tasks can work on it."""

    kind: Literal["import_model"] = "import_model"


class SegmentMesh(_OnModel):
    """Segment a model into parts."""

    kind: Literal["segment_mesh"] = "segment_mesh"
    segmentation_granularity: str = ""
    split_by_connectivity: bool = True
    ref_image: Picture | None = None


class SmartSegment(_OnModel):
    """Segment a model into named parts, from a model file or a picture; the service takes no task
    id here."""

    kind: Literal["smart_segment"] = "smart_segment"
    image: Picture | None = None
    granularity: str = "medium"
    hint: Words | None = None


class CompleteMesh(_OnModel):
    """Close the parts of a segmented model."""

    kind: Literal["complete_mesh"] = "complete_mesh"
    part_names: tuple[str, ...] = ()
    completion_mode: str = "ai_completion"


class DecimateMesh(_OnModel):
    """Reduce the faces of a model, or remesh it to quads."""

    kind: Literal["decimate_mesh"] = "decimate_mesh"
    face_limit: int | None = None
    quad: bool = False
    bake: bool = True
    part_names: tuple[str, ...] = ()
    smart_uv: bool = False


class UnwrapMesh(_OnModel):
    """Create new UVs for a model."""

    kind: Literal["unwrap_mesh"] = "unwrap_mesh"
    bake: bool = True


class CheckRig(_OnModel):
    """Check whether a model can be rigged, and as which rig type."""

    kind: Literal["check_rig"] = "check_rig"


class Rig(_OnModel):
    """Add a skeleton to a model."""

    kind: Literal["rig"] = "rig"
    rig_type: str = "biped"
    spec: str = "tripo"
    out_format: str = "glb"


class Retarget(_OnModel):
    """Animate a rigged model with preset animations, one file each."""

    kind: Literal["retarget"] = "retarget"
    animations: Annotated[tuple[str, ...], Field(min_length=1)]
    out_format: str = "glb"
    export_with_geometry: bool = True
    animate_in_place: bool = False
    bake_animation: bool = True


class _Drawing(_Request):
    model: str = ""
    prompt: Annotated[Words, Field(min_length=1)]
    size: str = ""
    aspect_ratio: str = ""
    quality: str = "low"
    background: str = "auto"
    output_format: str = ""
    template: str = ""
    t_pose: bool = False
    sketch_to_render: bool = False


class TextToImage(_Drawing):
    """Generate a picture from a prompt."""

    kind: Literal["text_to_image"] = "text_to_image"
    negative_prompt: Words | None = None


class EditImage(_Drawing):
    """Generate a picture from a prompt and reference pictures, image[1], image[2] in the prompt."""

    kind: Literal["edit_image"] = "edit_image"
    references: tuple[Picture, ...] = ()


class ImageToViews(_Request):
    """Generate four views from one picture."""

    kind: Literal["image_to_views"] = "image_to_views"
    model: str = ""
    image: Picture


class EditViews(_OnModel):
    """Redraw some of four views; `prompts` maps a view to the change."""

    kind: Literal["edit_views"] = "edit_views"
    prompts: Annotated[
        dict[Literal["front", "left", "back", "right"], Annotated[Words, Field(min_length=1)]],
        Field(min_length=1),
    ]


TaskRequest = (
    TextToModel
    | ImageToModel
    | MultiviewToModel
    | TextureModel
    | RefineModel
    | ConvertModel
    | ImportModel
    | SegmentMesh
    | SmartSegment
    | CompleteMesh
    | DecimateMesh
    | UnwrapMesh
    | CheckRig
    | Rig
    | Retarget
    | TextToImage
    | EditImage
    | ImageToViews
    | EditViews
)
_ADAPTER: TypeAdapter[TaskRequest] = TypeAdapter(
    Annotated[TaskRequest, Field(discriminator="kind")]
)


def kind_of(request: TaskRequest) -> TaskKind:
    """Return the task kind of a request."""
    return TaskKind(request.kind)


def parse_request(values: object) -> TaskRequest:
    """Build the request from a mapping with `kind` and the fields of that kind; a field that is
    None gets its default.

    Raises `pydantic.ValidationError` for unknown kinds, unknown fields and wrong types.
    """
    if isinstance(values, Mapping):
        fields = cast("Mapping[str, object]", values)
        values = {name: value for name, value in fields.items() if value is not None}
    return _ADAPTER.validate_python(values)
