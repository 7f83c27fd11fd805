"""Which modules may import which, and what registration may not load.

Reads the sources with `ast` and starts fresh interpreters; does not import the add-on here.
"""

from __future__ import annotations

import ast
import builtins
import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
import tokenize
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import import_graph

ROOT = Path(__file__).resolve().parents[1]
ADDON = ROOT / "tripo_addon"

BLENDER = ("blender/",)
TRANSPORT = ("api/http/session.py", "api/http/transport.py")
NOBODY: tuple[str, ...] = ()

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
    "urllib.request": NOBODY,
    "http.client": NOBODY,
    "http.server": NOBODY,
    "socket": ("api/http/exchange_limits.py",),
    "asyncio": NOBODY,
    "multiprocessing": NOBODY,
    "threading": ("jobs/engine/workers.py",),
    "concurrent": ("jobs/engine/workers.py",),
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
PANELS_DO_WITHOUT = frozenset(
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

# A sentence: three words in a row of which the others are lower-case, a capital and a lower-case
# word, or values joined by punctuation. A value in an f-string reads as "0".
SENTENCE = re.compile(
    r"[A-Za-z0-9’']{2,}[,;:.]? [a-z0-9’']+[,;:.]? [a-z0-9’'(“]+"
    r"|^[A-Z][a-z]+ [a-z]"
    r"|0[:;,.] [0A-Za-z]"
)
SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|PRAGMA|BEGIN)\b")
OTHERS_EXCEPTIONS = {*dir(builtins), "ContentDecodingError"}
LABEL_ARGUMENTS = ("text", "placeholder", "heading", "title", "message", "confirm_text")
LAYERS_WITH_MESSAGES = ("api", "jobs", "blender")
# The files, or folders ending in "/", that may contain sentences, and why.
WHERE_SENTENCES_STAND = {
    "api/messages/": "the messages of api",
    "jobs/messages/": "the messages of jobs",
    "blender/messages/": "the messages of blender",
    "blender/forms/works.py": "labels and tooltips are data of a work",
    "blender/session/diagnostics.py": "a report for developers, a fact per line",
    "blender/child/messages.py": "the messages of a second Blender, which knows no other module",
    "blender/child/importing/asset.py": "the head of a catalog file",
    "blender/child/importing/file_formats.py": "what the system's loader of libraries says",
    "api/catalog/": "labels, descriptions, and rules are data of a service",
    "api/services/pixazo.py": "an error code is a sentence there",
    "jobs/engine/workers.py": "names of threads",
    "jobs/work/notification.py": "a script of macOS",
    "jobs/storage/payments.py": "words of the journal on disk",
    "jobs/storage/repair.py": "a detail of the journal on disk",
}

# Names of Blender and other packages that docstrings may use.
OUTSIDE_NAMES = (
    *("extension_path_user", "temp_override", "utils", "register_classes_factory"),
    *("polling_url", "chest_back", "png"),
)

LATE = ("pydantic", "pydantic_core", "requests", "sqlite3", "truststore", "urllib3")
LATE_OWN = (
    *("api.errors", "api.prices", "api.rules", "blender.arrival.", "blender.messages.session"),
    *("blender.objects.stand_clear", "blender.pictures.", "blender.previews."),
    *("blender.requests.", "blender.session.composition", "blender.viewport.waiting_boxes"),
    *("jobs.engine.", "jobs.messages.", "jobs.model.description", "jobs.model.job"),
)


@dataclass(frozen=True)
class Import:
    """One imported name at a line of a file, ours with "@" for the add-on's folder: in a module of
    `jobs`, `from ..api import tasks` is "@api.tasks"."""

    file: str
    line: int
    name: str

    def reaches(self, module: str) -> bool:
        return self.name == module or self.name.startswith(f"{module}.")


def sources(folder: Path = ADDON) -> tuple[Path, ...]:
    return tuple(sorted(folder.rglob("*.py")))


