"""HTTP as we speak it: https or loopback only, the system's certificates, one attempt per call.

The key goes to one origin and nowhere else. Nothing here sleeps, repeats or logs; no text that
leaves this module holds a URL, a header or the words of an underlying exception. What comes is
bounded in size and time, and its texts are cut, before anybody else sees it.
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
"""From the last byte of a request to the last of its answer."""
ANSWER_BYTES: Final = 4_000_000
"""Unpacked. The longest list that is asked for has a tenth of it."""
HEAD_BYTES: Final = 500_000
LONGEST_TEXT: Final = 8_000
"""Of one text in an answer, in characters: a signed link has a few hundred."""
_LONGEST_TRACE: Final = 200
_NO_ADDRESS: Final = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)


class AnswerLost(Exception):
    """The request went out, or may have; no whole answer came back. `trouble` says why."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail

    @property
    def trouble(self) -> Problem:
        """In words for a person, where nothing is lost with the answer."""
        if self.detail:
            return Problem(kind=Kind.SERVICE, detail=self.detail)
        return Problem(kind=Kind.OFFLINE, detail=messages.BROKEN_OFF)


class KeyForOrigin(AuthBase):
    """Puts the key into a header, but only for its own origin.

    An `AuthBase` rather than a default header, because requests lets a .netrc entry replace a
    header, and because a session's headers would follow it to every host.
    """

    def __init__(self, base_url: str, header: str, value: str) -> None:
        self._origin = _origin(base_url)
        self._header = header
        self._value = value
        self._redaction = Redaction([value.rpartition(" ")[2]])

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Called by requests with the request that is about to leave."""
        if _origin(r.url or "") == self._origin:
            r.headers[self._header] = self._value
        return r

    def __repr__(self) -> str:
        return "KeyForOrigin(…)"

    def received(self, told: object, most: int = LONGEST_TEXT) -> object:
        """What a service told, parsed JSON or a text, as it is let in: services may quote the key
        that they refuse, and a text may have any length."""
        return self._redaction.anything(told, most)


@record
class Form:
    """A multipart form: plain fields, and files as name, content and MIME type."""

    files: Mapping[str, tuple[str, bytes, str]]
    fields: Mapping[str, str] = field(default_factory=dict[str, str])


@record
class Answer:
    """One HTTP answer: `body` is its parsed JSON, or None where it holds none; `date` is when it
    was given by the service's own clock, in seconds since 1970, or None where it does not say."""

    status: int
    body: object
    trace_id: str
    retry_after: float | None
    date: float | None


class Transport:
    """The requests of one key to one base URL. Safe to use from several workers at once.

    `trace_header` is where the service says under which id it keeps a request; a service without
    one gets "". `headers` are further ones that its documents ask for.
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
        """One attempt, with JSON or a form; `headers` are this request's own, `fresh` uses a
        connection of its own.

        A pooled connection may have been closed by the other side, and then nobody can say whether
        a request on it was heard: paid requests ask for a fresh one. Raises
        `NotAccepted` only where not a byte of the request can have left; whatever else is raised,
        `AnswerLost` as a rule, it may have been heard. `stop` ends it at any moment with `Stopped`.
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
        told_id = self._auth.received(response.headers.get(self._trace_header, ""), _LONGEST_TRACE)
        return Answer(
            status=response.status_code,
            body=body,
            trace_id=str(told_id) or (trace_id if self._trace_header else ""),
            retry_after=retry_after(response.status_code, response.headers),
            date=moment(response.headers.get("Date")),
        )


def fault_of(error: requests.RequestException) -> Transient | Rejected | AnswerLost:
    """Return what an exception of requests proves: the request was never sent, or nobody knows."""
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
    """The same for a link from a service, where no address of the artist's is at fault."""
    fault = error if isinstance(error, Rejected) else fault_of(error)
    if not isinstance(fault, Rejected) or fault.trouble.kind is not Kind.ADDRESS:
        return fault
    detail = messages.link_not_opened(leads_on=is_opened(link, local=local), local=local)
    return Rejected(Problem(kind=Kind.LINK, detail=detail))


def _proxy_refused(cause: object) -> str:
    """Return why the proxy refused, or "" if it did not. urllib3 also blames the proxy for a
    connection that breaks behind it, when the request may have arrived."""
    original = getattr(cause, "original_error", None)
    if isinstance(original, NewConnectionError | ConnectTimeoutError):
        return messages.PROXY_SILENT
    refused = re.match(r"Tunnel connection failed(?:: (\d{3}))?", str(original))
    if refused is None:
        return ""
    return messages.proxy_refused(refused[1])


def _is_behind(cause: BaseException | None, fault: type[BaseException]) -> bool:
    """Whether this error of the TLS handshake is among the causes."""
    while cause is not None:
        if isinstance(cause, fault):
            return True
        cause = next((arg for arg in cause.args if isinstance(arg, BaseException)), cause.__cause__)
    return False


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port
