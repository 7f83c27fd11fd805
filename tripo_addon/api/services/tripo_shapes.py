"""Parts of a body that Tripo's two interfaces write alike.

Encoding only; facts: Tripo's v2 documents, which v3 still reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..catalog.field_types import VIEWS
from ..replies import FileRef
from ..tasks import EditViews, Retarget, TextureModel
from .calls import Body


def file_object(file: FileRef) -> Body:
    """A file as an object: its type, and its token, its place in the storage or its address."""
    if file.storage is not None:
        bucket, key = file.storage
        return {"type": file.format, "object": {"bucket": bucket, "key": key}}
    if file.address:
        return {"type": file.format, "url": file.address}
    return {"type": file.format, "file_token": file.token}


def texture_prompt(
    request: TextureModel,
    attached: Mapping[str, tuple[FileRef, ...]],
    shape: Callable[[FileRef], object],
) -> Body:
    """What a texture follows; `shape` writes a picture."""
    prompt: Body = {"text": request.prompt} if request.prompt else {}
    if "image" in attached:
        prompt["image"] = shape(attached["image"][0])
    views = [shape(attached[view][0]) for view in VIEWS if view in attached]
    if views:
        prompt["images"] = views
    if "style_image" in attached:
        prompt["style_image"] = shape(attached["style_image"][0])
    return prompt


def animations(request: Retarget) -> Body:
    """One animation under its own key, several as a list."""
    several = list(request.animations)
    return {"animations": several} if len(several) > 1 else {"animation": several[0]}


def view_prompts(request: EditViews) -> list[Body]:
    """The edits in slot order."""
    given = request.prompts.items()
    prompts = {str(view): text for view, text in given}
    return [{"view": view, "prompt": prompts[view]} for view in VIEWS if view in prompts]
