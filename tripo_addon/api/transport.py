"""HTTP as we speak it: https or loopback only, the system's certificates, one attempt per call.

The key goes to one origin and nowhere else. Nothing here sleeps, repeats or logs; no text that
leaves this module holds a URL, a header or the words of an underlying exception.
"""

from __future__ import annotations

import json
import math
import re
import ssl
from calendar import timegm
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_tz
from http.cookiejar import DefaultCookiePolicy
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

import requests
import truststore
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import ConnectTimeoutError, LocationParseError, NewConnectionError

from .addresses import is_loopback, is_opened
from .errors import Kind, Rejected, Transient, Trouble

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

USER_AGENT: Final = "tripo_addon (Blender extension)"
NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
CONNECT_SECONDS: Final = 15.0
READ_SECONDS: Final = 60.0
_A_MOMENT: Final = 1e9
_LONGEST_RESET: Final = 86_400.0
_IN_PLACE: Final = "[key]"
_NO_ADDRESS: Final = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)


class AnswerLost(Exception):
    """The request went out, or may have; no whole answer came back."""


class KeyForOrigin(AuthBase):
    """Puts the key into a header, but only for its own origin.

    An `AuthBase` rather than a default header, because requests lets a .netrc entry replace a
    header, and because a session's headers would follow it to every host.
    """

    def __init__(self, base_url: str, header: str, value: str) -> None:
        self._origin = _origin(base_url)
        self._header = header
        self._value = value
        self._quoted = _quotations(value.rpartition(" ")[2])

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Called by requests with the request that is about to leave."""
        if _origin(r.url or "") == self._origin:
            r.headers[self._header] = self._value
        return r

    def __repr__(self) -> str:
        return "KeyForOrigin(…)"

    def without_key(self, told: object) -> object:
        """What a service told, parsed JSON or a text, without the key in any text of it: services
        may quote what they refuse, plainly, percent-encoded, or in JSON within a text."""
        match told:
            case str():
                return self._quoted.sub(_IN_PLACE, told) if self._quoted is not None else told
            case list():
                return [self.without_key(each) for each in cast("list[object]", told)]
            case dict():
                pairs = cast("dict[str, object]", told).items()
                return {str(self.without_key(name)): self.without_key(each) for name, each in pairs}
            case _:
                return told


class NoKey(AuthBase):
    """For signed links: sends nothing, and keeps requests from looking into .netrc."""

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Called by requests with the request that is about to leave."""
        return r


class GuardedAdapter(HTTPAdapter):
    """Sees every request before it leaves, redirects too: verifies TLS against the system's trust
    store, and refuses what is neither https nor loopback."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Called by `HTTPAdapter.__init__`."""
        super().init_poolmanager(*args, ssl_context=_system_trust(), **kwargs)  # pyright: ignore[reportUnknownMemberType]

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        """Called by requests for a proxied address; the service behind it is verified just
        the same. Raises `Transient` for a SOCKS proxy, which requests cannot speak to alone."""
        if proxy.lower().startswith("socks"):
            detail = "the proxy is a SOCKS proxy, and only http proxies are known here"
            raise Transient(Trouble(kind=Kind.OFFLINE, detail=detail))
        return super().proxy_manager_for(proxy, ssl_context=_system_trust(), **proxy_kwargs)  # pyright: ignore[reportUnknownMemberType]

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """Called by requests before each connection. Raises `Transient` where the environment
        names a bundle of certificates that does not exist."""
        try:
            super().cert_verify(*args, **kwargs)  # pyright: ignore[reportUnknownMemberType]
        except OSError:
            detail = "the file of certificates that the environment names is not there"
            raise Transient(Trouble(kind=Kind.CERTIFICATE, detail=detail)) from None

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """One hop. Raises `Rejected` for an address that is not spoken to."""
        if not is_opened(request.url or ""):
            raise Rejected(Trouble(kind=Kind.ADDRESS))
        if is_loopback(urlsplit(request.url or "").hostname or ""):
            kwargs["proxies"] = {}
        # A redirect brings along the cookies of the answer that sent it.
        request.headers.pop("Cookie", None)
        try:
            return super().send(request, *args, **kwargs)
        except LocationParseError:
            # requests lets this one through where the host name cannot be looked up at all.
            raise requests.exceptions.InvalidURL("no host can have this name") from None


