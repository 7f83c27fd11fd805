"""One kind of task as data, and the differences between the versions of the API."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..fields import Clash, Field, Window

MADE_KINDS = ("text_to_model", "image_to_model", "multiview_to_model")
PART_KINDS = ("mesh_segmentation", "mesh_completion")
WORKED_KINDS = (*PART_KINDS, "highpoly_to_lowpoly", "mesh_uv", "refine_model", "stylize_model")
MESH_KINDS = (*MADE_KINDS, "texture_model", "import_model", *WORKED_KINDS)
RIGGED_KINDS = ("animate_rig", "animate_retarget")
PICTURE_KINDS = ("text_to_image", "generate_image")
VIEW_KINDS = ("generate_multiview_image", "edit_multiview_image")


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One kind of task as data; `kind` is its `type`, in v2's words.

    `models` gives the family of each version; `named_in` are the keys of the body that may name its
    source, of which exactly one is given, unless it is `optional`; `sources` are the kinds of task
    it may be, and `files` whether it may be a file. A source of another kind is refused with
    `wrong_source`.
    """

    kind: str
    fields: tuple[Field, ...]
    models: Mapping[str, str] = field(default_factory=dict[str, str])
    default_model: str = ""
    named_in: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    files: bool = True
    optional: bool = False
    wrong_source: int = 2006
    clashes: tuple[Clash, ...] = ()
    windows: tuple[Window, ...] = ()
    category: str = ""


@dataclass(frozen=True, kw_only=True)
class Manner:
    """Differences of one version of the API that the tables of fields cannot express.

    `retired` models are refused with 2015, short names that begin with `alias` with 1004; `ends`
    are the days, in seconds since 1970, until which a model is known. `token` is the prefix of its
    file tokens. `lost_file` and `unreachable` are its codes for an unknown token and a URL that
    cannot be fetched. `at_once` is how many unfinished tasks of a category an account may have.
    `plain_too`: a model is also delivered without its texture.
    """

    retired: tuple[str, ...]
    ends: Mapping[str, float] = field(default_factory=dict[str, float])
    alias: str = ""
    token: str = ""
    lost_file: int = 1004
    unreachable: int = 1004
    at_once: Mapping[str, int]
    plain_too: bool = False
