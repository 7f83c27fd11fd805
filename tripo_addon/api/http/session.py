"""requests sessions for all traffic: https or loopback only, the system's certificates, no cookies,
no API key, no automatic redirects, every socket watched.

Independent of the service. Never sleeps, retries or logs.
"""

from __future__ import annotations

import ssl
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import requests
import truststore
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.utils import select_proxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import LocationParseError

from ..errors import Kind, Problem, Rejected, Transient
from ..messages import connections as messages
from .addresses import is_loopback, is_opened, refuse_proxy
from .certificates import refuse_certificates
from .exchange_limits import watched
from .network import Route, in_force
from .recording import recorder

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

USER_AGENT: Final = "tripo_addon (Blender extension)"
CONNECT_SECONDS: Final = 15.0


class NoKey(AuthBase):
    """For presigned URLs: adds no header, and keeps requests from reading .netrc."""

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Called by requests before it sends a request."""
        return r


class HandshakeFailed(ssl.SSLError):
    """Raised when the TLS handshake fails, before any request is sent."""


class _Trust(truststore.SSLContext):
    """Marks errors of the TLS handshake: only after those is it certain that nothing was sent."""

    def wrap_socket(self, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        """Called by urllib3 for the handshake of each new connection."""
        try:
            return super().wrap_socket(*args, **kwargs)
        except ssl.SSLCertVerificationError:
            raise
        except OSError as error:
            raise HandshakeFailed(*error.args) from error


def _system_trust() -> ssl.SSLContext:
    """Return a context of our own: patching `ssl` globally would affect other add-ons."""
    return _Trust(ssl.PROTOCOL_TLS_CLIENT)


class _PlainConnection(HTTPConnection):
    """An HTTP connection with a watched socket."""

    def connect(self) -> None:
        """Called by urllib3 before the first request."""
        super().connect()
        self.sock = watched(self.sock)


class _SecureConnection(HTTPSConnection):
    """An HTTPS connection whose socket is watched after the handshake, which has its own
    timeout."""

    def connect(self) -> None:
        """Called by urllib3 before the first request."""
        super().connect()
        self.sock = watched(self.sock)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection  # pyright: ignore[reportAssignmentType] - as its base


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection  # pyright: ignore[reportAssignmentType] - as its base


_POOLS: Final = {"http": _PlainPool, "https": _SecurePool}


class GuardedAdapter(HTTPAdapter):
    """Checks every request before it is sent: verifies TLS against the system's trust store, and
    refuses URLs other than https and loopback; loopback too unless `local`."""

    def __init__(self, *, local: bool) -> None:
        self._local = local
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Called by `HTTPAdapter.__init__`."""
        super().init_poolmanager(*args, ssl_context=_system_trust(), **kwargs)  # pyright: ignore[reportUnknownMemberType]
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        """Called by requests for a proxied URL; the server behind the proxy is verified as
        well."""
        manager: Any = super().proxy_manager_for(proxy, ssl_context=_system_trust(), **proxy_kwargs)  # pyright: ignore[reportUnknownMemberType]
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Called by requests before each request. Raises `Transient` if the certificate file of the
        preferences or the environment is missing or unusable. Checked here because a later error
        would not tell whether the request was sent."""
        unfit = refuse_certificates(verify) if isinstance(verify, str) else ""
        if unfit:
            raise Transient(Problem(kind=Kind.CERTIFICATE, detail=unfit))
        super().cert_verify(conn, url, verify, cert)  # pyright: ignore[reportUnknownMemberType]

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """Send one request, without redirects. Raises `Rejected` for a URL that may not be opened,
        `Transient` for an unusable proxy."""
        url = request.url or ""
        if not is_opened(url, local=self._local):
            raise Rejected(Problem(kind=Kind.ADDRESS))
        if is_loopback(urlsplit(url).hostname or ""):
            kwargs["proxies"] = {}
        unfit = refuse_proxy(select_proxy(url, kwargs.get("proxies")) or "")
        if unfit:
            raise Transient(Problem(kind=Kind.PROXY, detail=unfit))
        # A request after a redirect carries the cookies of the redirecting answer.
        request.headers.pop("Cookie", None)
        try:
            return super().send(request, *args, **kwargs)
        except LocationParseError:
            # requests does not translate this error for a host name that can never be resolved.
            raise requests.exceptions.InvalidURL("no host can have this name") from None


class GuardedSession(requests.Session):
    """A session that follows no redirects: requests would read the whole body of each one first,
    however large, and look up the next host in .netrc. Uses the `network` settings that were in
    force when it was opened."""

    def __init__(self) -> None:
        super().__init__()
        self._network = in_force()

    def merge_environment_settings(self, *args: Any, **kwargs: Any) -> Any:
        """Called by requests for every request: our settings override the environment's. Raises
        `Transient` if an own proxy is chosen but has no address."""
        merged: dict[str, Any] = super().merge_environment_settings(*args, **kwargs)  # pyright: ignore[reportUnknownMemberType]
        chosen = self._network
        if chosen.route is Route.OWN and not chosen.proxy:
            raise Transient(Problem(kind=Kind.PROXY, detail=messages.NO_PROXY_ADDRESS))
        if chosen.route is not Route.SYSTEM:
            own = chosen.route is Route.OWN
            merged["proxies"] = dict.fromkeys(("http", "https"), chosen.proxy) if own else {}
        if chosen.certificates:
            merged["verify"] = chosen.certificates
        return merged

    def get_redirect_target(self, resp: Response) -> str | None:
        """Called by requests for every answer; None means no redirect."""
        del resp
        return None

    def leads_to(self, response: Response) -> str | None:
        """Return the target of a redirect, as sent; None for any other answer."""
        return super().get_redirect_target(response)


def open_session(*, local: bool) -> GuardedSession:
    """Open a guarded session; `local` allows connections to this machine. During a `recording` it
    sends nothing."""
    session = GuardedSession()
    session.auth = NoKey()
    session.headers["User-Agent"] = USER_AGENT
    session.headers["Accept-Encoding"] = "gzip"
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    guard = recorder() or GuardedAdapter(local=local)
    session.mount("https://", guard)
    session.mount("http://", guard)
    return session
