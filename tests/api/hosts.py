"""A host on loopback that sends whatever a test says, byte by byte: what no honest server would
send.

Speaks TLS if it is given a context. Knows nothing of any service.
"""

import contextlib
import io
import json
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Thread
from typing import Self


@dataclass(frozen=True)
class RawRequest:
    """One request; `connection` counts from 0. Header names are in lower case."""

    connection: int
    line: str
    headers: dict[str, str]
    body: bytes = field(repr=False)


Answer = Callable[[socket.socket, RawRequest], None]
Take = Callable[[io.BufferedReader, int], bytes]


def at_once(file: io.BufferedReader, count: int) -> bytes:
    """Read the body of a request as fast as it comes."""
    return file.read(count)


class RawHost:
    """Reads a request, answers it, and reads the next; one thread for each connection."""

    def __init__(
        self, answer: Answer, *, context: ssl.SSLContext | None = None, take: Take = at_once
    ) -> None:
        self.requests: list[RawRequest] = []
        self._answer = answer
        self._context = context
        self._take = take
        self._stopping = False
        self._open: list[socket.socket] = []
        self._threads: list[Thread] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(0.02)
        self._door = Thread(target=self._accept)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._listening.getsockname()[1]

    @property
    def url(self) -> str:
        """The address, without a slash at the end."""
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._door.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        self._door.join()
        self._listening.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while not self._stopping:
            try:
                connection, _ = self._listening.accept()
            except TimeoutError:
                continue
            connection.settimeout(None)
            self._open.append(connection)
            thread = Thread(target=self._serve, args=(connection, len(self._threads)))
            self._threads.append(thread)
            thread.start()

    def _serve(self, plain: socket.socket, number: int) -> None:
        # Many tests are about a client that disconnects, even during a handshake.
        with plain, contextlib.suppress(OSError):
            if self._context is None:
                self._converse(plain, number)
            else:
                with self._context.wrap_socket(plain, server_side=True) as connection:
                    self._converse(connection, number)

    def _converse(self, connection: socket.socket, number: int) -> None:
        while (request := read_request(connection, number, self._take)) is not None:
            self.requests.append(request)
            self._answer(connection, request)


def read_request(
    connection: socket.socket, number: int = 0, take: Take = at_once
) -> RawRequest | None:
    """Read the next request on a connection; None if the client has closed it."""
    with connection.makefile("rb") as file:
        line = file.readline().decode("latin-1").strip()
        if not line:
            return None
        headers: dict[str, str] = {}
        while text := file.readline().decode("latin-1").strip():
            name, _, value = text.partition(":")
            headers[name.lower()] = value.strip()
        return RawRequest(number, line, headers, take(file, int(headers.get("content-length", 0))))


def reply(status: int, body: bytes = b"", **headers: str) -> bytes:
    """Return an HTTP answer. Headers are named with _ for -; Content-Length is added unless
    given."""
    lines = {"Content-Length": str(len(body))}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + body


def success(data: object) -> bytes:
    """Return an HTTP answer with Tripo's envelope around `data`."""
    return reply(200, json.dumps({"code": 0, "status": "success", "data": data}).encode())


def always(answer: bytes) -> Answer:
    """Return an answer function that always sends the same."""
    return lambda connection, _request: connection.sendall(answer)


def closed_port() -> int:
    """Return a port of this machine where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]
