"""Faults of downloads, and of keys and addresses."""

from __future__ import annotations

from typing import Final

from mutation import Mutation

_API: Final = "tripo_addon/api"
_FILES: Final = ("tests/api/test_downloads.py", "tests/api/test_resumed_downloads.py")

HTTP: Final = (
    # Downloads.
    Mutation(
        "a download gets its name before it is on the disk",
        f"{_API}/http/downloads.py",
        "        os.fsync(file.fileno())",
        "        file.fileno()",
        _FILES,
    ),
    Mutation(
        "the rest of another file is appended",
        f"{_API}/http/downloads.py",
        " or not known.agrees(response, _total(response, 0))",
        "",
        _FILES,
    ),
    Mutation(
        "a file that ends early is taken for whole",
        f"{_API}/http/downloads.py",
        "    if total is not None and done != total:\n        raise _broken_off()\n",
        "",
        _FILES,
    ),
    # Keys and addresses.
    Mutation(
        "an address without TLS is taken",
        f"{_API}/http/addresses.py",
        'parts.scheme == "https"',
        'parts.scheme in {"http", "https"}',
        ("tests/api/test_addresses.py",),
    ),
    Mutation(
        "what a service says is kept with the key in it",
        f"{_API}/http/transport.py",
        "            body = self._auth.received(json.loads(content))",
        "            body = json.loads(content)",
        ("tests/api/test_redaction.py",),
    ),
    Mutation(
        "an answer is unpacked without a bound",
        f"{_API}/http/transport.py",
        "whole(response, ANSWER_BYTES, watch)",
        "response.content",
        ("tests/api/test_bounds.py",),
    ),
)
