"""Turns the body of a POST into a plan: fields, pictures, price, and the order for the forge.

Refuses or returns; records and starts nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..desk import Making
from ..fields import Checked, Unacceptable, check, check_clashes, check_text, check_window
from ..messages import items, mapping
from ..orders import ModelKind
from . import pictures, prices, recipes
from .forms import Sent
from .pictures import Found
from .table import NEGATIVE_LENGTH, PROMPT_LENGTH, Endpoint

MODERATED = "The prompt was rejected by content moderation"
MOST_VIEWS = 4


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to record."""

    kind: str
    version: str
    credits: float
    ignored: tuple[str, ...]
    making: Making


@dataclass(frozen=True)
class Desired:
    """A body that passed its table, with its files."""

    kind: str
    version: str
    body: Checked
    sent: Sent
    folder: Path


def plan(endpoint: Endpoint, version: str, sent: Sent, folder: Path) -> Plan:
    """Check a whole body. Raises Unacceptable for the first error."""
    body = check(endpoint.fields[version], sent.values, family=version)
    check_clashes(endpoint.clashes, body)
    check_window(endpoint.windows, "face_limit", body, model=version)
    credits, making = MAKERS[endpoint.kind](Desired(endpoint.kind, version, body, sent, folder))
    return Plan(
        kind=endpoint.kind,
        version=version,
        credits=credits,
        ignored=body.ignored,
        making=making,
    )


def _of_text(submission: Desired) -> tuple[float, Making]:
    body = submission.body
    limits = {"prompt": PROMPT_LENGTH, "negative_prompt": NEGATIVE_LENGTH[submission.version]}
    trouble = _unfit_words(body, limits)
    order = recipes.generated("letters", submission.version, body, text=body.text("prompt").strip())
    return _generation(submission), Making(hopeless=trouble) if trouble else Making(order)


def _of_picture(submission: Desired) -> tuple[float, Making]:
    found = pictures.inline_or_linked(submission.body.given, "image", submission.folder)
    return _generation(submission), _pictured("relief", (found,), submission)


def _of_views(submission: Desired) -> tuple[float, Making]:
    """Nothing says which view is which, so they go around in their order."""
    listed = items(submission.body.value("images")) or []
    if not 2 <= len(listed) <= MOST_VIEWS:
        raise Unacceptable("images", f"must have 2 to {MOST_VIEWS} items")
    views = tuple(
        pictures.inline_or_linked(_entry(each, number), f"images[{number}]", submission.folder)
        for number, each in enumerate(listed)
    )
    empty = (Found(),) * (MOST_VIEWS - len(views))
    return _generation(submission), _pictured("box", (*views, *empty), submission)


def _entry(value: object, number: int) -> Mapping[str, object]:
    entry = mapping(value)
    if entry is None:
        raise Unacceptable(f"images[{number}]", "must be an object")
    return entry


def _of_skin(submission: Desired) -> tuple[float, Making]:
    source = _source(submission)
    body = submission.body
    trouble = _unfit_words(body, {"prompt": PROMPT_LENGTH})
    look, style = _picture(submission, "image"), _picture(submission, "style_image")
    if (look is None) == (body.value("prompt") is None):
        raise Unacceptable("prompt", "is needed, or else image or image_url, but not both")
    credits = prices.texturing(body, styled=style is not None)
    given = tuple(each for each in (look, style) if each is not None)
    trouble = trouble or _trouble((source, *given))
    if trouble or source.path is None:
        return credits, Making(hopeless=trouble)
    shown = (look.path,) if look is not None and look.path is not None else ()
    text = body.text("prompt").strip()
    order = recipes.textured(
        source.path, body, text=text, pictures=shown, style=style.path if style else None
    )
    return credits, Making(order)


def _of_format(submission: Desired) -> tuple[float, Making]:
    source = _source(submission)
    if source.path is None:
        return prices.conversion(submission.body), Making(hopeless=source.trouble)
    return prices.conversion(submission.body), Making(
        recipes.converted(source.path, submission.body)
    )


def _of_parts(submission: Desired) -> tuple[float, Making]:
    source = _source(submission)
    if source.path is None:
        return prices.SEGMENTATION, Making(hopeless=source.trouble)
    return prices.SEGMENTATION, Making(recipes.segmented(source.path))


def _picture(submission: Desired, name: str) -> Found | None:
    part, url = submission.sent.files.get(name), submission.body.value(f"{name}_url")
    if part is not None and url is not None:
        raise Unacceptable(name, f"is given beside {name}_url")
    if part is not None:
        return pictures.sent(part, submission.folder)
    return None if url is None else pictures.linked(url, f"{name}_url", submission.folder)


def _source(submission: Desired) -> Found:
    return pictures.mesh(
        submission.sent.files.get("model"), submission.body.value("model_url"), submission.folder
    )


def _pictured(kind: ModelKind, found: tuple[Found, ...], submission: Desired) -> Making:
    trouble = _trouble(found)
    if trouble:
        return Making(hopeless=trouble)
    paths = tuple(each.path for each in found)
    return Making(recipes.generated(kind, submission.version, submission.body, pictures=paths))


def _generation(submission: Desired) -> float:
    return prices.generation(submission.kind, submission.version, submission.body)


def _trouble(found: Iterable[Found]) -> str:
    return next((each.trouble for each in found if each.trouble), "")


def _unfit_words(body: Checked, limits: Mapping[str, int]) -> str:
    """Return why the texts make the task fail. Raises Unacceptable for a value that is no text.

    This service has no refusal for moderation: the task is accepted, fails, and gives the reason.
    """
    for name, longest in limits.items():
        if body.value(name) is None:
            continue
        try:
            check_text(name, body.text(name), longest=longest)
        except Unacceptable as error:
            if error.about != "content":
                raise
            return MODERATED
    return ""


Maker = Callable[[Desired], tuple[float, Making]]
MAKERS: Mapping[str, Maker] = {
    "text-to-3d": _of_text,
    "image-to-3d": _of_picture,
    "multiview-to-3d": _of_views,
    "texture-model": _of_skin,
    "convert-model": _of_format,
    "mesh-segmentation": _of_parts,
}
