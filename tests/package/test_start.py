"""The two commands on machines that lack something: they print a sentence before they make or fetch
anything.

They run as copies in their own folder, whose name has special characters, with an empty home and no
settings for pip.
"""

from __future__ import annotations

import argparse
import ast
import os
import shutil
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import demo
import environment
import packages
from venvs import Venv, version_of

SCRIPTS = environment.ROOT / "scripts"
COMMANDS = ("demo.py", "test.py")
NOWHERE = "http://127.0.0.1:9/simple"
PIP = (sys.executable, "-m", "pip")
NOBODY = 65534

Run = Callable[..., str]


def interpreter(version: str) -> str:
    """Return a Python of this version from PATH or pyenv's folder; skip the test if there is
    none."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
    found = (shutil.which(f"python{version}"), *pyenv.glob(f"{version}.*/bin/python"))
    for path in filter(None, map(str, found)):
        if version_of(path) == tuple(map(int, version.split("."))):
            # A version manager's entry on PATH is no interpreter, and needs a shell.
            code = "import sys; print(sys.executable)"
            return subprocess.check_output([path, "-c", code], text=True).strip()
    pytest.skip(f"no Python {version} here")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a script without `.venv`, Blender or another Python. Returns its output."""
    checkout, empty = tmp_path / "größere Sachen, 模型" / "checkout", tmp_path / "empty"
    shutil.copytree(SCRIPTS, checkout / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    empty.mkdir()

    def output(python: str, script: str, user: int | None = None, **variables: str) -> str:
        own = {"HOME": str(empty), "PATH": str(empty), "PIP_CONFIG_FILE": os.devnull}
        done = subprocess.run(
            [python, f"scripts/{script}"],
            cwd=checkout,
            env={**own, "SYSTEMROOT": os.environ.get("SYSTEMROOT", ""), **variables},
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
            user=user,
        )
        assert done.returncode == 1, done.stdout + done.stderr
        assert not (checkout / ".venv").exists(), "something was made in vain"
        return done.stdout + done.stderr

    return output


def test_script_entry_code_parses_on_python_3_6() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in SCRIPTS.glob("*.py")}
    begun = {name: text for name, text in texts.items() if "start.enter(" in text}
    assert {*COMMANDS} < begun.keys()
    for name, text in {**begun, "start.py": texts["start.py"]}.items():
        ast.parse(text, name, feature_version=(3, 6))
        assert "from __future__ import annotations" not in text, f"{name}: 3.6 does not know it"


@pytest.mark.parametrize("script", COMMANDS)
@pytest.mark.parametrize("version", ["3.6", "3.7", "3.8", "3.9", "3.10"])
def test_old_python_names_the_version_to_install(version: str, script: str, run: Run) -> None:
    output = run(interpreter(version), script)
    assert "is too old for this. Install Python 3.13 or 3.11" in output
    assert f"python3.13 scripts/{script}" in output
    assert "Traceback" not in output


@pytest.mark.parametrize("script", COMMANDS)
@pytest.mark.parametrize("version", ["3.12", "3.14"])
def test_python_without_blender_says_what_to_install(version: str, script: str, run: Run) -> None:
    output = run(interpreter(version), script)
    assert output.strip() == environment.NO_BLENDER


def test_blender_that_is_too_old_is_named_with_its_version(tmp_path: Path, run: Run) -> None:
    program = tmp_path / "blender"
    program.write_text("#!/bin/sh\necho Blender 3.4.1\n", encoding="utf-8")
    program.chmod(0o755)
    output = run(interpreter("3.12"), "demo.py", BLENDER=str(program))
    assert f"{program} is 3.4.1, and 4.2.13 or later is needed" in output


@pytest.mark.parametrize("script", COMMANDS)
def test_other_python_beside_suitable_blender_asks_for_packages(
    script: str, tmp_path: Path, run: Run
) -> None:
    program = tmp_path / "blender"
    program.write_text("#!/bin/sh\necho Blender 4.5.15\n", encoding="utf-8")
    program.chmod(0o755)
    output = run(interpreter("3.12"), script, BLENDER=str(program), PIP_INDEX_URL=NOWHERE)
    assert "The packages cannot be fetched" in output


@pytest.mark.parametrize("blender", ["", *environment.BLENDERS])
def test_demo_has_all_packages_the_stand_in_imports(blender: str) -> None:
    imported: set[str] = set()
    for path in (environment.ROOT / "tests" / "standin").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(str(node.module).partition(".")[0])
    own = {"tests", "tripo_addon", "bpy", "bmesh", "mathutils"}
    foreign = imported - sys.stdlib_module_names - own
    foreign = {"pillow" if name == "PIL" else name for name in foreign}
    pinned = {pin.partition("==")[0] for pin in environment.requirements("demo", blender)}
    assert foreign == foreign & pinned
    assert "numpy" in foreign


