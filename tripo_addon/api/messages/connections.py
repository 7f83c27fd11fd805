"""Messages about connections to a service. Most are details of a problem, which follow its sentence
after a colon."""

from __future__ import annotations

from typing import Final

BASE_URL_NO_ADDRESS: Final = "The base URL is not a web address"
BASE_URL_NOT_SECURE: Final = "The base URL must start with https://"
NO_WEB_ADDRESS: Final = "This is not the web address of an image"
NOT_PUBLIC: Final = "The service cannot reach this address: the image must be on the public web"
KEY_UNUSUAL_CHARACTER: Final = "The key contains an invalid character; paste it again"
NOTHING_PASTED: Final = "The clipboard is empty: copy the key first"
KEY_TOO_SHORT: Final = "The key is too short: copy all of its characters"

SOCKS_PROXY: Final = "it is a SOCKS proxy, and only HTTP proxies are supported"
MALFORMED_ADDRESS: Final = "its address is malformed"
PROXY_SILENT: Final = "it does not respond"
NO_PROXY_ADDRESS: Final = "its address is missing"
NO_CERTIFICATE_FILE: Final = "the certificate file does not exist"
NO_CERTIFICATES: Final = "the certificate file has no certificates in the PEM format"
BROKEN_OFF: Final = "the connection was interrupted"
NO_RESPONSE: Final = "the connection timed out"
NO_SECURE_CONNECTION: Final = "no secure connection can be made"
NO_CONNECTION: Final = "no connection"

DOWNLOAD: Final = "the download"
RESPONSE: Final = "its response"
UPLOAD: Final = "the upload"
DOWNLOAD_BROKEN_OFF: Final = "the download was interrupted"
UPLOAD_BROKEN_OFF: Final = "the upload was interrupted"
LINK_EXPIRED: Final = "the link has expired"
REDIRECTED_TOO_OFTEN: Final = "the link redirects without end"
_LINK: Final = "it is not a complete https:// address"
_LINK_ONWARD: Final = "it, or where it leads, is not a complete https:// address"


def key_missing(service: str) -> str:
    """No API key is entered."""
    return f"{service} needs an API key: enter it in the add-on's preferences"


def key_prefix(service: str, prefix: str) -> str:
    """The key does not have the service's prefix."""
    return f"This is not a {service} key: it would start with {prefix}"


def key_of_other_service(other: str, chosen: str) -> str:
    """The key belongs to another service than the chosen one."""
    return f"This is a key for {other}, not for {chosen}: choose that service, or paste another key"


def proxy_refused(status: str | None) -> str:
    """The proxy does not connect to the service; `status` is its HTTP status, if known."""
    return f"it refuses the connection ({status or 'no reason given'})"


def link_not_opened(*, leads_on: bool, local: bool) -> str:
    """A service's link is not opened. `leads_on`: the link itself is allowed, so a redirect is at
    fault. `local`: the service runs on this computer, and its links may lead here."""
    which = _LINK_ONWARD if leads_on else _LINK
    return which if local else f"{which} on another computer"


def too_large(what: str) -> str:
    """Too many bytes were received."""
    return f"{what} is much larger than expected"


def not_complete(what: str, seconds: float) -> str:
    """The answer did not arrive in time."""
    return f"{what} was not complete after {seconds:.0f} seconds"


def too_slow(what: str, count: int, seconds: float) -> str:
    """The transfer is slower than the minimum speed."""
    return f"{what} is too slow: {count} bytes in {seconds:.0f} seconds"


def response_too_large(most: int) -> str:
    """A response has more than `most` bytes."""
    return f"{RESPONSE} has more than {most // 10**6} MB"


def upload_given_up(reason: str) -> str:
    """The upload was ended for this reason."""
    return f"the upload was stopped: {reason}"


def storage_status(status: int) -> str:
    """The storage refused an upload."""
    return f"the file storage answered HTTP {status}"


def file_server_status(status: int) -> str:
    """The file server refused a download."""
    return f"the file server answered HTTP {status}"


def service_status(status: int) -> str:
    """The service refused a request without a reason."""
    return f"it answered HTTP {status}"


def no_room(free: int, wanted: int, spare: int) -> str:
    """The disk is too full for a download; all sizes in bytes."""
    return (
        f"{free // 10**6} MB are free for downloads, and {wanted // 10**6} MB are needed, "
        f"of which {spare // 10**6} stay free for the job list and your work"
    )


def download_endless(most: int) -> str:
    """The file server does not state the file's size, and it is larger than `most` MB."""
    return f"it did not end after {most} MB, and the file server does not say how large it is"


def download_implausible(announced: int, most: int) -> str:
    """The file server states a size of `announced` MB, more than the limit."""
    return f"the file server announces {announced} MB; no model has over {most} MB"
