"""Arbitrary files and records: refused with a sentence, never a traceback."""

from __future__ import annotations

import contextlib
import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzzing import fuzz_settings
from tests.jobs.bench import job_in, small_glb
from tripo_addon.jobs.model.description import describe
from tripo_addon.jobs.model.job import Job, State
from tripo_addon.jobs.model.recovery import recover
from tripo_addon.jobs.model_files.model_format import ModelFormat, recognize
from tripo_addon.jobs.model_files.unusable_file import UnusableFile
from tripo_addon.jobs.storage.job_json import decode_or_none, encode_job

FUZZ_SETTINGS = fuzz_settings(150)
FBX = b"Kaydara FBX Binary  \x00\x1a\x00" + (7500).to_bytes(4, "little")
HEADS = st.sampled_from(
    [b"", b"glTF\x02\x00\x00\x00", FBX, b"PK\x03\x04", b"; FBX 7.4", b"{", b"<"]
)


@pytest.fixture(scope="module")
def glb(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return small_glb(tmp_path_factory.mktemp("served") / "tiny.glb").read_bytes()


def recognized(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        assert isinstance(recognize(path), ModelFormat)
    except UnusableFile as refused:
        sentence = refused.sentence
    else:
        return
    assert sentence
    assert "\n" not in sentence


@FUZZ_SETTINGS
@given(head=HEADS, tail=st.binary(max_size=600))
def test_recognizer_survives_any_file(tmp_path: Path, head: bytes, tail: bytes) -> None:
    recognized(tmp_path / "file", head + tail)


@pytest.mark.slow
@FUZZ_SETTINGS
@given(seed=st.integers(0, 2**32), changes=st.integers(1, 12), length=st.floats(0, 1))
def test_recognizer_survives_any_changed_byte_of_a_model(
    tmp_path: Path, glb: bytes, seed: int, changes: int, length: float
) -> None:
    chance, content = random.Random(seed), bytearray(glb)
    for _ in range(changes):
        content[chance.randrange(len(content))] = chance.randrange(256)
    recognized(tmp_path / "file", bytes(content[: int(len(content) * length)]))
    recognized(tmp_path / "file", bytes(content))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@pytest.mark.slow
@FUZZ_SETTINGS
@given(state=st.sampled_from(list(State)), changes=st.dictionaries(st.integers(0, 40), JSON))
def test_reader_and_row_survive_any_record(state: State, changes: dict[int, object]) -> None:
    record = json.loads(encode_job(job_in(state)))
    names = sorted(record)
    for number, value in changes.items():
        record[names[number % len(names)]] = value
    job = decode_or_none(json.dumps(record))
    if job is None:
        return
    assert isinstance(job, Job)
    assert describe(job).headline
    assert describe(recover(job, paid="task-1", announced=True, now=0.0)).headline


@FUZZ_SETTINGS
@given(st.binary(max_size=200) | st.text().map(lambda text: text.encode("utf-8", "replace")))
def test_reader_survives_any_bytes(content: bytes) -> None:
    with contextlib.suppress(UnicodeDecodeError):
        assert decode_or_none(content.decode()) is None
