"""Which modules may import which."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import import_graph

from .interpreter import run_python
from .sources import ADDON, ROOT, found_in, imports_of, sources

BLENDER = ("blender/",)
TRANSPORT = ("api/http/session.py", "api/http/transport.py")
NO_OWNER: tuple[str, ...] = ()

# Module → the files, or folders ending in "/", that may import it or its submodules.
OWNERS = {
    "bpy": BLENDER,
    "bmesh": BLENDER,
    "mathutils": BLENDER,
    "gpu": BLENDER,
    "gpu_extras": BLENDER,
    "bpy_extras": BLENDER,
    "addon_utils": BLENDER,
    "importlib": (*BLENDER, "late_modules.py"),
    "requests": (
        *TRANSPORT,
        "api/http/downloads.py",
        "api/http/presigned_upload.py",
        "api/http/recording.py",
        "api/http/response_body.py",
    ),
    "requests_aws4auth": ("api/services/tripo_v2.py",),
    "truststore": TRANSPORT,
    "urllib3": TRANSPORT,
    "ssl": (*TRANSPORT, "api/http/certificates.py"),
    "urllib.request": NO_OWNER,
    "http.client": NO_OWNER,
    "http.server": NO_OWNER,
    "socket": ("api/http/exchange_limits.py",),
    "asyncio": NO_OWNER,
    "multiprocessing": NO_OWNER,
    "threading": ("jobs/engine/workers.py",),
    # In a second Blender, which has no engine: threads that write and never touch bpy.
    "concurrent": ("jobs/engine/workers.py", "blender/child/importing/file_writer.py"),
    "queue": ("jobs/engine/workers.py", "jobs/engine/inbox.py"),
    "sqlite3": (
        "jobs/storage/store.py",
        "jobs/storage/schema.py",
        "jobs/storage/repair.py",
        "jobs/storage/daily_copy.py",
    ),
    "subprocess": ("jobs/work/child_process.py",),
    "time": ("api/http/exchange_limits.py", "jobs/model/clock.py", *BLENDER),
    "random": ("jobs/model/clock.py", *BLENDER),
}

# What a panel would need for input or output; `session.state` has frozen snapshots instead.
FORBIDDEN_IN_PANELS = frozenset(
    {"glob", "http", "io", "json", "os", "pathlib", "shutil", "tempfile", "urllib"}
    | {
        "@blender.objects.capture",
        "@blender.child",
        "@blender.arrival.importer",
        "@jobs.work.child_process",
        "@jobs.work.steps",
    }
    | {
        "@jobs.engine.engine",
        "@jobs.storage.store",
        "@jobs.engine.workers",
        "@api.http.downloads",
        "@api.services",
    }
    | {"@api.http.transport"}
)


def wrong_importers(root: Path = ADDON) -> list[str]:
    """Return the imports of a module by files that may not import it."""
    return [
        f"{seen.file}:{seen.line} imports {seen.name}; only {', '.join(owners) or 'nobody'} may"
        for path in sources(root)
        for seen in imports_of(path, root)
        for module, owners in OWNERS.items()
        if seen.reaches(module) and not any(seen.file.startswith(owner) for owner in owners)
    ]


def absolute_imports(root: Path = ADDON) -> list[str]:
    return [
        f"{seen.file}:{seen.line} imports {seen.name}"
        for path in sources(root)
        for seen in imports_of(path, root)
        if seen.reaches("tripo_addon")
    ]


def panels(root: Path = ADDON) -> tuple[Path, ...]:
    return tuple(root.glob("blender/ui/**/*_panel.py"))


def panels_with_forbidden_imports(root: Path = ADDON) -> list[str]:
    return [
        f"{seen.file}:{seen.line} imports {seen.name}"
        for path in panels(root)
        for seen in imports_of(path, root)
        if any(seen.reaches(module) for module in FORBIDDEN_IN_PANELS)
    ]


def pure_modules() -> tuple[str, ...]:
    """Return the dotted names of all modules outside `blender`."""
    names = (path.relative_to(ROOT).with_suffix("").as_posix() for path in sources())
    # The scripting interface belongs to the Blender layer.
    inside = ("tripo_addon/blender", "tripo_addon/scripting")
    outside = (name for name in names if not name.startswith(inside))
    return tuple(name.removesuffix("/__init__").replace("/", ".") for name in outside)


def test_each_owned_module_is_imported_only_by_its_owner() -> None:
    assert wrong_importers() == []


def test_no_rooms_and_no_modules_import_in_a_circle() -> None:
    graph = import_graph.import_graph()
    assert graph.circles == ()
    assert set(graph.floors) == set(graph.arrows)


def test_circle_of_rooms_and_circle_of_modules_are_detected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "made_up/__init__.py": "",
        "made_up/attic/__init__.py": "",
        "made_up/attic/roof.py": "from ..cellar import shelf\n",
        "made_up/cellar/__init__.py": "",
        "made_up/cellar/shelf.py": "from ..attic import roof\n",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    graph = import_graph.import_graph("made_up")
    assert [{*circle} for circle in graph.circles] == [
        {"attic", "cellar"},
        {"made_up.attic.roof", "made_up.cellar.shelf"},
    ]


def test_own_modules_are_imported_relatively() -> None:
    assert absolute_imports() == []


def test_panels_import_nothing_that_does_input_or_output() -> None:
    assert panels(), "the panels have moved; this fence must follow them"
    assert panels_with_forbidden_imports() == []


def test_child_modules_do_not_import_the_addon() -> None:
    seen = tuple(
        found for path in sources(ADDON / "blender" / "child") for found in imports_of(path)
    )
    own = [found for found in seen if found.name.startswith("@")]
    assert own
    assert [found for found in own if not found.reaches("@blender.child")] == []


@pytest.mark.parametrize(
    ("file", "line", "fence"),
    [
        ("api/catalog.py", "import bpy", wrong_importers),
        ("api/catalog.py", "def price():\n    import bpy.types", wrong_importers),
        (
            "api/services/pixazo.py",
            "try:\n    from requests import get\nexcept OSError: ...",
            wrong_importers,
        ),
        ("api/services/pixazo.py", "import urllib.request", wrong_importers),
        ("jobs/engine/engine.py", "from threading import Thread", wrong_importers),
        ("jobs/model/machine.py", "import time", wrong_importers),
        ("jobs/model/timing.py", "__import__('random')", wrong_importers),
        ("jobs/work/steps.py", "import sqlite3 as s", wrong_importers),
        ("blender/loop.py", "import threading", wrong_importers),
        ("blender/session/composition.py", "from tripo_addon.api import catalog", absolute_imports),
        (
            "blender/ui/a_panel.py",
            "from ...jobs.storage.store import Store",
            panels_with_forbidden_imports,
        ),
        ("blender/ui/rows/b_panel.py", "from pathlib import Path", panels_with_forbidden_imports),
        ("blender/ui/a_panel.py", "from ..arrival import importer", panels_with_forbidden_imports),
    ],
)
def test_violation_is_detected(
    file: str, line: str, fence: Callable[[Path], list[str]], tmp_path: Path
) -> None:
    assert len(found_in(line, file, fence, tmp_path)) == 1


def test_type_checking_imports_are_allowed(tmp_path: Path) -> None:
    lines = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from threading import Event\n"
    (tmp_path / "dialect.py").write_text(lines, encoding="utf-8")
    assert wrong_importers(tmp_path) == []


IMPORT_WITHOUT_BLENDER = """
import importlib, sys
for blocked in ("bpy", "bmesh", "mathutils", "gpu", "bpy_extras"):
    sys.modules[blocked] = None
for name in sys.argv[1:]:
    for loaded in [key for key in sys.modules if key.split(".")[0] == "tripo_addon"]:
        del sys.modules[loaded]
    importlib.import_module(name)
"""


def test_every_pure_module_imports_first_and_without_blender() -> None:
    modules = pure_modules()
    assert "tripo_addon" in modules, "the package has lost its root"
    run_python(IMPORT_WITHOUT_BLENDER, *modules)
