"""Why a form is not sent as it is, and what was corrected in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final


def not_offered(service: str) -> str:
    """The service does not offer this task kind."""
    return f"{service} does not offer this"


def version_not_offered(service: str) -> str:
    """The chosen model version is not in the service's list."""
    return f"{service} does not offer this model version; choose another"


def no_versions(service: str) -> str:
    """A model version is set, but the task kind has none."""
    return f"{service} has no choice of model versions here"


def field(label: str) -> str:
    """A text field as the subject of a sentence."""
    return f"The {label.lower()}"


def view_edit(view: str) -> str:
    """The text about one of four views, as the subject of a sentence."""
    return f"The edit of the {view} view"


def view_edit_empty(view: str) -> str:
    """The text about a view to change is empty."""
    return f"{view_edit(view)} is empty: describe the change or remove it"


def name_missing(label: str) -> str:
    """An entry of a list of names is empty."""
    return f"One of the {label.lower()} has no name"


def web_address_required(service: str) -> str:
    """A file is chosen, but the service accepts only web addresses."""
    return f"{service} cannot take a file: enter the public web address of the image"


def too_long(subject: str, length: int, limit: int) -> str:
    """A text has too many characters."""
    return f"{subject} has {length:,} characters; the limit is {limit:,}"


def has_symbol(subject: str) -> str:
    """A text has characters that the service refuses."""
    return f"{subject} has an emoji or symbol, which the service does not accept"


def version(label: str) -> str:
    """A model version as the subject of a sentence."""
    return f"Model {label}"


THE_SERVICE: Final = "The service"


def setting_not_taken(who: str, label: str) -> str:
    """A field is set that the version or service does not have."""
    return f"{who} does not support {label}"


def choices_not_offered(who: str, label: str, values: Sequence[str]) -> str:
    """Values are chosen that the version or service does not have."""
    named = "”, “".join(values)
    return f"{who} has no {label} “{named}”"


def wrong_count(who: str, label: str, low: float, high: float) -> str:
    """A list has too many or too few entries."""
    return f"{who} takes {low:,} to {high:,} {label.lower()}"


def outside_own_range(who: str, label: str, low: float, high: float) -> str:
    """A number is outside the range of this version or service."""
    return f"{who} takes a {label} from {low:,} to {high:,}"


def outside_range(label: str, low: float, high: float) -> str:
    """A number is outside the parameter's general range."""
    return f"{label} must be from {low:,} to {high:,}"


def version_corrected(label: str) -> str:
    """A version that is not offered was replaced by the default."""
    return f"The model version is now {label}"


def range_corrected(label: str, low: float, high: float) -> str:
    """A number was moved into the range."""
    return f"{label} was limited to {low:,} to {high:,}"


def too_many_triangles(kind: str, most: int, triangles: int, remedies: str) -> str:
    """The model is too large for this kind of task."""
    return (
        f"{kind} takes up to {most:,} triangles, and this model has {triangles:,} "
        f"(a quad counts as two): reduce it first, {remedies}"
    )


DECIMATE_MODIFIER: Final = "with a Decimate modifier"


def low_poly_or_modifier(kind: str, price: str) -> str:
    """The two ways to reduce faces, the paid one with its price as text."""
    return f"with {kind} ({price}) or {DECIMATE_MODIFIER} (free)"


def switched_off(setting: str) -> str:
    """A setting that is on by default and off now."""
    return f"No {setting}"


def set_to(setting: str, value: str) -> str:
    """A setting with its value."""
    return f"{setting}: {value}"
