"""Sends HTTP requests to a service: https or loopback only, one attempt per call.

The key is sent to one origin only. Never sleeps, retries or logs; messages contain no URL, header
or text of an underlying exception. Answers are limited in size and time, and their texts are
truncated.
"""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from ..dialect import never
from ..errors import Kind, Problem, Rejected, Transient
from ..messages import connections as messages
from ..record import record
from ..redaction import Redaction
from .addresses import is_loopback, is_opened
from .exchange_limits import OutOfBounds, Watch, watching
from .response_body import whole
from .session import CONNECT_SECONDS, HandshakeFailed, open_session
from .time_headers import moment, retry_after

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

    from ..dialect import Stop

NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
READ_SECONDS: Final = 60.0
ANSWER_SECONDS: Final = 120.0
"""From the last byte of a request to the last byte of its answer."""
ANSWER_BYTES: Final = 4_000_000
"""Decompressed. The longest list that we request has a tenth of it."""
HEAD_BYTES: Final = 500_000
LONGEST_TEXT: Final = 8_000
"""Longest text in an answer, in characters; a presigned URL has a few hundred."""
_LONGEST_TRACE: Final = 200
_NO_ADDRESS: Final = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)


class AnswerLost(Exception):
    """Raised when a request may have been sent but no complete answer came; `trouble` says why."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail

    @property
    def trouble(self) -> Problem:
        """The problem to show, for requests that can safely be sent again."""
        if self.detail:
            return Problem(kind=Kind.SERVICE, detail=self.detail)
        return Problem(kind=Kind.OFFLINE, detail=messages.BROKEN_OFF)


class KeyForOrigin(AuthBase):
    """Adds the key as a header, only for its own origin.

    An `AuthBase` rather than a default header: requests lets a .netrc entry replace a header, and
    sends a session's headers to every host.
    """

    def __init__(self, base_url: str, header: str, value: str) -> None:
        self._origin = _origin(base_url)
        self._header = header
        self._value = value
        self._redaction = Redaction([value.rpartition(" ")[2]])

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Called by requests before it sends a request."""
        if _origin(r.url or "") == self._origin:
            r.headers[self._header] = self._value
        return r

    def __repr__(self) -> str:
        return "KeyForOrigin(…)"

    def received(self, answer: object, most: int = LONGEST_TEXT) -> object:
        """Redact the key from an answer, parsed JSON or text, and truncate its texts to `most`
        characters: services may quote a key that they refuse."""
        return self._redaction.anything(answer, most)


@record
class Form:
    """A multipart form: plain fields, and files as (name, content, MIME type)."""

    files: Mapping[str, tuple[str, bytes, str]]
    fields: Mapping[str, str] = field(default_factory=dict[str, str])


@record
class Answer:
    """One HTTP answer. `body` is its parsed JSON, or None if it has none; `date` is its time by the
    service's clock in seconds since 1970, or None if not given."""

    status: int
    body: object
    trace_id: str
    retry_after: float | None
    date: float | None


