"""Fetches a file that a request names by URL, from this machine only.

The real services fetch from anywhere; the stand-in refuses everything on the internet.
"""

import re
from http.client import HTTPConnection, HTTPException
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit
from uuid import uuid4

LOOPBACK = ("127.0.0.1", "localhost", "::1")
LARGEST = 150_000_000
PATIENCE = 10.0
PLAIN_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


class Unreachable(Exception):
    """The URL cannot be fetched from here; the message says why."""


def is_web_address(text: str) -> bool:
    """Return whether it is an http or https URL with a host, on this machine or elsewhere."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def fetch(url: str) -> tuple[bytes, str]:
    """Return the content of a loopback URL and the last part of its path. Raises Unreachable.

    Does not follow redirects, which might lead off this machine.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 80
    except ValueError as error:
        raise Unreachable(str(error)) from error
    if parts.scheme != "http" or host not in LOOPBACK:
        raise Unreachable("the stand-in fetches http URLs of this machine only")
    connection = HTTPConnection(host, port, timeout=PATIENCE)
    try:
        connection.request("GET", f"{parts.path or '/'}?{parts.query}")
        answer = connection.getresponse()
        content = answer.read(LARGEST)
    except (OSError, HTTPException, ValueError) as error:
        raise Unreachable(str(error)) from error
    finally:
        connection.close()
    if answer.status != 200:
        raise Unreachable(f"the host answered {answer.status}")
    return content, parts.path.rpartition("/")[2]


def fetch_into(folder: Path, url: str) -> Path:
    """Fetch to a new file in the folder, with the URL's suffix if plain. Raises Unreachable."""
    content, name = fetch(url)
    suffix = PurePosixPath(name).suffix.lower()
    path = folder / f"{uuid4()}{suffix if PLAIN_SUFFIX.fullmatch(suffix) else ''}"
    path.write_bytes(content)
    return path
