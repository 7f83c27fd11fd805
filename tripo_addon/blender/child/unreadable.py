"""The refusals of this folder: a file that cannot become a model, and one that cannot land."""

from __future__ import annotations

from typing import ClassVar


class Unreadable(Exception):
    """Blender cannot make a model of the file; `detail` is the importer's own last line."""

    failure: ClassVar[str] = "file"

    def __init__(self, sentence: str, detail: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.detail = detail

    def told(self) -> dict[str, object]:
        """The result of an order that ended with this."""
        return {
            "ok": False,
            "failure": self.failure,
            "sentence": self.sentence,
            "detail": self.detail,
        }


class NotTransferred(Unreadable):
    """The model is there, but cannot be laid onto the captured objects."""

    failure = "landing"