class _Session(requests.Session):
    """A session whose redirects take nothing along: requests would look into .netrc for them."""

    def rebuild_auth(self, prepared_request: PreparedRequest, response: Response) -> None:
        """Called by requests for every redirect; `response` is what sent it."""
        del response
        prepared_request.headers.pop("Authorization", None)


@dataclass(frozen=True, slots=True)
class Form:
    """A multipart form: plain fields, and files as name, content and MIME type."""

    files: Mapping[str, tuple[str, bytes, str]]
    fields: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer: `body` is its parsed JSON, or None where it holds none; `date` is when it
    was given by the service's own clock, in seconds since 1970, or None where it does not say."""

    status: int
    body: object
    trace_id: str
    retry_after: float | None
    date: float | None


def open_session() -> requests.Session:
    """A session that keeps no cookies, follows the guard above, and has no key of its own."""
    session = _Session()
    session.auth = NoKey()
    session.headers["User-Agent"] = USER_AGENT
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    guard = GuardedAdapter()
    session.mount("https://", guard)
    session.mount("http://", guard)
    return session


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
        self._auth = auth
        self._trace_header = trace_header
        self._always = {"Accept": "application/json", **headers}
        self._session = open_session()

    def send(
        self,
        method: str,
        path: str,
        *,
        trace_id: str,
        payload: dict[str, Any] | None = None,
        form: Form | None = None,
        fresh: bool = False,
    ) -> Answer:
        """One attempt, with JSON or a form; `fresh` uses a connection of its own.

        A pooled connection may have been closed by the other side, and then nobody can say whether
        a request on it was heard: paid requests ask for a fresh one. Raises
        `NotAccepted` only where not a byte of the request can have left; whatever else is raised,
        `AnswerLost` as a rule, it may have been heard.
        """
        session = open_session() if fresh else self._session
        try:
            response = session.request(
                method,
                self.base_url + path,
                json=payload,
                data=form.fields if form else None,
                files=form.files if form else None,
                headers=self._headers(trace_id),
                auth=self._auth,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
            )
            return self._answer(response, trace_id)
        except requests.RequestException as error:
            raise fault_of(error) from None
        finally:
            if fresh:
                session.close()

    def close(self) -> None:
        """Close the pooled connections."""
        self._session.close()

    def _headers(self, trace_id: str) -> dict[str, str]:
        traced = {self._trace_header: trace_id} if self._trace_header else {}
        return {**self._always, **traced}

    def _answer(self, response: Response, trace_id: str) -> Answer:
        try:
            body = self._auth.without_key(json.loads(response.content))
        except (ValueError, RecursionError):
            body = None
        told_id = self._auth.without_key(response.headers.get(self._trace_header, ""))
        return Answer(
            status=response.status_code,
            body=body,
            trace_id=str(told_id) or (trace_id if self._trace_header else ""),
            retry_after=_patience(response),
            date=_moment(response.headers.get("Date")),
        )


def _quotations(key: str) -> re.Pattern[str] | None:
    """Finds the key in a text, each of its characters as it is or as an address or JSON may spell
    it; also where that was done several times over, as by gateways that pass a text on."""
    # Repetitions are bounded, or a hostile text could keep the search busy.
    spelt = (
        rf"(?:\\{{0,7}}{re.escape(letter)}|%(?:25){{0,3}}(?i:{ord(letter):02x})"
        rf"|\\{{1,7}}u(?i:{ord(letter):04x}))"
        for letter in key
    )
    return re.compile("".join(spelt)) if key else None


