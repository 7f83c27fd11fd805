"""Checks whether a file holds usable CA certificates. Reads the disk; for workers."""

from __future__ import annotations

import os
import ssl
import stat
from functools import lru_cache

from ..messages import connections as messages


def refuse_certificates(path: str) -> str:
    """Return why a file cannot be used, as a detail without its path, or ""."""
    try:
        seen = os.stat(path)
    except (OSError, ValueError):
        return messages.NO_CERTIFICATE_FILE
    if stat.S_ISDIR(seen.st_mode):
        return ""  # a folder of hashed names, which OpenSSL looks up one by one
    return _refuse(path, seen.st_mtime_ns, seen.st_size)


@lru_cache(maxsize=8)
def _refuse(path: str, _changed: int, _size: int) -> str:
    """Check one state of the file; cached, because every connection asks."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except (OSError, ValueError):
        return messages.NO_CERTIFICATES
    return ""
