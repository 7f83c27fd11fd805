"""Real HTTP/1.1 on loopback: turns sockets into `Request` values, and applies faults.

One thread per connection. Knows no service and no rule; never listens on another address.
"""

import json
import logging
import socket
import struct
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Protocol, cast
from urllib.parse import parse_qsl, urlsplit

from .clock import Clock
from .faults import Fault
from .messages import NOTE_HEADER, Request, Response, Role, Stream, mapping

log = logging.getLogger(__name__)

LARGEST_BODY = 210_000_000


class Application(Protocol):
    """The application behind a port."""

    def meet(self, request: Request) -> Fault:
        """Record the request; return the fault queued for it, or one that does nothing."""
        ...

    def answer(self, request: Request) -> Response:
        """Answer the request."""
        ...


class LoopbackServer(ThreadingHTTPServer):
    """A port of 127.0.0.1 that closes its open connections when it stops."""

    daemon_threads = False
    request_queue_size = 64
    allow_reuse_address = True

    def __init__(
        self, port: int, role: Role, application: Application, clock: Clock = time.time
    ) -> None:
        self.clock = clock
        self.role: Role = role
        self.application = application
        self.stopping = Event()
        self._open: set[socket.socket] = set()
        self._resets: set[socket.socket] = set()
        self._lock = Lock()
        super().__init__(("127.0.0.1", port), _Handler)
        self._thread = Thread(target=self.serve_forever, args=(0.01,), name=f"{role}-port")

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def start(self) -> None:
        """Begin to accept connections, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop accepting, end every connection, wait for all threads."""
        self.stopping.set()
        self.shutdown()
        with self._lock:
            for connection in self._open:
                # The client may have gone first.
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
        self._thread.join()

    def reset(self, connection: socket.socket) -> None:
        """End the connection with a reset instead of a normal close."""
        linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        with self._lock:
            self._resets.add(connection)

    def process_request(self, request: object, client_address: object) -> None:
        """Remember the connection, so that `stop` can end it."""
        with self._lock:
            self._open.add(cast("socket.socket", request))
        super().process_request(cast("socket.socket", request), client_address)

    def shutdown_request(self, request: object) -> None:
        """Close; after `reset` without the polite half-close, which would look like an end."""
        connection = cast("socket.socket", request)
        with self._lock:
            self._open.discard(connection)
            resets = connection in self._resets
            self._resets.discard(connection)
        if resets:
            connection.close()
        else:
            super().shutdown_request(connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore clients that disconnect; print any other error."""
        del request
        ours = not isinstance(sys.exception(), ConnectionError)
        level = logging.ERROR if ours else logging.DEBUG
        log.log(level, "connection with %s broke off", client_address, exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: LoopbackServer  # pyright: ignore[reportIncompatibleVariableOverride] - always ours
    protocol_version = "HTTP/1.1"
    server_version = "tripo-stand-in"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date of an answer, by the same clock as everything in it."""
        return super().date_time_string(self.server.clock() if timestamp is None else timestamp)

    def _serve(self) -> None:
        content = self._content()
        if content is None:
            return
        target = urlsplit(self.path)
        request = Request(
            role=self.server.role,
            method=self.command,
            path=target.path,
            query=dict(parse_qsl(target.query, keep_blank_values=True)),
            headers={name.lower(): text for name, text in self.headers.items()},
            content=content,
        )
        fault = self.server.application.meet(request)
        if fault.delay:
            self.server.stopping.wait(fault.delay)
        if fault.cut == "before":
            self._reset()
            return
        response = _planned(fault) or self.server.application.answer(request)
        if fault.cut == "after":
            self._reset()
            return
        self._send(_spoiled(response, fault), fault.truncate)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _serve  # noqa: N815

    def handle_expect_100(self) -> bool:
        """Send "100 Continue" at once: the client waits for it before it sends its body."""
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def _content(self) -> bytes | None:
        """Return the body; None if it was too long, which has been answered here."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._chunks()
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            self.close_connection = True
            self._send(Response(status=413), None)
            return None
        return self.rfile.read(length)

    def _chunks(self) -> bytes:
        pieces: list[bytes] = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            continue
        return b"".join(pieces)

    def _reset(self) -> None:
        self.close_connection = True
        self.server.reset(self.connection)

    def _send(self, response: Response, truncate: int | None) -> None:
        self.send_response(response.status)
        for name, text in (*response.headers.items(), NOTE_HEADER):
            self.send_header(name, text)
        if "Content-Length" not in response.headers:
            self.send_header("Content-Length", str(response.size))
        self.end_headers()
        if self.command == "HEAD":
            return
        stop = response.size if truncate is None else min(truncate, response.size)
        if isinstance(response.body, Stream):
            for piece in response.body.read(0, stop):
                self.wfile.write(piece)
        else:
            self.wfile.write(response.body[:stop])
        if stop < response.size:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        log.info("%s %s", self.server.role, format % args)


def _planned(fault: Fault) -> Response | None:
    if fault.status is None:
        return None
    if isinstance(fault.body, bytes):
        return Response(status=fault.status, headers=fault.headers, body=fault.body)
    text = fault.body if isinstance(fault.body, str) else json.dumps(fault.body)
    kind = "text/plain" if isinstance(fault.body, str) else "application/json"
    headers = {"Content-Type": kind, **fault.headers}
    return Response(status=fault.status, headers=headers, body=text.encode())


def _spoiled(response: Response, fault: Fault) -> Response:
    given = _merged(response, fault.merge)
    if fault.status is not None or not fault.headers:
        return given
    return replace(given, headers={**given.headers, **fault.headers})


def _merged(response: Response, extra: Mapping[str, object]) -> Response:
    if not extra or isinstance(response.body, Stream):
        return response
    answer = mapping(json.loads(response.body)) or {}
    data = mapping(answer.get("data"))
    (answer if data is None else data).update(extra)
    return replace(response, body=json.dumps(answer).encode())