class Transport:
    """Sends requests with one key to one base URL. Thread-safe.

    `trace_header` is the header with the service's id of a request, "" if it has none. `headers`
    are sent with every request.
    """

    def __init__(
        self,
        base_url: str,
        auth: KeyForOrigin,
        *,
        trace_header: str = "",
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.is_local = is_loopback(urlsplit(base_url).hostname or "")
        self._auth = auth
        self._trace_header = trace_header
        self._always = {"Accept": "application/json", **headers}
        self._session = open_session(local=self.is_local)

    def send(
        self,
        method: str,
        path: str,
        *,
        trace_id: str,
        payload: dict[str, Any] | None = None,
        form: Form | None = None,
        headers: Mapping[str, str] = NO_HEADERS,
        fresh: bool = False,
        stop: Stop = never,
    ) -> Answer:
        """Send one request once, with JSON or a form. `headers` are added for this request; `fresh`
        uses a new connection.

        If the server has closed a pooled connection, nobody can tell whether a request on it
        arrived, so paid requests use a fresh one. Raises `NotAccepted` only if nothing can have
        been sent. After any other error, usually `AnswerLost`, the request may have arrived. `stop`
        ends it at any moment with `Stopped`.
        """
        session = open_session(local=self.is_local) if fresh else self._session
        watch = Watch(messages.RESPONSE, budget=HEAD_BYTES, seconds=ANSWER_SECONDS, stop=stop)
        try:
            with (
                watching(watch),
                session.request(
                    method,
                    self.base_url + path,
                    json=payload,
                    data=form.fields if form else None,
                    files=form.files if form else None,
                    headers={**self._headers(trace_id), **headers},
                    auth=self._auth,
                    timeout=(CONNECT_SECONDS, READ_SECONDS),
                    stream=True,
                ) as response,
            ):
                return self._answer(response, whole(response, ANSWER_BYTES, watch), trace_id)
        except requests.RequestException as error:
            raise fault_of(error) from None
        except OutOfBounds as error:
            raise AnswerLost(error.detail) from None
        finally:
            if fresh:
                session.close()

    def close(self) -> None:
        """Close the pooled connections."""
        self._session.close()

    def _headers(self, trace_id: str) -> dict[str, str]:
        traced = {self._trace_header: trace_id} if self._trace_header else {}
        return {**self._always, **traced}

    def _answer(self, response: Response, content: bytes, trace_id: str) -> Answer:
        try:
            body = self._auth.received(json.loads(content))
        except (ValueError, RecursionError):
            body = None
        sent_back = self._auth.received(
            response.headers.get(self._trace_header, ""), _LONGEST_TRACE
        )
        return Answer(
            status=response.status_code,
            body=body,
            trace_id=str(sent_back) or (trace_id if self._trace_header else ""),
            retry_after=retry_after(response.status_code, response.headers),
            date=moment(response.headers.get("Date")),
        )


def fault_of(error: requests.RequestException) -> Transient | Rejected | AnswerLost:
    """Convert an exception of requests: `AnswerLost` if the request may have been sent, else why it
    was not."""
    if isinstance(error, requests.exceptions.InvalidProxyURL):
        return Transient(Problem(kind=Kind.PROXY, detail=messages.MALFORMED_ADDRESS))
    if isinstance(error, _NO_ADDRESS):
        return Rejected(Problem(kind=Kind.ADDRESS))
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return Transient(Problem(kind=Kind.OFFLINE, detail=messages.NO_RESPONSE))
    cause = getattr(error.args[0], "reason", None) if error.args else None
    if _is_behind(cause, ssl.SSLCertVerificationError):
        return Transient(Problem(kind=Kind.CERTIFICATE))
    if _is_behind(cause, HandshakeFailed):
        detail = messages.NO_SECURE_CONNECTION
        return Transient(Problem(kind=Kind.OFFLINE, detail=detail))
    if isinstance(error, requests.exceptions.ProxyError) and (why := _proxy_refused(cause)):
        return Transient(Problem(kind=Kind.PROXY, detail=why))
    if isinstance(cause, NewConnectionError):
        return Transient(Problem(kind=Kind.OFFLINE, detail=messages.NO_CONNECTION))
    return AnswerLost()


def link_fault(
    error: requests.RequestException | Rejected, link: str, *, local: bool
) -> Transient | Rejected | AnswerLost:
    """Like `fault_of`, for a link from a service: a bad URL is not the user's fault."""
    fault = error if isinstance(error, Rejected) else fault_of(error)
    if not isinstance(fault, Rejected) or fault.trouble.kind is not Kind.ADDRESS:
        return fault
    detail = messages.link_not_opened(leads_on=is_opened(link, local=local), local=local)
    return Rejected(Problem(kind=Kind.LINK, detail=detail))


def _proxy_refused(cause: object) -> str:
    """Return why the proxy refused, or "" if it did not. urllib3 also reports a proxy error if the
    connection breaks behind the proxy, when the request may have arrived."""
    original = getattr(cause, "original_error", None)
    if isinstance(original, NewConnectionError | ConnectTimeoutError):
        return messages.PROXY_SILENT
    refused = re.match(r"Tunnel connection failed(?:: (\d{3}))?", str(original))
    if refused is None:
        return ""
    return messages.proxy_refused(refused[1])


def _is_behind(cause: BaseException | None, fault: type[BaseException]) -> bool:
    """Whether an error of this type is among the causes."""
    while cause is not None:
        if isinstance(cause, fault):
            return True
        cause = next((arg for arg in cause.args if isinstance(arg, BaseException)), cause.__cause__)
    return False


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port