def imports_of(path: Path, root: Path = ADDON) -> Iterator[Import]:
    """Return every import that runs, also inside functions; those under TYPE_CHECKING do not
    run."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    only_for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for statement in node.body
        for inner in ast.walk(statement)
    }
    file = path.relative_to(root).as_posix()
    for node in ast.walk(tree):
        if id(node) not in only_for_types:
            for name in imported_names(node, file):
                yield Import(file, getattr(node, "lineno", 0), name)


def imported_names(node: ast.AST, file: str) -> tuple[str, ...]:
    match node:
        case ast.Import():
            return tuple(alias.name for alias in node.names)
        case ast.ImportFrom():
            base = node.module or ""
            if node.level:
                above = file.split("/")[: -node.level]
                base = "@" + ".".join((*above, *filter(None, [node.module])))
            joint = "" if base == "@" else "."
            return tuple(f"{base}{joint}{alias.name}" for alias in node.names)
        case ast.Call(func=ast.Name("__import__"), args=[ast.Constant(str(name)), *_]):
            return (name,)
        case _:
            return ()


def strangers(root: Path = ADDON) -> list[str]:
    """Return the imports of a module by files that may not import it."""
    return [
        f"{seen.file}:{seen.line} imports {seen.name}; only {', '.join(owners) or 'nobody'} may"
        for path in sources(root)
        for seen in imports_of(path, root)
        for module, owners in OWNERS.items()
        if seen.reaches(module) and not any(seen.file.startswith(owner) for owner in owners)
    ]


def overrides(root: Path = ADDON) -> list[str]:
    """Return the uses of `temp_override`: an operator in one reads the context without Python's
    lock while another thread has it, and crashes Blender (up to 5.0)."""
    return [
        f"{path.relative_to(root).as_posix()}:{node.lineno} overrides the context"
        for path in sources(root)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "temp_override"
    ]


def own_annotations(root: Path = ADDON) -> list[str]:
    """Return the uses of `__annotations__` outside `registration.declare`: Python 3.14 has none
    while a class body runs, and with an older Python, which has, no test would fail."""
    return [
        f"{path.relative_to(root).as_posix()}:{getattr(node, 'lineno', 0)} uses __annotations__"
        for path in sources(root)
        if path.relative_to(root).as_posix() != "blender/registration.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if "__annotations__" in (_named(node), getattr(node, "value", None))
    ]


def compiled_records(root: Path = ADDON) -> list[str]:
    """Frozen dataclasses that `api.record` would define in a seventh of the time. A child runs
    without it."""
    return [
        f"{path.relative_to(root).as_posix()}:{node.lineno} compiles a frozen dataclass"
        for path in sources(root)
        if not path.relative_to(root).is_relative_to("blender/child")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _named(node.func) == "dataclass"
        if any(each.arg == "frozen" for each in node.keywords)
    ]


def _named(node: ast.AST) -> str:
    """Return the name that a one-word expression reads or sets."""
    return str(getattr(node, "id", getattr(node, "attr", "")))


def absolute_imports(root: Path = ADDON) -> list[str]:
    return [
        f"{seen.file}:{seen.line} imports {seen.name}"
        for path in sources(root)
        for seen in imports_of(path, root)
        if seen.reaches("tripo_addon")
    ]


@dataclass(frozen=True)
class Text:
    """A text in a file, with each value in an f-string shown as "0"."""

    file: str
    line: int
    text: str


def loose_sentences(root: Path = ADDON) -> list[str]:
    """Return the sentences outside the `messages` of their layer, as `file:line text`. Log lines,
    docstrings, SQL, and exceptions that only developers read are no messages."""
    return [
        f"{seen.file}:{seen.line} {seen.text}"
        for layer in LAYERS_WITH_MESSAGES
        for path in sources(root / layer)
        for seen in texts_of(path, root)
        if not any(seen.file.startswith(place) for place in WHERE_SENTENCES_STAND)
        if SENTENCE.search(seen.text) and not SQL.match(seen.text)
    ]


def texts_of(path: Path, root: Path = ADDON) -> Iterator[Text]:
    """Return every text of a file except those that only developers read."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    passed = {id(inner) for node in ast.walk(tree) for inner in _developers_texts(node)}
    for node in ast.walk(tree):
        if id(node) in passed:
            continue
        match node:
            case ast.JoinedStr(values=values):
                text = "".join(
                    str(each.value) if isinstance(each, ast.Constant) else "0" for each in values
                )
            case ast.Constant(value=str(text)):
                pass
            case _:
                continue
        yield Text(path.relative_to(root).as_posix(), node.lineno, text)


