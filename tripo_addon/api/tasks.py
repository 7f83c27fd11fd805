"""What can be asked of a service: one frozen model per kind of task, in neutral words.

No wire format here: the dialects write that. Types are checked here, values by the catalog's
rules, which the forms ask first: a choice or a window stands in one place.
"""

from __future__ import annotations

from collections.abc import Mapping
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
from .rules import clean, is_web_address

Words = Annotated[str, AfterValidator(clean)]
_FILES = frozenset({ParamType.PICTURE, ParamType.PICTURES, ParamType.MODEL_FILE})


def _picture(value: object) -> Path | str:
    if isinstance(value, Path):
        return value
    if isinstance(value, str) and (typed := typed_path(value)):
        return typed if is_web_address(typed) else Path(typed)
    raise ValueError("neither a file nor a web address")


def _text(value: object) -> str:
    # Not `str` itself: an older pydantic 2 looks for a signature, which that has not.
    return str(value)


Picture = Annotated[Path | str, PlainValidator(_picture), PlainSerializer(_text, return_type=str)]
"""A picture: a file on disk, or the web address of a public one."""


class _Request(BaseModel):
    """`turns` are quarter turns clockwise that pictures are sent with, by their field."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    turns: tuple[tuple[str, int], ...] = ()

    @property
    def files(self) -> tuple[Path | str, ...]:
        """The files and web addresses that this is made from, in the order in which `FileRef`s are
        handed to the dialect."""
        return tuple(file for _name, files in self._attachments() for file in files)

    @property
    def file_fields(self) -> tuple[str, ...]:
        """The field that each of `files` belongs to."""
        return tuple(name for name, files in self._attachments() for _file in files)

    def turn(self, field: str) -> int:
        """The quarter turns clockwise that this field's picture is sent with."""
        return dict(self.turns).get(field, 0)

    def attached(self, files: tuple[FileRef, ...]) -> Mapping[str, tuple[FileRef, ...]]:
        """The references of `files`, by the field that each belongs to; fields without are
        absent."""
        rest = iter(files)
        return {name: tuple(next(rest) for _file in each) for name, each in self._attachments()}

    def _attachments(self) -> tuple[tuple[str, tuple[Path | str, ...]], ...]:
        found: list[tuple[str, tuple[Path | str, ...]]] = []
        for name in type(self).model_fields:
            entry = PARAMETERS[name].type if name in PARAMETERS else None
            value = cast("Path | str | tuple[Path | str, ...] | None", getattr(self, name))
            if entry in _FILES and value:
                found.append((name, value if isinstance(value, tuple) else (value,)))
        return tuple(found)


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
    """A model from words."""

    kind: Literal["text_to_model"] = "text_to_model"
    prompt: Annotated[Words, Field(min_length=1)]
    negative_prompt: Words | None = None
    image_seed: int | None = None


class ImageToModel(_Generation):
    """A model from one picture."""

    kind: Literal["image_to_model"] = "image_to_model"
    image: Picture
    orientation: str = "default"
    enable_image_autofix: bool = False


class MultiviewToModel(_Generation):
    """A model from two to four pictures, or from a task that made four views; left is the subject's
    own left (Tripo's documents)."""

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
        """The four slots in the order front, left, back, right."""
        return (self.front, self.left, self.back, self.right)

    @property
    def given(self) -> tuple[str, ...]:
        """The names of the views that are given, in slot order."""
        return tuple(name for name, view in zip(VIEWS, self.views, strict=True) if view is not None)


class _OnModel(_Request):
    """Work on a model: on what a task of the same service made, or on a file."""

    model: str = ""
    source_task: str | None = None
    source_file: Path | None = None


class TextureModel(_OnModel, _Textured):
    """A new texture for a model; by words, one picture or four views, or all absent."""

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
    """A draft of the versions before v2.0, made final."""

    kind: Literal["refine_model"] = "refine_model"


class ConvertModel(_OnModel):
    """A model in another file format, with options of its shape and textures."""

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
    """A model file that the service keeps, so that later tasks can work on it."""

    kind: Literal["import_model"] = "import_model"


class SegmentMesh(_OnModel):
    """A model cut into named parts."""

    kind: Literal["segment_mesh"] = "segment_mesh"
    segmentation_granularity: str = ""
    split_by_connectivity: bool = True
    ref_image: Picture | None = None


class SmartSegment(_OnModel):
    """A model cut into parts that have names, from a file or from a picture of it; the service
    takes no task of its own here."""

    kind: Literal["smart_segment"] = "smart_segment"
    image: Picture | None = None
    granularity: str = "medium"
    hint: Words | None = None


class CompleteMesh(_OnModel):
    """The parts of a segmented model, closed."""

    kind: Literal["complete_mesh"] = "complete_mesh"
    part_names: tuple[str, ...] = ()
    completion_mode: str = "ai_completion"


class DecimateMesh(_OnModel):
    """A model with fewer faces, or of quads."""

    kind: Literal["decimate_mesh"] = "decimate_mesh"
    face_limit: int | None = None
    quad: bool = False
    bake: bool = True
    part_names: tuple[str, ...] = ()
    smart_uv: bool = False


class UnwrapMesh(_OnModel):
    """A model unwrapped anew."""

    kind: Literal["unwrap_mesh"] = "unwrap_mesh"
    bake: bool = True


class CheckRig(_OnModel):
    """Whether a model can be given a skeleton, and which."""

    kind: Literal["check_rig"] = "check_rig"


class Rig(_OnModel):
    """A model with a skeleton."""

    kind: Literal["rig"] = "rig"
    rig_type: str = "biped"
    spec: str = "tripo"
    out_format: str = "glb"


class Retarget(_OnModel):
    """A rigged model with preset animations, one file each."""

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
    """A picture from words."""

    kind: Literal["text_to_image"] = "text_to_image"
    negative_prompt: Words | None = None


class EditImage(_Drawing):
    """A picture from words and reference pictures, which the words call image[1], image[2]."""

    kind: Literal["edit_image"] = "edit_image"
    references: tuple[Picture, ...] = ()


class ImageToViews(_Request):
    """Four views from one picture."""

    kind: Literal["image_to_views"] = "image_to_views"
    model: str = ""
    image: Picture


class EditViews(_OnModel):
    """Some of four views, redrawn; `prompts` says what to change, by view."""

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
    """The kind of a request as the catalog knows it."""
    return TaskKind(request.kind)


def parse_request(values: object) -> TaskRequest:
    """The request of a mapping with `kind` and the fields of that kind; a field that is None stands
    at its default.

    Raises `pydantic.ValidationError` for unknown kinds, unknown fields and wrong types.
    """
    if isinstance(values, Mapping):
        fields = cast("Mapping[str, object]", values)
        values = {name: value for name, value in fields.items() if value is not None}
    return _ADAPTER.validate_python(values)
