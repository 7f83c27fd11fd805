"""Raised when a downloaded file is not a usable model."""


class UnusableFile(Exception):
    """The file is not a usable model; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
