"""Messages about rigs and animations. Bodies, bones and animations are passed as labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

ANOTHER_VERSION: Final = "another version"


def versions(labels: Sequence[str]) -> str:
    """Rig versions to choose from, such as "v1.0 or v2.0"."""
    return " or ".join(labels) if labels else ANOTHER_VERSION


def a(body: str) -> str:
    """A body with its article, such as "an octopod"."""
    return f"{'an' if body[:1] in 'aeiou' else 'a'} {body}"


def body_not_offered(version: str, known: Sequence[str], better: str, body: str) -> str:
    """The rig version does not support this body."""
    plurals = ", ".join(f"{each}s" for each in known)
    return f"Rig {version} supports only {plurals}: choose {better} for {a(body)}"


def bones_not_offered(version: str, bones: str, better: str) -> str:
    """The rig version does not support these bones."""
    return f"Rig {version} has no {bones} bones: choose {better}"


def bones_not_animated(bones: str) -> str:
    """The service does not animate rigs with these bones."""
    return f"{bones} bones cannot be animated: rig with Tripo bones"


def no_animation(body: str) -> str:
    """The service has no animation for this kind of body."""
    return f"There is no animation for {a(body)}: rig it without one"


def unknown_animation_risk(animation: str) -> str:
    """A rig is paid for before the service has checked the animation's name."""
    return f"“{animation}” is in no list: if it is refused, the rig is still charged"


def ambiguous(typed: str, labels: Sequence[str]) -> str:
    """A typed name matches several animations."""
    return f"“{typed}” could be one of several: {', '.join(labels)}"


def not_found(typed: str) -> str:
    """A typed name matches no animation."""
    example = f"preset:biped:{typed.lower().replace(' ', '_')}"
    return (
        f"No animation is called “{typed}”; enter one that is in no list by its full name, "
        f"such as {example}"
    )


def number_that_fit(count: int) -> str:
    """How many animations there are for a rig."""
    fit = "One animation fits" if count == 1 else f"{count} animations fit"
    return f"{fit} this rig"


def better_version(count: int, better: str, most: int) -> str:
    """How many animations there are for a rig, and which version has the most."""
    return f"{number_that_fit(count)}; a biped rigged with {better} has {most}"


def wrong_body(animation: str, body: str, only: str) -> str:
    """The animation is not for this body, which has a single one."""
    return f"“{animation}” is not for {a(body)}, which has only {only}"


def other_body(animation: str, meant_for: str, body: str) -> str:
    """The animation is for another kind of body."""
    return f"“{animation}” is for {a(meant_for)}, and this is {a(body)}"


def other_version(animation: str, better: str, version: str) -> str:
    """The animation is for another rig version."""
    return f"“{animation}” needs a rig of {better}, and this is {version}"
