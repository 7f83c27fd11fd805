"""Why something was not sent, as an exception for scripts."""

from __future__ import annotations


class Refused(RuntimeError):
    """Nothing was sent and nothing was paid for. `sentence` says why, in the panel's words; `field`
    is the setting at fault, or ""."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


class NotReady(Refused):
    """Nothing can be sent: no online access, no key, or the add-on cannot work here."""


class JobFailed(RuntimeError):
    """A job that was waited for failed; `job` says what happened and what to do."""

    def __init__(self, sentence: str, job: object) -> None:
        super().__init__(sentence)
        self.job = job
