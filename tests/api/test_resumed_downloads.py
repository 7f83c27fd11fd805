"""A resumed download is the same file throughout, and is complete on disk before it gets its
name."""

import json
import os
import socket
from pathlib import Path

import pytest

from tripo_addon.api.errors import Transient
from tripo_addon.api.http.partial_file import place_of

from .hosts import RawHost, RawRequest, reply
from .outcomes import fault_in, fetch

FIRST = b"the first half of one file, "
REST = b"and the second half of another"
SIZE = len(FIRST) + len(REST)


@pytest.mark.parametrize(
    ("etag", "total"),
    [pytest.param('"other"', SIZE, id="other-etag"), pytest.param('"one"', SIZE + 9, id="longer")],
)
def test_the_rest_of_another_file_is_never_appended(etag: str, total: int, tmp_path: Path) -> None:
    whole = b"the other file, from its beginning"

    def answer(connection: socket.socket, request: RawRequest) -> None:
        if "range" not in request.headers:
            connection.sendall(reply(200, whole))
            return
        place = f"bytes {len(FIRST)}-{total - 1}/{total}"
        connection.sendall(reply(206, REST, Content_Range=place, ETag=etag))

    with RawHost(answer) as host:
        part = tmp_path / "model.glb.part"
        part.write_bytes(FIRST)
        note = {"place": place_of(host.url), "etag": '"one"', "modified": "", "total": SIZE}
        part.with_name("model.glb.part.json").write_text(json.dumps(note))
        assert type(fault_in(lambda: fetch(host.url, tmp_path))) is Transient
        assert not part.exists()
        assert fetch(host.url, tmp_path).read_bytes() == whole


def test_a_download_is_flushed_to_the_disk_before_it_gets_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(descriptor: int) -> None:
        real_fsync(descriptor)
        seen.append(f"flushed {os.fstat(descriptor).st_size}")

    def replace(source: Path, target: Path) -> None:
        seen.append(f"named {Path(source).stat().st_size}")
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    with RawHost(lambda connection, _request: connection.sendall(reply(200, FIRST))) as host:
        fetch(host.url, tmp_path)
    assert seen == [f"flushed {len(FIRST)}", f"named {len(FIRST)}"]
