"""The one refusal of this folder: a file that cannot become a model."""

from __future__ import annotations


class Unreadable(Exception):
    """Blender cannot make a model of the file; `detail` is the importer's own last line."""

    def __init__(self, sentence: str, detail: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.detail = detail
