"""Helpers for the checks of both gateways: plain HTTP clients, pictures, shapes of answers.

Sends what their documents tell a client to send.
"""

import base64
import io
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import cast

import requests
from PIL import Image

from tests.standin.messages import items, mapping
from tests.standin.service import DEFAULT_KEY

TRIPO = "/v1/3d-models/tripo/"
TEXT, IMAGE, VIEWS = f"{TRIPO}text-to-3d/", f"{TRIPO}image-to-3d/", f"{TRIPO}multiview-to-3d/"
WALLET = "/account/user/wallet/"
SUBMIT = "/tripo3d-v2-5-413/v1/tripo3d-v2-5-request"
LOOK = "/v2/requests/status/"


@dataclass(frozen=True)
class StudioCaller:
    """A client of 3D AI Studio's endpoints."""

    base_url: str
    key: str = DEFAULT_KEY

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def post(self, path: str, body: object) -> requests.Response:
        """Send JSON; a text is sent as it is."""
        headers = {**self.headers, "Content-Type": "application/json"}
        content = body if isinstance(body, str) else json.dumps(body)
        return requests.post(
            self.base_url + path, data=content.encode(), headers=headers, timeout=30
        )

    def form(
        self, path: str, texts: Mapping[str, str], **files: tuple[str, bytes]
    ) -> requests.Response:
        """Send a multipart form, even without a file."""
        parts = {name: (None, text) for name, text in texts.items()} | files
        url = self.base_url + path
        return requests.post(url, files=parts or {"": ""}, headers=self.headers, timeout=30)

    def get(self, path: str) -> requests.Response:
        return requests.get(self.base_url + path, headers=self.headers, timeout=30)

    def create(self, path: str, body: object) -> str:
        answer = self.post(path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()["task_id"]

    def look(self, task_id: str) -> dict[str, object]:
        answer = self.get(f"/v1/generation-request/{task_id}/status/")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wallet(self) -> str:
        return self.get(WALLET).json()["balance"]

    def asset(self, task_id: str) -> str:
        """Return the link to the only result."""
        (result,) = items(self.look(task_id)["results"]) or []
        return str((mapping(result) or {})["asset"])


@dataclass(frozen=True)
class PixazoCaller:
    """A client of Pixazo's endpoint."""

    base_url: str
    key: str = DEFAULT_KEY

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "Cache-Control": "no-cache",
            "Ocp-Apim-Subscription-Key": self.key,
        }

    def post(self, body: object, path: str = SUBMIT, **headers: str) -> requests.Response:
        """Send JSON; a text is sent as it is."""
        content = body if isinstance(body, str) else json.dumps(body)
        merged = self.headers | {name.replace("_", "-"): text for name, text in headers.items()}
        return requests.post(
            self.base_url + path, data=content.encode(), headers=merged, timeout=30
        )

    def create(self, image_url: str) -> str:
        answer = self.post({"image_url": image_url})
        assert answer.status_code == 202, answer.text
        return answer.json()["request_id"]

    def get(self, path: str) -> requests.Response:
        return requests.get(self.base_url + path, headers=self.headers, timeout=30)

    def look(self, request_id: str) -> dict[str, object]:
        answer = self.get(LOOK + request_id)
        assert answer.status_code == 200, answer.text
        return answer.json()


class PictureHost(ThreadingHTTPServer):
    """A web server with one picture, at every path except `/gone`, `/text` and `/moved`."""

    daemon_threads = True

    def __init__(self, picture: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _PictureHandler)
        self.picture = picture
        self.requests: list[str] = []

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _PictureHandler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        host = cast("PictureHost", self.server)
        host.requests.append(self.path)
        content = b"no picture" if self.path.startswith("/text") else host.picture
        status = {"/gone": 404, "/move": 302}.get(self.path[:5], 200)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"{host.base_url}/elsewhere.png")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Do nothing."""


@contextmanager
def picture_host() -> Generator[PictureHost, None, None]:
    """Serve `picture()` at a web address that this machine can reach."""
    with PictureHost(picture()) as host:
        thread = Thread(target=host.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield host
        finally:
            host.shutdown()
            thread.join()


def picture(*, sides: tuple[int, int] = (64, 48), kind: str = "PNG") -> bytes:
    """Return a plain picture."""
    target = io.BytesIO()
    Image.new("RGB", sides, (200, 120, 40)).save(target, kind)
    return target.getvalue()


def data_uri(content: bytes | None = None, media_type: str = "image/png") -> str:
    """Return a picture as 3D AI Studio takes it in JSON."""
    text = base64.b64encode(picture() if content is None else content).decode()
    return f"data:{media_type};base64,{text}"


def shape(value: object) -> object:
    """Return JSON without its contents: keys and types; times keep their form."""
    fields, listed = mapping(value), items(value)
    if fields is not None:
        return {name: shape(each) for name, each in fields.items()}
    if listed is not None:
        return [shape(each) for each in listed]
    if isinstance(value, str) and value[:2] == "20" and value[4:5] == "-":
        return "".join("0" if letter.isdigit() else letter for letter in value)
    return type(value).__name__