def loose_labels(root: Path = ADDON) -> list[str]:
    """Return the literal texts, even of one word, in code that draws a layout: `file:line text`."""
    return [
        f"{path.relative_to(root).as_posix()}:{node.lineno} {ast.unparse(keyword.value)}"
        for path in sources(root / "blender" / "ui")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg in LABEL_ARGUMENTS
        if isinstance(keyword.value, ast.JoinedStr)
        or (
            isinstance(keyword.value, ast.Constant)
            and re.search("[A-Za-z]", ast.unparse(keyword.value))
        )
    ]


def _developers_texts(node: ast.AST) -> Iterator[ast.AST]:
    """Return what is exempt: docstrings, log lines, patterns, exceptions that are not ours, what
    Blender's classes declare in their bodies, and the parts of an f-string, which counts as one
    text."""
    if _is_declared_to_blender(node):
        yield from ast.walk(node)
    match node:
        case ast.Expr(value=ast.Constant()):
            yield node.value
        case ast.Call(func=ast.Attribute(value=ast.Name("_log"))):
            yield from ast.walk(node)
        case ast.Call(func=ast.Attribute(value=ast.Name("re"))):
            yield from ast.walk(node)
        case ast.Raise(exc=ast.Call(func=ast.Attribute())):
            yield from ast.walk(node)
        case ast.Raise(exc=ast.Call(func=ast.Name(name))) if name in OTHERS_EXCEPTIONS:
            yield from ast.walk(node)
        case ast.JoinedStr(values=values):
            yield from values
        case _:
            pass


def _is_declared_to_blender(node: ast.AST) -> bool:
    match node:
        case ast.AnnAssign(annotation=ast.Call(func=ast.Name(name))):
            return name.endswith("Property")
        case ast.Assign(targets=[ast.Name(name)]):
            return name.startswith("bl_")
        case _:
            return False


def panels(root: Path = ADDON) -> tuple[Path, ...]:
    return tuple(root.glob("blender/ui/**/*_panel.py"))


def panels_that_reach_out(root: Path = ADDON) -> list[str]:
    return [
        f"{seen.file}:{seen.line} imports {seen.name}"
        for path in panels(root)
        for seen in imports_of(path, root)
        if any(seen.reaches(module) for module in PANELS_DO_WITHOUT)
    ]


def pure_modules() -> tuple[str, ...]:
    """Return the dotted names of all modules outside `blender`."""
    names = (path.relative_to(ROOT).with_suffix("").as_posix() for path in sources())
    # The scripting interface belongs to the Blender layer.
    inside = ("tripo_addon/blender", "tripo_addon/scripting")
    outside = (name for name in names if not name.startswith(inside))
    return tuple(name.removesuffix("/__init__").replace("/", ".") for name in outside)


