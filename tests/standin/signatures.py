"""Temporary credentials for one object, and AWS Signature Version 4 as storage checks it.

By Amazon's published algorithm, in full: nothing but the true secret opens a slot.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import quote

from .messages import Request

ALGORITHM = "AWS4-HMAC-SHA256"
REGION = "us-west-2"
SERVICE = "s3"
UNSIGNED = "UNSIGNED-PAYLOAD"
STREAMED = "STREAMING-"


class Forged(Exception):
    """A signature that is not valid: storage's own error code, a sentence, and for a wrong region
    the right one."""

    def __init__(self, code: str, sentence: str, *, region: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.region = region


@dataclass(frozen=True)
class Grant:
    """The right to put one object, until `expires` (seconds since 1970)."""

    expires: float
    access_key: str
    secret_key: str
    session_token: str


def new_grant(expires: float) -> Grant:
    """Make new credentials."""
    return Grant(
        expires,
        f"ASIA{secrets.token_hex(8).upper()}",
        secrets.token_urlsafe(30),
        secrets.token_urlsafe(90),
    )


def check(request: Request, grant: Grant, now: float) -> None:
    """Check a request's Authorization against the grant. Raises Forged."""
    head, _, rest = request.headers.get("authorization", "").partition(" ")
    named = (part.strip().partition("=") for part in rest.split(","))
    parts = {name: text for name, _, text in named}
    scope = parts.get("Credential", "").split("/")
    if head != ALGORITHM or len(scope) != 5 or scope[4] != "aws4_request":
        raise Forged("AuthorizationHeaderMalformed", "The authorization header is malformed")
    if scope[0] != grant.access_key:
        raise Forged("InvalidAccessKeyId", "The access key does not exist in our records")
    if scope[2:4] != [REGION, SERVICE]:
        raise Forged(
            "AuthorizationHeaderMalformed",
            f"The region '{scope[2]}' is wrong; expecting '{REGION}'",
            region=REGION,
        )
    if request.headers.get("x-amz-security-token") != grant.session_token:
        raise Forged("InvalidToken", "The provided token is malformed or otherwise invalid")
    if now >= grant.expires:
        raise Forged("ExpiredToken", "The provided token has expired")
    _check_payload(request)
    moment = request.headers.get("x-amz-date", "")
    wanted = _signature(request, parts.get("SignedHeaders", ""), scope, moment, grant.secret_key)
    if not moment.startswith(scope[1]) or not hmac.compare_digest(
        wanted, parts.get("Signature", "")
    ):
        raise Forged("SignatureDoesNotMatch", "The request signature we calculated does not match")


def plain_body(request: Request) -> bytes:
    """Return the object's own bytes: the body, or its chunks put together."""
    if not request.headers.get("x-amz-content-sha256", "").startswith(STREAMED):
        return request.content
    pieces: list[bytes] = []
    rest = request.content
    while rest:
        head, _, rest = rest.partition(b"\r\n")
        size = int(head.partition(b";")[0] or b"0", 16)
        if size == 0:
            break
        pieces.append(rest[:size])
        rest = rest[size + 2 :]
    return b"".join(pieces)


def _check_payload(request: Request) -> None:
    declared = request.headers.get("x-amz-content-sha256", "")
    if declared == UNSIGNED or declared.startswith(STREAMED):
        return
    if declared != hashlib.sha256(request.content).hexdigest():
        raise Forged("XAmzContentSHA256Mismatch", "The body is not what its hash says")


def _signature(request: Request, signed: str, scope: list[str], moment: str, secret: str) -> str:
    query = "&".join(
        f"{quote(name, safe='-_.~')}={quote(text, safe='-_.~')}"
        for name, text in sorted(request.query.items())
    )
    headers = "".join(
        f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in signed.split(";")
    )
    payload = request.headers.get("x-amz-content-sha256", "")
    canonical = "\n".join((request.method, request.path, query, headers, signed, payload))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join((ALGORITHM, moment, "/".join(scope[1:]), digest))
    key = f"AWS4{secret}".encode()
    for part in scope[1:]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
