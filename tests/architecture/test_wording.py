"""Where sentences and labels stand, and that names in docstrings exist."""

from __future__ import annotations

import ast
import builtins
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from .sources import ADDON, found_in, sources

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
MESSAGE_MODULES = {
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


@dataclass(frozen=True)
class Text:
    """A text in a file, with each value in an f-string shown as "0"."""

    file: str
    line: int
    text: str


def misplaced_sentences(root: Path = ADDON) -> list[str]:
    """Return the sentences outside the `messages` of their layer, as `file:line text`. Log lines,
    docstrings, SQL, and exceptions that only developers read are no messages."""
    return [
        f"{seen.file}:{seen.line} {seen.text}"
        for layer in LAYERS_WITH_MESSAGES
        for path in sources(root / layer)
        for seen in texts_of(path, root)
        if not any(seen.file.startswith(place) for place in MESSAGE_MODULES)
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


def unnamed_labels(root: Path = ADDON) -> list[str]:
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


def test_sentences_are_in_the_messages_of_their_layer() -> None:
    assert misplaced_sentences() == []


def test_layout_labels_are_names_in_messages() -> None:
    assert unnamed_labels() == []


def test_name_in_a_docstring_exists() -> None:
    assert unknown_names() == []


def test_missing_name_in_a_docstring_is_detected(tmp_path: Path) -> None:
    (tmp_path / "room.py").write_text('"""As `room.key` and `Lock.turn` say."""\nkey = 1\n')
    assert unknown_names(tmp_path) == ["room.py:1 names Lock.turn"]


@pytest.mark.parametrize(
    ("file", "line", "fence"),
    [
        ("api/rules.py", "REFUSED = 'Enter a prompt'", misplaced_sentences),
        ("api/rules.py", "def f(limit): return f'up to {limit} characters'", misplaced_sentences),
        ("jobs/work/steps.py", "def f(a, b): return f'{a}. {b}'", misplaced_sentences),
        ("jobs/work/steps.py", "raise UnusableFile('it is not an image')", misplaced_sentences),
        ("blender/arrival/landing.py", "NOTE = 'Waiting for Object Mode'", misplaced_sentences),
        ("blender/ui/a_panel.py", "layout.label(text='Keep')", unnamed_labels),
        ("blender/ui/a_panel.py", "layout.label(text=f'{count}')", unnamed_labels),
    ],
)
def test_violation_is_detected(
    file: str, line: str, fence: Callable[[Path], list[str]], tmp_path: Path
) -> None:
    assert len(found_in(line, file, fence, tmp_path)) == 1


def test_developer_texts_are_no_messages(tmp_path: Path) -> None:
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
    assert misplaced_sentences(tmp_path) == []