def run_python(code: str, *arguments: str, **variables: str) -> str:
    """Return the output of a fresh interpreter; the test fails with its errors unless it exits with
    0."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_each_owned_module_is_imported_by_its_owner_alone() -> None:
    assert strangers() == []


def test_no_rooms_and_no_modules_import_each_other_in_a_circle() -> None:
    graph = import_graph.import_graph()
    assert graph.circles == ()
    assert set(graph.floors) == set(graph.arrows)


def test_a_circle_of_rooms_and_one_of_modules_are_seen(
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


def unknown_names(root: Path = ADDON) -> list[str]:
    """Return the names in backticks, in docstrings and comments, that are nowhere in the add-on's
    code."""
    known, named = {*OUTSIDE_NAMES}, list[tuple[str, str]]()
    for path in sources(root):
        file = path.relative_to(root).as_posix()
        known |= set(file.removesuffix(".py").split("/"))
        for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
            if token.type == tokenize.NAME:
                known.add(token.string)
            elif token.type == tokenize.COMMENT or token.string.startswith('"""'):
                at = f"{file}:{token.start[0]}"
                named += [(at, name) for name in re.findall(r"`([A-Za-z_][\w.]*)`", token.string)]
            elif token.type == tokenize.STRING:
                known |= set(re.findall(r"\w+", token.string))
    return [f"{at} names {name}" for at, name in named if not known.issuperset(name.split("."))]


def test_a_name_in_a_docstring_exists() -> None:
    assert unknown_names() == []


def test_a_name_that_is_gone_is_found_in_a_docstring(tmp_path: Path) -> None:
    (tmp_path / "room.py").write_text('"""As `room.key` and `Lock.turn` say."""\nkey = 1\n')
    assert unknown_names(tmp_path) == ["room.py:1 names Lock.turn"]


def test_no_context_is_overridden_because_there_are_threads() -> None:
    assert overrides() == []


def test_annotations_are_changed_in_one_place_that_python_3_14_lets_do_it() -> None:
    assert own_annotations() == []


def test_what_is_frozen_is_a_record_because_dataclasses_are_slow_to_define() -> None:
    assert compiled_records() == []


@pytest.mark.parametrize(
    "module", ["tripo_addon.jobs", "bl_ext.user_default.tripo_addon", "tests.api", "vendor"]
)
def test_a_warning_about_our_own_code_is_an_error(module: str) -> None:
    with pytest.raises(DeprecationWarning):
        warnings.warn_explicit("old", DeprecationWarning, "file.py", 1, module)


@pytest.mark.parametrize("module", ["io_scene_fbx.export_fbx_bin", "numpy.lib", "vendored"])
def test_a_warning_about_blenders_or_others_code_is_none(module: str) -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.warn_explicit("old", DeprecationWarning, "file.py", 1, module)
    assert [str(each.message) for each in seen] == ["old"]


def test_our_own_modules_are_imported_relatively_only() -> None:
    assert absolute_imports() == []


def test_sentences_stand_in_the_messages_of_their_layer() -> None:
    assert loose_sentences() == []


def test_what_a_layout_draws_has_a_name_in_the_messages() -> None:
    assert loose_labels() == []


def test_panels_import_nothing_that_could_do_input_or_output() -> None:
    assert panels(), "the panels have moved; this fence must follow them"
    assert panels_that_reach_out() == []


def test_what_a_child_runs_stands_alone_because_there_is_no_addon_around_it() -> None:
    seen = tuple(
        found for path in sources(ADDON / "blender" / "child") for found in imports_of(path)
    )
    own = [found for found in seen if found.name.startswith("@")]
    assert own
    assert [found for found in own if not found.reaches("@blender.child")] == []


