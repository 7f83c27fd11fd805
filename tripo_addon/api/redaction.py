"""Removes API keys from texts, in any encoding. The only place that does.

A service may quote the key that it refuses; a log, a report or an environment may contain it.
Standard library only, because the log starts before other modules are loaded.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Final, cast
from urllib.parse import unquote

SHORTEST_KEY: Final = 8
"""A shorter text is not treated as a key, because removing it would remove ordinary words."""
IN_PLACE: Final = "[key]"
_LEVELS: Final = 4
_LONGEST_SPELLING: Final = 1024
_NAMED: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)


class Redaction:
    """Removes certain keys; texts shorter than `SHORTEST_KEY` are ignored."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = frozenset(key for key in keys if len(key) >= SHORTEST_KEY)

    def __repr__(self) -> str:
        return "Redaction(…)"

    def text(self, text: str) -> str:
        """Replace each key by `[key]`: plain, in base64, or in hexadecimal.

        If a key is found only after JSON, URL or HTML escapes are decoded, possibly several times,
        the decoded text is returned.
        """
        pattern = _pattern(self._keys)
        if pattern is None:
            return text
        clean = pattern.sub(IN_PLACE, text)
        for reading in _readings(clean):
            redacted = pattern.sub(IN_PLACE, reading)
            if redacted != reading:
                return self.text(redacted)
        return clean

    def stands_in(self, text: str) -> bool:
        """Whether the text contains a key in any of these forms."""
        return self.text(text) != text

    def anything(self, value: object, most: int) -> object:
        """Return parsed JSON with the keys removed from all texts, each cut to `most`
        characters."""
        match value:
            case str():
                return self._start(value, most)
            case list():
                return [self.anything(each, most) for each in cast("list[object]", value)]
            case dict():
                pairs = cast("dict[str, object]", value).items()
                return {
                    str(self.anything(name, most)): self.anything(each, most)
                    for name, each in pairs
                }
            case _:
                return value

    def _start(self, value: str, most: int) -> str:
        """Redact the start of a text, which is all that is searched of a long one; cut it so that
        no part of a key remains at the end."""
        clean = self.text(value[: 2 * most])
        whole = len(value) <= 2 * most
        return clean[:most] if whole else clean[: max(0, min(most, len(clean) - _LONGEST_SPELLING))]


@lru_cache(maxsize=64)
def _pattern(keys: frozenset[str]) -> re.Pattern[str] | None:
    forms = [form for key in sorted(keys, key=len, reverse=True) for form in _forms(key)]
    return re.compile("|".join(forms)) if forms else None


def _forms(key: str) -> Iterator[str]:
    """Yield patterns for the key: plain, in hexadecimal, and in base64 after other bytes."""
    yield re.escape(key)
    raw = key.encode("utf-8", "surrogatepass")
    yield f"(?i:{raw.hex()})"
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw).decode().rstrip("=")
        # The first and last base64 characters also depend on the bytes next to the key.
        first, last = -(-before * 4 // 3), len(raw + bytes(before)) * 4 // 3
        stable = "".join(_IN_BASE64.get(each, each) for each in encoded[first:last])
        yield f"{stable}[\\w+/=-]{{0,3}}"


_IN_BASE64: Final = {"+": "[+-]", "/": "[/_]"}
"""URL-safe base64 uses other characters for these two."""


def _readings(text: str) -> Iterator[str]:
    """Yield the text, decoded once more each time: as JSON, as a URL, as HTML."""
    for _ in range(_LEVELS):
        before = text
        for mark, read in _READERS:
            if mark in text:
                text = read(text)
                yield text
        if text == before:
            return


def _unescaped(text: str) -> str:
    return _NAMED.sub(lambda hit: hit[3] or chr(int(hit[1] or hit[2], 16)), text)


def _without_entities(text: str) -> str:
    from html import unescape  # loads a table of two thousand names, rarely needed

    return unescape(text)


_READERS: Final[tuple[tuple[str, Callable[[str], str]], ...]] = (
    ("\\", _unescaped),
    ("%", unquote),
    ("&", _without_entities),
)
