"""Parts of a request body that are the same in Tripo's two interfaces.

Encoding only. Facts: Tripo's v2 documents, whose format v3 still reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..catalog.field_types import VIEWS
from ..replies import FileRef
from ..tasks import EditViews, Retarget, TextureModel
from .calls import Body


def file_object(file: FileRef) -> Body:
    """Return a file as an object: its type, and its token, storage location or URL."""
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
    """Return the texture's prompt or pictures; `shape` encodes a picture."""
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
    """Return one animation under its own key, or several as a list."""
    several = list(request.animations)
    return {"animations": several} if len(several) > 1 else {"animation": several[0]}


def view_prompts(request: EditViews) -> list[Body]:
    """Return the edits in the order of the views."""
    given = request.prompts.items()
    prompts = {str(view): text for view, text in given}
    return [{"view": view, "prompt": prompts[view]} for view in VIEWS if view in prompts]
