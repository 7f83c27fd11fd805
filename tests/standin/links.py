"""Signed links to the artifact host: whoever has one may fetch, until it expires.

Signs and checks; serves nothing.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote

from .clock import Clock

Verdict = Literal["good", "forged", "expired"]


class Links:
    """Makes links that live for `life` seconds; no two are alike."""

    def __init__(self, clock: Clock, life: float) -> None:
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._life = life
        self.base_url = ""

    @property
    def now(self) -> float:
        """Return seconds since 1970 by the clock of the links."""
        return self._clock()

    def sign(self, path: str, *, life: float | None = None) -> str:
        """Return a signed URL for the path, valid from now on."""
        expires = f"{self._clock() + (self._life if life is None else life):.3f}"
        nonce = secrets.token_hex(4)
        mark = self._mark(path, expires, nonce)
        return f"{self.base_url}{quote(path)}?Expires={expires}&Nonce={nonce}&Signature={mark}"

    def check(self, path: str, query: Mapping[str, str]) -> Verdict:
        """Return whether a request's query is valid for this path now."""
        expires, nonce = query.get("Expires", ""), query.get("Nonce", "")
        mark = self._mark(path, expires, nonce)
        if not hmac.compare_digest(mark, query.get("Signature", "")):
            return "forged"
        return "good" if self._clock() < float(expires) else "expired"

    def _mark(self, path: str, expires: str, nonce: str) -> str:
        text = f"{path}\n{expires}\n{nonce}".encode()
        return hmac.new(self._secret, text, hashlib.sha256).hexdigest()
