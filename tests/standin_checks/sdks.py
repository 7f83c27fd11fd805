"""Runs both official SDKs, unchanged, against the stand-in: 1.0.0 in this process, 0.4.2 in a
child.

Also a front with TLS, because the older SDK uploads over https only.
"""

import asyncio
import json
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self, TypeVar

import pytest
from tripo3d import TripoClient

from tests.standin.messages import items, mapping
from tests.standin.service import DEFAULT_KEY, StandIn

Result = TypeVar("Result")
ROOT = Path(__file__).parents[2]
OLD_SDK = ROOT / ".venv" / "sdk-0.4.2"
# Without this option it looks up its public address on the internet.
ALONE = {"TRIPO_DISABLE_GEO_DETECTION": "1"}


def ask(
    service: StandIn, do: Callable[[TripoClient], Awaitable[Result]], *, key: str = DEFAULT_KEY
) -> Result:
    """Call a method of SDK 1.0.0."""

    async def run() -> Result:
        async with TripoClient(api_key=key, v3_base_url=service.base_url) as client:
            return await do(client)

    return asyncio.run(run())


class Refusal(Exception):
    """The API error that SDK 0.4.2 raised: its code, or minus the HTTP status if it has none."""

    def __init__(self, answer: Mapping[str, object]) -> None:
        super().__init__(str(answer["message"]))
        self.code = answer.get("code")
        self.status = answer.get("status")


class OldSdk:
    """SDK 0.4.2 in its own process. Close it, or use it in a `with`."""

    def __init__(
        self,
        service: StandIn,
        *,
        key: str = DEFAULT_KEY,
        boto3: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        if not OLD_SDK.exists():
            pytest.skip("SDK 0.4.2 is not installed; scripts/test.py does that")
        child = Path(__file__).with_name("old_sdk.py")
        switches = () if boto3 else ("--without-boto3",)
        kept = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
        self._process = subprocess.Popen(
            (sys.executable, str(child), service.base_url, key, *switches),
            env={**kept, **ALONE, "PYTHONPATH": str(OLD_SDK), **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=60)

    def call(self, method: str, **arguments: object) -> object:
        """Return a method's result, dataclasses as objects. Raises Refusal."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = json.dumps({"method": method, "arguments": arguments})
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()
        answer = mapping(json.loads(self._process.stdout.readline())) or {}
        if "result" not in answer:
            raise Refusal(answer)
        return answer["result"]

    def methods(self) -> list[str]:
        """Return the names of all methods of the SDK."""
        return [str(name) for name in items(self.call("")) or []]

    def made(self, method: str, **arguments: object) -> dict[str, object]:
        """Start a task and look it up: with a stand-in that takes no time it is done."""
        task_id = self.call(method, **arguments)
        task = mapping(self.call("get_task", task_id=task_id)) or {}
        assert task["status"] == "success", task
        return task


class TlsFront:
    """TLS on a port of its own, which passes everything on to another port."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.1)
        self._stopping = Event()
        self.target = ""
        self._thread = Thread(target=self._accept)
        self._thread.start()

    @property
    def address(self) -> str:
        """The host and port."""
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._thread.join()
        self._listener.close()

    def _accept(self) -> None:
        workers: list[Thread] = []
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                plain, _ = self._listener.accept()
                plain.settimeout(None)
                workers.append(Thread(target=self._join, args=(plain,)))
                workers[-1].start()
        for worker in workers:
            worker.join()

    def _join(self, plain: socket.socket) -> None:
        host, _, port = self.target.rpartition(":")
        with (
            suppress(OSError),
            self._context.wrap_socket(plain, server_side=True) as near,
            socket.create_connection((host, int(port))) as far,
        ):
            back = Thread(target=_hand_on, args=(far, near))
            back.start()
            _hand_on(near, far)
            back.join()


def _hand_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(1 << 16):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
