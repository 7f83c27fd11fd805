"""How a second Blender ended. Details of a problem: they follow its sentence after a colon."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

NO_PROGRAM: Final = "this Blender has no program of its own"
NO_MODEL: Final = "the second Blender produced no model"
NO_FILE: Final = "the second Blender produced no file"
NO_REASON: Final = "the second Blender gave no reason"
NOT_READ: Final = "Blender could not read it"
OUT_OF_MEMORY: Final = "the second Blender ran out of memory"
NO_RESULT: Final = "the second Blender ended without a result"


def exit_code(code: int) -> str:
    """How a program ended by itself."""
    return f"exit code {code}"


def unknown_signal(number: int) -> str:
    """How a program was ended, where the system has no name for it."""
    return f"signal {number}"


def not_started(reason: str) -> str:
    """The program could not be run."""
    return f"no second Blender could be started ({reason})"


def too_long(seconds: float) -> str:
    """It was ended after so many seconds."""
    return f"the second Blender took over {seconds:g} seconds"


def too_much_memory(limit: int) -> str:
    """It was ended because it held more than so many bytes."""
    return (
        "the second Blender was stopped because it needed more memory than this computer could "
        f"spare ({limit / 1e9:.1f} GB)"
    )


def killed(how: str) -> str:
    """Something else ended it."""
    return f"the second Blender was ended from outside ({how}), most likely because memory ran out"


def crashed(how: str) -> str:
    """It crashed."""
    return f"the second Blender crashed ({how})"


def ended_early(how: str) -> str:
    """It ended by itself with an error."""
    return f"the second Blender ended early ({how})"


def imports_here(reason: str) -> str:
    """The model is imported directly, since no second Blender can prepare it."""
    return f"{reason[:1].upper()}{reason[1:]}; Blender pauses while it imports"


def warnings(sentences: Iterable[str]) -> str:
    """What the second Blender did differently, in one text for the row."""
    return ". ".join(sentences)
