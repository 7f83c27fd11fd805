"""Fetching a file that a request names by URL, from this machine only.

The real services fetch from anywhere; a stand-in has no business on the internet and refuses.
"""

from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost")
LARGEST = 150_000_000
PATIENCE = 10.0


class Unreachable(Exception):
    """The URL cannot be fetched from here; the message says why."""


def fetch(url: str) -> tuple[bytes, str]:
    """The bytes behind a loopback URL and the last part of its path. Raises Unreachable."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        raise Unreachable("the stand-in fetches http URLs of this machine only")
    connection = HTTPConnection(parts.hostname, parts.port or 80, timeout=PATIENCE)
    try:
        connection.request("GET", f"{parts.path or '/'}?{parts.query}")
        answer = connection.getresponse()
        content = answer.read(LARGEST)
    except (OSError, HTTPException) as error:
        raise Unreachable(str(error)) from error
    finally:
        connection.close()
    if answer.status != 200:
        raise Unreachable(f"the host answered {answer.status}")
    return content, parts.path.rpartition("/")[2]