@pytest.mark.parametrize("script", COMMANDS)
@pytest.mark.parametrize("version", ["3.11", "3.13"])
def test_python_without_ensurepip_names_the_missing_package(
    version: str, script: str, tmp_path: Path, run: Run
) -> None:
    (tmp_path / "ensurepip.py").write_text("raise ImportError\n", encoding="utf-8")
    output = run(interpreter(version), script, PYTHONPATH=str(tmp_path))
    assert "comes without the modules venv and ensurepip" in output
    assert "sudo apt install python3-venv" in output
    assert "Traceback" not in output


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root becomes somebody else")
@pytest.mark.parametrize("script", COMMANDS)
def test_read_only_checkout_suggests_a_private_one(script: str, tmp_path: Path, run: Run) -> None:
    python = "/usr/bin/python3"
    if not environment.usual_blender(version_of(python) or (0, 0)):
        pytest.skip("the system's own Python, which anybody may start, has no Blender")
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    output = run(python, script, user=NOBODY)
    assert "cannot be written by this user" in output
    assert "Traceback" not in output


@pytest.mark.skipif(not environment.usual_blender(sys.version_info[:2]), reason="no such module")
@pytest.mark.parametrize("script", COMMANDS)
def test_commands_report_missing_network_before_creating_anything(script: str, run: Run) -> None:
    base = str(Path(sys.base_prefix, "bin", "python3"))
    if not environment.has_module(base, "pip"):
        pytest.skip("this Python has no pip to ask with")
    output = run(base, script, PIP_INDEX_URL=NOWHERE, HTTPS_PROXY="http://user:secret@127.0.0.1:9")
    assert "The packages cannot be fetched" in output
    assert "the proxy in HTTPS_PROXY" in output
    assert "secret" not in output


@pytest.fixture
def pip_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run pip with no settings but those of the test."""
    for name in os.environ:
        if name.startswith("PIP_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    if not environment.has_module(sys.executable, "pip"):
        pytest.skip("this environment is filled by another's pip")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[str]:
    """An index that has only Blender's module."""
    page = tmp_path / "simple" / "bpy" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text('<a href="bpy-4.5.15-py3-none-any.whl">bpy</a>', encoding="utf-8")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple"
        server.shutdown()


@pytest.mark.usefixtures("pip_alone")
def test_reachable_index_is_accepted(index: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index)
    assert packages.refuse_index(PIP, ["idna==3.20", "bpy==4.5.15"], patience=60) is None
    refused = packages.refuse_index(PIP, ["idna==3.20"], patience=60)
    assert "has no idna" in (refused or "")


@pytest.mark.usefixtures("pip_alone")
def test_wheels_are_downloaded_without_pip_in_the_environment(
    index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index)
    offered = tmp_path / "simple" / "bpy" / "bpy-4.5.15-py3-none-any.whl"
    with zipfile.ZipFile(offered, "w") as wheel:
        about = "Metadata-Version: 2.1\nName: bpy\nVersion: 4.5.15\n"
        tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        for name, text in {"METADATA": about, "WHEEL": tags, "RECORD": ""}.items():
            wheel.writestr(f"bpy-4.5.15.dist-info/{name}", text)
    bare, here = Venv(tmp_path / "bare", pip=sys.executable), tmp_path / "here"
    bare.make(sys.executable)
    here.mkdir()
    download = f"vendor._download(vendor.PURE, ('bpy==4.5.15',), pathlib.Path({str(here)!r}))"
    code = f"import pathlib, vendor; {download}"
    subprocess.run([str(bare.python), "-c", code], cwd=SCRIPTS, check=True)
    assert (here / offered.name).read_bytes() == offered.read_bytes()


@pytest.mark.usefixtures("pip_alone")
def test_silent_index_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{silent.getsockname()[1]}/simple")
        refused = packages.refuse_index(PIP, ["bpy==4.5.15"], patience=2)
    assert "did not answer within 2 s" in (refused or "")


def test_demo_accepts_quoted_paths_and_file_urls(tmp_path: Path) -> None:
    picture = tmp_path / "a chest.png"
    picture.write_bytes(b"a picture")
    for pasted in (str(picture), f'"{picture}"', f" '{picture}' ", picture.as_uri()):
        assert demo.as_picture(pasted) == picture
    with pytest.raises(argparse.ArgumentTypeError, match="no file"):
        demo.as_picture('"no such.png"')
