"""Why something was not sent, as an exception for scripts."""

from __future__ import annotations


class Refused(RuntimeError):
    """Nothing was sent and nothing was paid for. `sentence` says why, in the words of the panel;
    `field` is the setting at fault, or ""."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


class NotReady(Refused):
    """Nothing can be sent at all: no online access, no key, or the add-on cannot work here."""


class JobFailed(RuntimeError):
    """A job that was waited for did not end well; `job` says what happened and what can be done."""

    def __init__(self, sentence: str, job: object) -> None:
        super().__init__(sentence)
        self.job = job
