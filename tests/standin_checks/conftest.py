"""Fixtures of the stand-in's checks: services to call, pictures to send, a clock.

Nothing here patches anything; the stand-in runs in threads, on real ports.
"""

import functools
import json
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from PIL import Image, ImageDraw

from tests.standin.filler import FillerGlb
from tests.standin.messages import mapping
from tests.standin.service import DEFAULT_KEY, StandIn
from tests.standin.workshop import ForgeBroke, forge_command

from .opened import Opened, look
from .sending import Bench, as_glb, model

COLORS = {
    "front": (200, 30, 30),
    "left": (30, 160, 30),
    "back": (30, 30, 200),
    "right": (200, 180, 30),
}


class ManualClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Caller:
    """Sends plain HTTP to the v3 dialect, for what the official SDK would not send."""

    base_url: str
    key: str = DEFAULT_KEY

    def post(self, path: str, body: object) -> requests.Response:
        headers = {**self.headers, "Content-Type": "application/json"}
        content = json.dumps(body)
        return requests.post(self.base_url + path, data=content, headers=headers, timeout=30)

    def get(self, path: str) -> requests.Response:
        return requests.get(self.base_url + path, headers=self.headers, timeout=30)

    def data(self, path: str) -> Mapping[str, object]:
        return mapping(self.get(path).json()["data"]) or {}

    def upload(self, name: str, content: bytes) -> requests.Response:
        files = {"file": (name, content)}
        url = f"{self.base_url}/v3/files"
        return requests.post(url, files=files, headers=self.headers, timeout=30)

    def token(self, path: Path) -> str:
        return self.upload(path.name, path.read_bytes()).json()["data"]["file_token"]

    def create(self, path: str, **body: object) -> str:
        answer = self.post(path, {"model": "v3.1-20260211", **body})
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["task_id"]

    def link(self, task_id: str, name: str = "model_url") -> str:
        output = mapping(self.data(f"/v3/tasks/{task_id}")["output"]) or {}
        return str(output[name])

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "tiny.glb"
    glb = FillerGlb(2000)
    path.write_bytes(b"".join(glb.read(0, glb.size)))
    return path


@pytest.fixture(scope="session")
def views(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Four plain pictures by view; each has a white half on the viewer's left."""
    folder = tmp_path_factory.mktemp("views")
    paths: dict[str, Path] = {}
    for view, color in COLORS.items():
        picture = Image.new("RGB", (240, 320), color)
        ImageDraw.Draw(picture).rectangle((0, 0, 119, 319), "white")
        paths[view] = folder / f"{view}.png"
        picture.save(paths[view])
    return paths


@pytest.fixture
def service(tiny_model: Path) -> Iterator[StandIn]:
    """A stand-in without a forge: every task is done at the first look-up."""
    with StandIn(seconds=0, model=tiny_model) as running:
        yield running


@pytest.fixture
def caller(service: StandIn) -> Caller:
    return Caller(service.base_url)


@pytest.fixture(scope="session")
def forging() -> Iterator[StandIn]:
    """A stand-in with the forge, for checks that look at models."""
    try:
        forge_command()
    except ForgeBroke as missing:
        pytest.skip(str(missing))
    with StandIn(seconds=0, balance=100_000) as running:
        yield running


@pytest.fixture(scope="session")
def writable() -> Callable[[str], None]:
    """Skips what needs a file format that the forge's Blender cannot write: those of Linux
    distributions may lack USD."""

    @functools.cache
    def has_usd() -> bool:
        command = forge_command()
        if command[0] == sys.executable:
            return True
        call = (*command[:-1], "import bpy; print('USD', bpy.app.usd.supported)")
        process = subprocess.run(call, capture_output=True, text=True, check=True, timeout=60)
        return "USD True" in process.stdout

    def check(form: str) -> None:
        if form == "USDZ" and not has_usd():
            pytest.skip("this Blender was built without USD")

    return check


@pytest.fixture(scope="session")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model file to send."""
    path = tmp_path_factory.mktemp("sent") / "model.glb"
    path.write_bytes(as_glb(model()))
    return path


@pytest.fixture(scope="session")
def before(sent: Path) -> Opened:
    """The contents of the model before it is processed."""
    (opened,) = look(sent)
    return opened


@pytest.fixture
def bench(forging: StandIn, tmp_path: Path) -> Bench:
    return Bench(Caller(forging.base_url), tmp_path)


@pytest.fixture(params=["task", "token"])
def source(request: pytest.FixtureRequest, bench: Bench, sent: Path) -> str:
    """The sent model as an import task, and as the token of its file."""
    token = bench.caller.token(sent)
    return bench.done("/v3/models/import", input=token) if request.param == "task" else token


def scene_of(glb: bytes) -> dict[str, object]:
    """Return the JSON chunk of a GLB."""
    magic, version, size = struct.unpack_from("<4sII", glb)
    assert (magic, version, size) == (b"glTF", 2, len(glb))
    length, kind = struct.unpack_from("<I4s", glb, 12)
    assert kind == b"JSON"
    return mapping(json.loads(glb[20 : 20 + length])) or {}