def fault_of(error: requests.RequestException) -> Transient | Rejected | AnswerLost:
    """What an exception of requests proves about the request: never sent, or nobody knows."""
    if isinstance(error, requests.exceptions.InvalidProxyURL):
        return Transient(Trouble(kind=Kind.OFFLINE, detail="the proxy's address is malformed"))
    if isinstance(error, _NO_ADDRESS):
        return Rejected(Trouble(kind=Kind.ADDRESS))
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return Transient(Trouble(kind=Kind.OFFLINE, detail="no answer to the call"))
    cause = getattr(error.args[0], "reason", None) if error.args else None
    if _is_behind(cause, ssl.SSLCertVerificationError):
        return Transient(Trouble(kind=Kind.CERTIFICATE))
    if _is_behind(cause, HandshakeFailed):
        detail = "no secure connection can be made"
        return Transient(Trouble(kind=Kind.OFFLINE, detail=detail))
    if isinstance(error, requests.exceptions.ProxyError) and _proxy_refused(cause):
        return Transient(Trouble(kind=Kind.OFFLINE, detail="the proxy does not answer"))
    if isinstance(cause, NewConnectionError):
        return Transient(Trouble(kind=Kind.OFFLINE, detail="no connection"))
    return AnswerLost()


def link_fault(
    error: requests.RequestException | Rejected, link: str
) -> Transient | Rejected | AnswerLost:
    """The same for a link that a service gave, where no address of the artist's is at fault."""
    fault = error if isinstance(error, Rejected) else fault_of(error)
    if not isinstance(fault, Rejected):
        return fault
    which = "it, or where it leads," if is_opened(link) else "it"
    return Rejected(Trouble(kind=Kind.LINK, detail=f"{which} is not a whole https:// address"))


def _proxy_refused(cause: object) -> bool:
    """Whether the way ended at the proxy. urllib3 blames the proxy for a connection that breaks
    behind it as well, when the request may have been heard."""
    original = getattr(cause, "original_error", None)
    if isinstance(original, NewConnectionError | ConnectTimeoutError):
        return True
    return str(original).startswith("Tunnel connection failed")


def _is_behind(cause: BaseException | None, fault: type[BaseException]) -> bool:
    """Whether this fault of the TLS handshake is what it began with."""
    while cause is not None:
        if isinstance(cause, fault):
            return True
        cause = next((arg for arg in cause.args if isinstance(arg, BaseException)), cause.__cause__)
    return False


class HandshakeFailed(ssl.SSLError):
    """The connection never became a secure one: no request was on it."""


class _Trust(truststore.SSLContext):
    """Tells what goes wrong before a connection is secure from what goes wrong on it: only then is
    it certain that nothing was sent."""

    def wrap_socket(self, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        """Called by urllib3 for each new connection, which shakes hands here."""
        try:
            return super().wrap_socket(*args, **kwargs)
        except ssl.SSLCertVerificationError:
            raise
        except OSError as error:
            raise HandshakeFailed(*error.args) from error


def _system_trust() -> ssl.SSLContext:
    """A context of our own: patching `ssl` globally would change every other add-on."""
    return _Trust(ssl.PROTOCOL_TLS_CLIENT)


def _patience(response: Response) -> float | None:
    """How long the service asks us to wait, in seconds: `Retry-After`, and where it only refuses
    for the number of requests, when it begins to count anew."""
    headers = response.headers
    asked = _seconds(headers.get("Retry-After"), headers.get("Date"))
    if asked is None and response.status_code == requests.codes.too_many_requests:
        reset = _seconds(headers.get("X-RateLimit-Reset"), headers.get("Date"))
        return reset if reset is not None and reset < _LONGEST_RESET else None
    return asked


def _seconds(header: str | None, date: str | None) -> float | None:
    """A wait in seconds: told as such, or as the moment of its end, against the answer's date."""
    if not header:
        return None
    try:
        number = float(header)
    except ValueError:
        end, now = _moment(header), _moment(date)
        return max(0.0, end - now) if end is not None and now is not None else None
    now = _moment(date)
    if number >= _A_MOMENT and now is not None:
        number -= now
    return max(0.0, number) if math.isfinite(number) else None


def _moment(date: str | None) -> float | None:
    """A date in seconds since 1970, also before that. Counted without the system, which cannot do
    it for every date: a header read for convenience must not cost the answer it came with."""
    try:
        told = parsedate_tz(date) if date else None
        return float(timegm(told[:6]) - (told[9] or 0)) if told else None
    except Exception:  # noqa: BLE001 - as above
        return None


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port
