"""Checks keys, base URLs, proxies, and web addresses of images by their text alone.

Pure and standard-library only; uses no network.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from ..catalog.service_types import Service
from ..messages import connections as messages
from ..redaction import SHORTEST_KEY
from ..rules import Refusal

# A non-ASCII host has two spellings (Unicode and punycode), so the key's origin would not match.
_BLANK: Final = re.compile(r"[\s\x00-\x1f\x7f]")
_NOT_IN_ADDRESS: Final = re.compile(r"[^!-~]|[?#@\\]")


def refuse_key(service: Service, key: str) -> Refusal | None:
    """Return why this cannot be a key of the service, or None if it may be one."""
    if not key:
        return Refusal("key", messages.key_missing(service.label))
    for prefix, sentence in service.wrong_keys.items():
        if key.startswith(prefix):
            return Refusal("key", sentence)
    if not key.startswith(service.key_prefix):
        return Refusal("key", messages.key_prefix(service.label, service.key_prefix))
    if not (key.isascii() and key.isprintable()) or set(" \\") & set(key):
        return Refusal("key", messages.KEY_UNUSUAL_CHARACTER)
    if len(key) < SHORTEST_KEY:
        return Refusal("key", messages.KEY_TOO_SHORT)
    return None


def refuse_pasted_key(service: Service, text: str, others: Iterable[Service]) -> Refusal | None:
    """Return why the pasted text cannot be a key of the service, or None. A key with the prefix of
    one of the `others` is refused, because it would be sent to the wrong service."""
    if not text:
        return Refusal("key", messages.NOTHING_PASTED)
    for other in others:
        prefix = other.key_prefix
        if prefix and prefix != service.key_prefix and text.startswith(prefix):
            return Refusal("key", messages.key_of_other_service(other.label, service.label))
    return refuse_key(service, text)


@lru_cache(maxsize=64)
def refuse_address(address: str) -> Refusal | None:
    """Return why a base URL cannot be used, or None. Allowed are https, and http to this
    computer."""
    unfit = Refusal("address", messages.BASE_URL_NO_ADDRESS)
    try:
        parts = urlsplit(address)
        host = parts.hostname if parts.port != 0 else None
    except ValueError:
        return unfit
    if not host or _NOT_IN_ADDRESS.search(address):
        return unfit
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)):
        return None
    return Refusal("address", messages.BASE_URL_NOT_SECURE)


def is_opened(link: str, *, local: bool) -> bool:
    """Whether a link may be followed: the rule of `refuse_address`, with any path. Only a `local`
    service may link to this computer, so that remote services cannot reach programs that listen
    here."""
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        return False
    if not local and _means_this_machine(host):
        return False
    return refuse_address(f"{parts.scheme}://{parts.netloc}") is None


def refuse_proxy(address: str) -> str:
    """Return what is wrong with a proxy's address, or "". Never quotes the address, which may
    contain a password."""
    known = address if "://" in address else f"http://{address}"
    if known.lower().startswith("socks"):
        return messages.SOCKS_PROXY
    try:
        parts = urlsplit(known)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", 0
    web = known.lower().startswith(("http://", "https://"))
    whole = web and port != 0 and _is_host(host)
    return "" if whole or not address else messages.MALFORMED_ADDRESS


def refuse_picture_address(field: str, address: str, base_url: str) -> Refusal | None:
    """Return why a service at `base_url` cannot fetch the image, or None: it cannot reach this
    computer or a private network, unless it runs on this computer."""
    try:
        host = urlsplit(address).hostname or ""
        here = is_loopback(urlsplit(base_url).hostname or "")
    except ValueError:
        host, here = "", False
    if not host:
        return Refusal(field, messages.NO_WEB_ADDRESS)
    if not here and _is_private(host):
        return Refusal(field, messages.NOT_PUBLIC)
    return None


def is_loopback(host: str) -> bool:
    """Whether a host name is this computer."""
    return host in {"localhost", "::1"} or (
        host.startswith("127.") and host.replace(".", "").isdigit()
    )


def _means_this_machine(host: str) -> bool:
    """Whether a host name resolves to this computer, in any spelling; `is_loopback` accepts
    fewer."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    found = _address_of(name)
    if found is None:
        return False
    meant = getattr(found, "ipv4_mapped", None) or found
    return meant.is_loopback or meant.is_unspecified


def _address_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the IP address written as a host name, or None. Like resolvers, reads short, octal and
    hexadecimal numbers."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        *high, low = (
            int(part, 0 if part[:2] == "0x" else 8 if part[:1] == "0" else 10)
            for part in host.split(".")
        )
        value = low + sum(part << 8 * (3 - place) for place, part in enumerate(high))
        return ipaddress.IPv4Address(value) if len(high) < 4 else None
    except ValueError:
        return None


def _is_host(name: str) -> bool:
    """Whether a host can have the name."""
    labels = name.removesuffix(".").split(".")
    return ":" in name or all(0 < len(label) < 64 and not _BLANK.search(label) for label in labels)


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".lan", ".internal", ".localhost"))
