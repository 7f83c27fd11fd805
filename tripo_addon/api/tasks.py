"""What can be asked of a service: one frozen model per kind of task, in neutral words.

No wire format here: the dialects write that. A request that breaks a rule of the catalogue cannot
be built; the forms ask `rules` first and show the sentence.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from .catalog import VIEWS, TaskKind

Words = Annotated[str, AfterValidator(str.strip)]


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    @property
    def pictures(self) -> tuple[Path, ...]:
        """The files to upload first, in the order in which `FileRef`s are handed to the dialect."""
        return ()


class _Generation(_Request):
    """Settings that every generation shares; None and the server's default are left out on
    the wire."""

    model: str
    texture: bool = True
    pbr: bool = True
    texture_quality: Literal["standard", "detailed", "extreme"] = "standard"
    geometry_quality: Literal["standard", "detailed"] = "standard"
    quad: bool = False
    face_limit: int | None = None
    model_seed: int | None = None
    texture_seed: int | None = None


class TextToModel(_Generation):
    """A model from words."""

    kind: Literal["text_to_model"] = "text_to_model"
    prompt: Annotated[Words, Field(min_length=1)]
    negative_prompt: Words | None = None
    image_seed: int | None = None


class ImageToModel(_Generation):
    """A model from one picture on disk."""

    kind: Literal["image_to_model"] = "image_to_model"
    image: Path

    @property
    def pictures(self) -> tuple[Path, ...]:
        """The one picture."""
        return (self.image,)


class MultiviewToModel(_Generation):
    """A model from two to four pictures; left is the subject's own left (Tripo's documents)."""

    kind: Literal["multiview_to_model"] = "multiview_to_model"
    front: Path
    left: Path | None = None
    back: Path | None = None
    right: Path | None = None

    @property
    def views(self) -> tuple[Path | None, ...]:
        """The four slots in the order front, left, back, right."""
        return (self.front, self.left, self.back, self.right)

    @property
    def pictures(self) -> tuple[Path, ...]:
        """The views that are given, in slot order."""
        return tuple(view for view in self.views if view is not None)

    @property
    def given(self) -> tuple[str, ...]:
        """The names of the views that are given, in slot order."""
        return tuple(name for name, view in zip(VIEWS, self.views, strict=True) if view is not None)


class TextureModel(_Request):
    """A new texture for a model that the service already has; by words, one picture, or both
    absent."""

    kind: Literal["texture_model"] = "texture_model"
    source_task: str = Field(min_length=1)
    model: str
    prompt: Words | None = None
    image: Path | None = None
    pbr: bool = True
    texture_quality: Literal["standard", "detailed", "extreme"] = "standard"
    texture_alignment: Literal["original_image", "geometry"] = "original_image"
    texture_seed: int | None = None

    @property
    def pictures(self) -> tuple[Path, ...]:
        """The reference picture, where there is one."""
        return (self.image,) if self.image else ()


TaskRequest = TextToModel | ImageToModel | MultiviewToModel | TextureModel
_ADAPTER: TypeAdapter[TaskRequest] = TypeAdapter(
    Annotated[TaskRequest, Field(discriminator="kind")]
)


def kind_of(request: TaskRequest) -> TaskKind:
    """The kind of a request as the catalogue knows it."""
    return TaskKind(request.kind)


def parse_request(values: object) -> TaskRequest:
    """The request of a mapping with `kind` and the fields of that kind.

    Raises `pydantic.ValidationError` for unknown kinds, unknown fields and wrong types.
    """
    return _ADAPTER.validate_python(values)
