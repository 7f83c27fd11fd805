"""The errors that a second Blender reports: an unusable file, or a result that does not fit."""

from __future__ import annotations

from typing import ClassVar


class Unreadable(Exception):
    """Blender cannot turn the file into a model. `detail` is the importer's last line."""

    failure: ClassVar[str] = "file"

    def __init__(self, sentence: str, detail: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.detail = detail

    def as_result(self) -> dict[str, object]:
        """The result of an order that failed with this error."""
        return {
            "ok": False,
            "failure": self.failure,
            "sentence": self.sentence,
            "detail": self.detail,
        }


class NotTransferred(Unreadable):
    """The model was imported but cannot be applied to the captured objects."""

    failure = "landing"
