"""Turns the body of a POST into a plan: model, fields, sources, price, and the order for the forge.

Refuses or returns; records and starts nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from uuid import uuid4

from ..contents import triangles_in
from ..desk import Making
from ..fields import Checked, Unacceptable, check, check_clashes, check_window
from ..messages import items
from ..orders import Delivery, Order
from . import creatures, pictures, recipes
from .endpoint import MADE_KINDS, Endpoint, Manner
from .generation import MODEL
from .prices import credits
from .processing import MOST_TO_UNWRAP
from .refusals import Refused, refusal
from .sources import Finder, Source

NO_PROMPT = "texturing an imported model needs a text or a picture"
SHAPE_ONLY = ("OBJ", "STL", "3MF")
PIECES = {"simple": 3, "balanced": 8, "detailed": 16}
SMART_PIECES = {"coarse": 3, "medium": 8, "fine": 16}
# No AI knows what the parts are: they always get these names, in this order.
PART_NAMES = ("head", "torso", "legs", "feet", "hair", "left arm", "right arm", "belt", "cloak")
TRANSFORM = 16
BLOCKS = {"lego": 48, "voxel": 64, "voronoi": 0}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to record; `facts` are copied into the output."""

    endpoint: Endpoint
    model: str
    category: str
    credits: float
    ignored: tuple[str, ...]
    making: Making
    facts: Mapping[str, object]
    along: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A body that passed its table, and the finder of its sources."""

    endpoint: Endpoint
    body: Checked
    finder: Finder
    family: str

    @property
    def plain_too(self) -> bool:
        """Whether a new model is also delivered without its texture."""
        return self.finder.manner.plain_too


@dataclass(frozen=True)
class Way:
    """How a task gets its result; `along` are tasks that come with it: ids and kinds."""

    making: Making
    facts: Mapping[str, object] = field(default_factory=dict[str, object])
    along: Mapping[str, str] = field(default_factory=dict[str, str])


def plan(endpoint: Endpoint, body: Mapping[str, object], finder: Finder, *, now: float) -> Plan:
    """Check a whole body at this moment. Raises Refused for the first error."""
    try:
        model = _model(endpoint, body, finder.manner, now)
        family = endpoint.models.get(model, "")
        checked = check(endpoint.fields, body, family=family)
        check_clashes(endpoint.clashes, checked)
        check_window(endpoint.windows, "face_limit", checked, model=model)
        _check_entitlement(checked)
        submission = Submission(endpoint=endpoint, body=checked, finder=finder, family=family)
        made = MAKERS[endpoint.kind](submission)
        price = credits(endpoint.kind, family, checked)
    except Unacceptable as error:
        raise refusal(error) from error
    way = made if isinstance(made, Way) else Way(Making(made))
    return Plan(
        endpoint=endpoint,
        model=model,
        category=endpoint.category or family[:1],
        credits=price,
        ignored=checked.ignored,
        making=way.making,
        facts=way.facts,
        along=way.along,
    )


def _model(endpoint: Endpoint, body: Mapping[str, object], manner: Manner, now: float) -> str:
    if not endpoint.models:
        return ""
    keys = next((each.keys for each in endpoint.fields if each.name == MODEL.name), ())
    model = next((body[key] for key in keys if body.get(key)), endpoint.default_model)
    if not isinstance(model, str) or not model:
        raise Refused(1004, f"parameter '{MODEL.name}' is required")
    ended = now >= manner.ends.get(model, inf)
    if model in endpoint.models and not ended:
        return model
    if ended or model in manner.retired:
        raise Refused(2015)
    if manner.alias and model.startswith(manner.alias):
        raise Refused(1004, "parameter 'model' must be a dated version")
    raise Refused(2017)


def _check_entitlement(body: Checked) -> None:
    if (body.whole("priority") or 1) > 1:
        raise Refused(2013)
    if body.on("check_printable"):
        raise Refused(1005)


def _of_text(submission: Submission) -> Order:
    given = submission.body.value("style_image")
    style = None if given is None else submission.finder.picture(given, "style_image").path
    return recipes.letters(
        submission.body, submission.family, plain_too=submission.plain_too, style=style
    )


def _of_picture(submission: Submission) -> Order:
    picture = submission.finder.single(submission.body, submission.endpoint).file
    plain_too = submission.plain_too
    return recipes.pictured(
        "relief", (picture,), submission.body, submission.family, plain_too=plain_too
    )


def _of_views(submission: Submission) -> Order:
    views = submission.finder.views(submission.body, submission.endpoint)
    return recipes.pictured(
        "box", views, submission.body, submission.family, plain_too=submission.plain_too
    )


# What no longer has the picture or the text it was made from, if it ever had one.
FOREIGN = ("import_model", "mesh_segmentation", "mesh_completion", "highpoly_to_lowpoly")
FAMILIAR = (*MADE_KINDS, "texture_model", "refine_model")


def _is_foreign(submission: Submission, source: Source) -> bool:
    """Whether nothing is left to go by: the nearest task that tells is no making or texturing."""
    kinds = (task.kind for task in submission.finder.lineage(source))
    return next((kind for kind in kinds if kind in (*FOREIGN, *FAMILIAR)), "") not in FAMILIAR


def _of_mesh(submission: Submission) -> Order | Way:
    source = submission.finder.mesh(submission.body, submission.endpoint)
    look = recipes.texture_input(submission.body, submission.finder)
    if look.empty and _is_foreign(submission, source):
        return Way(Making(hopeless=NO_PROMPT))
    return recipes.retextured(source, look, submission.body)


def _of_file(submission: Submission) -> Way:
    path = submission.finder.mesh(submission.body, submission.endpoint).file
    if path is not None and path.suffix in (".glb", ".fbx"):
        return Way(Making(ready=path))
    return Way(Making(Order(kind="convert", source=path)))


def _converted(submission: Submission) -> Order:
    source = submission.finder.mesh(submission.body, submission.endpoint)
    wanted = submission.body.text("format")
    if submission.body.number("scale_factor") == 0:
        raise Unacceptable("scale_factor", "must not be 0")
    if source.kind.startswith("animate") and wanted in SHAPE_ONLY:
        raise Unacceptable("format", f"{wanted} cannot hold a rigged model")
    return recipes.converted(source, submission.body)


def _refined(submission: Submission) -> Order:
    source = submission.finder.mesh(submission.body, submission.endpoint)
    return recipes.refined(source, source.task.body if source.task else {})


def _stylized(submission: Submission) -> Order:
    style = submission.body.text("style")
    block = BLOCKS.get(style, submission.body.whole("block_size") or 80)
    return Order(
        kind="stylize",
        source=submission.finder.mesh(submission.body, submission.endpoint).file,
        look="color",
        texture_seed=style,
        delivery=Delivery(block=block),
    )


def _segmented(submission: Submission) -> Order:
    body = submission.body
    guide = body.value("ref_image")
    if guide is not None:
        submission.finder.picture(guide, "ref_image")
    return Order(
        kind="segment",
        source=submission.finder.mesh(body, submission.endpoint).file,
        # A guiding picture overrides the other two.
        pieces=PIECES["balanced" if guide else body.text("segmentation_granularity") or "balanced"],
        bands=guide is None and body.value("split_by_connectivity") is False,
    )


def _named_parts(submission: Submission) -> Way:
    """Return named parts; the segmentation that later steps use is a task of its own."""
    body, named = submission.body, str(uuid4())
    facts = {"seg_task_id": named, "prompt": ", ".join(PART_NAMES)}
    pieces = SMART_PIECES[body.text("granularity")]
    if body.text("seg_type") == "image":
        picture = submission.finder.single(body, submission.endpoint).file
        order = Order(kind="relief", pictures=(picture,), parts=True, names=PART_NAMES)
    else:
        if len(items(body.value("transform")) or ()) != TRANSFORM:
            raise Unacceptable("transform", f"must have {TRANSFORM} numbers for a model")
        source = submission.finder.mesh(body, submission.endpoint).file
        if source is not None and source.suffix != ".glb":
            raise Refused(2004)
        order = Order(kind="segment", source=source, pieces=pieces, names=PART_NAMES)
    return Way(Making(order), facts, {named: "mesh_segmentation"})


def _completed(submission: Submission) -> Order:
    source = submission.finder.mesh(submission.body, submission.endpoint).file
    parts = submission.body.words("part_names")
    return Order(kind="complete", source=source, delivery=Delivery(parts=parts))


def _thinned(submission: Submission) -> Order:
    body = submission.body
    if submission.family == "D1" and body.whole("face_limit") is None:
        raise Unacceptable("face_limit", "is required with model v1.0")
    return Order(
        kind="decimate",
        source=submission.finder.mesh(body, submission.endpoint).file,
        face_limit=body.whole("face_limit"),
        quad=body.on("quad"),
        delivery=Delivery(parts=body.words("part_names")),
    )


def _unwrapped(submission: Submission) -> Order:
    body = submission.body
    source = submission.finder.mesh(body, submission.endpoint).file
    found = triangles_in(source) if source is not None else 0
    if found > MOST_TO_UNWRAP:
        raise Refused(1004, f"the model has {found} triangles, {MOST_TO_UNWRAP} at most are taken")
    turn = recipes.TURNS.get(body.text("export_orientation"), 0.0)
    return Order(kind="uv", source=source, turn=turn)


def _rig_checked(submission: Submission) -> Way:
    source = submission.finder.mesh(submission.body, submission.endpoint)
    return Way(Making(), creatures.body_of(submission.finder.lineage(source)))


Maker = Callable[[Submission], Order | Way]
MAKERS: Mapping[str, Maker] = {
    "text_to_model": _of_text,
    "image_to_model": _of_picture,
    "multiview_to_model": _of_views,
    "texture_model": _of_mesh,
    "import_model": _of_file,
    "convert_model": _converted,
    "refine_model": _refined,
    "stylize_model": _stylized,
    "mesh_segmentation": _segmented,
    "mesh_smartsegment": _named_parts,
    "mesh_completion": _completed,
    "highpoly_to_lowpoly": _thinned,
    "mesh_uv": _unwrapped,
    "animate_prerigcheck": _rig_checked,
    "animate_rig": lambda submission: creatures.rigged(
        submission.endpoint, submission.body, submission.finder, submission.family
    ),
    "animate_retarget": lambda submission: creatures.moved(
        submission.endpoint, submission.body, submission.finder
    ),
    "text_to_image": lambda submission: pictures.painted(
        submission.endpoint, submission.body, submission.finder, submission.family
    ),
    "generate_image": lambda submission: pictures.painted(
        submission.endpoint, submission.body, submission.finder, submission.family
    ),
    "generate_multiview_image": lambda submission: pictures.turned(
        submission.endpoint, submission.body, submission.finder
    ),
    "edit_multiview_image": lambda submission: pictures.edited(
        submission.endpoint, submission.body, submission.finder
    ),
    "image_to_splat": lambda submission: pictures.splatted(
        submission.endpoint, submission.body, submission.finder
    ),
    "image_to_depth": lambda submission: pictures.deep(
        submission.endpoint, submission.body, submission.finder
    ),
}