@pytest.mark.parametrize(
    ("file", "line", "fence"),
    [
        ("api/catalog.py", "import bpy", strangers),
        ("api/catalog.py", "def price():\n    import bpy.types", strangers),
        (
            "api/services/pixazo.py",
            "try:\n    from requests import get\nexcept OSError: ...",
            strangers,
        ),
        ("api/services/pixazo.py", "import urllib.request", strangers),
        ("jobs/engine/engine.py", "from threading import Thread", strangers),
        ("jobs/model/machine.py", "import time", strangers),
        ("jobs/model/timing.py", "__import__('random')", strangers),
        ("jobs/work/steps.py", "import sqlite3 as s", strangers),
        ("blender/loop.py", "import threading", strangers),
        (
            "blender/arrival/landing.py",
            "with bpy.context.temp_override(window=None): ...",
            overrides,
        ),
        ("api/rules.py", "REFUSED = 'Enter a prompt'", loose_sentences),
        ("api/rules.py", "def f(limit): return f'up to {limit} characters'", loose_sentences),
        ("jobs/work/steps.py", "def f(a, b): return f'{a}. {b}'", loose_sentences),
        ("jobs/work/steps.py", "raise UnusableFile('it is not an image')", loose_sentences),
        ("blender/arrival/landing.py", "NOTE = 'Waiting for Object Mode'", loose_sentences),
        ("blender/ui/a_panel.py", "layout.label(text='Keep')", loose_labels),
        ("blender/ui/a_panel.py", "layout.label(text=f'{count}')", loose_labels),
        ("blender/ui/a_panel.py", "class P:\n    __annotations__ |= {}", own_annotations),
        ("blender/ui/a_panel.py", "P.__annotations__ = {}", own_annotations),
        ("blender/ui/a_panel.py", "vars(P)['__annotations__']", own_annotations),
        ("api/rules.py", "@dataclass(frozen=True)\nclass R: ...", compiled_records),
        ("blender/session/composition.py", "from tripo_addon.api import catalog", absolute_imports),
        (
            "blender/ui/a_panel.py",
            "from ...jobs.storage.store import Store",
            panels_that_reach_out,
        ),
        ("blender/ui/rows/b_panel.py", "from pathlib import Path", panels_that_reach_out),
        ("blender/ui/a_panel.py", "from ..arrival import importer", panels_that_reach_out),
    ],
)
def test_a_broken_fence_is_noticed(
    file: str, line: str, fence: Callable[[Path], list[str]], tmp_path: Path
) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(line, encoding="utf-8")
    assert len(fence(tmp_path)) == 1


def test_what_developers_read_is_no_message(tmp_path: Path) -> None:
    lines = (
        '"""A module says what it is for."""',
        "_log.warning('The list could not be copied: %s', 1)",
        "raise ValueError('neither a file nor a web address')",
        "SQL = 'SELECT id FROM jobs WHERE id = ?'",
        "class P:",
        "    bl_label = 'Convert to FBX'",
        "    size: EnumProperty(name='Size', description='Size of the new model')",
    )
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "store.py").write_text("\n".join(lines), encoding="utf-8")
    assert loose_sentences(tmp_path) == []


def test_what_is_only_imported_for_types_breaks_no_fence(tmp_path: Path) -> None:
    lines = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from threading import Event\n"
    (tmp_path / "dialect.py").write_text(lines, encoding="utf-8")
    assert strangers(tmp_path) == []


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


REGISTER = """
import sys
import bpy
import addon_utils

late = sys.argv[1].split()
for name in [key for key in sys.modules if key.split(".")[0] in late]:
    del sys.modules[name]
bpy.context.preferences.system.use_online_access = False
assert addon_utils.enable("bl_ext.user_default.tripo_addon", default_set=True), "not enabled"
print("LOADED", *sorted(name for name in late if name in sys.modules))
addon = "bl_ext.user_default.tripo_addon."
own = [name.removeprefix(addon) for name in sys.modules if name.startswith(addon)]
print("OWN", *sorted(name for name in own if name.startswith(tuple(sys.argv[2].split()))))
assert addon_utils.disable("bl_ext.user_default.tripo_addon", default_set=True) is None
"""


@pytest.mark.skipif(importlib.util.find_spec("bpy") is None, reason="no Blender module here")
def test_registration_loads_neither_large_packages_nor_what_a_click_needs(tmp_path: Path) -> None:
    installed = tmp_path / "extensions" / "user_default" / "tripo_addon"
    shutil.copytree(ADDON, installed, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "blender_manifest.toml", installed)
    late = (" ".join(LATE), " ".join(LATE_OWN))
    printed = run_python(REGISTER, *late, BLENDER_USER_RESOURCES=str(tmp_path)).splitlines()
    assert [line for line in printed if line.startswith(("LOADED", "OWN"))] == ["LOADED", "OWN"]
