"""The one refusal of those that look into a downloaded file."""


class UnusableFile(Exception):
    """The file cannot become a model; `sentence` says why in the artist's words."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
