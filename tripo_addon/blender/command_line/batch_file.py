"""Reads a batch: a CSV file with a heading row, or JSON lines, one model per row.

Opens the file and the pictures that it names; sends nothing.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

from ...api.catalog.field_types import VIEWS, ParamType
from ...api.catalog.parameters import PARAMETERS
from ...api.record import record, replace
from ...api.rules import is_web_address
from ...api.style_json import written
from ..messages import command_line as messages
from ..scripting import generation
from ..scripting.generation import ModelRequest
from ..scripting.refused import Refused
from . import options

_INPUTS: Final = ("text", "image", *VIEWS)
_SYNONYMS: Final = {"prompt": "text"}
Cells = dict[str, object]


@record(kw_only=True)
class Row:
    """One row of a batch. `line` counts from 1, without the heading; `key` stays the same for the
    same row of the same batch, even if the file is moved."""

    line: int
    request: ModelRequest
    key: str


class Unreadable(Refused):
    """The file is not a batch; nothing was sent."""


def read(path: Path, *, name: str, account: str, usual: Mapping[str, object]) -> tuple[Row, ...]:
    """Return the rows of a batch. `usual` are settings for rows that do not have them; `name` and
    `account` are part of a row's identity. Raises `Refused` with the sentences of all rows that
    cannot be sent."""
    rows: list[Row] = []
    refused: list[str] = []
    seen: Counter[str] = Counter()
    for line, given in enumerate(_cells(path), start=1):
        try:
            request = _request(given, path.parent, usual)
            content = _identity(given, path.parent, usual, (name, account))
            seen[content] += 1
            key = content if seen[content] == 1 else f"{content} {seen[content]}"
            rows.append(Row(line=line, request=request, key=key))
        except (Refused, ValueError) as error:
            refused.append(messages.row(line, str(error)))
    if refused:
        raise Refused("\n".join(refused))
    if not rows:
        raise Unreadable(messages.empty_batch(path.name))
    return tuple(rows)


def _cells(path: Path) -> Iterator[Cells]:
    """Yield the filled cells of each row, by column."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", "") or messages.NOT_UTF8
        raise Unreadable(messages.unreadable(str(path), reason)) from None
    raw = _json_lines(text) if text.lstrip().startswith("{") else _csv(text, path)
    for row in raw:
        named = {_SYNONYMS.get(name, name): value for name, value in row.items()}
        yield {name: value for name, value in named.items() if value not in (None, "")}


def _csv(text: str, path: Path) -> Iterator[Cells]:
    first = text.partition("\n")[0]
    # In many countries spreadsheets write semicolons, since numbers contain commas.
    delimiter = max(",;\t", key=first.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    if not {*_INPUTS, *_SYNONYMS} & {name.strip() for name in reader.fieldnames or ()}:
        raise Unreadable(messages.no_inputs(path.name, (*_SYNONYMS, *_INPUTS[1:])))
    for row in reader:
        if None in row:
            raise Unreadable(messages.row(reader.line_num, messages.TOO_MANY_CELLS))
        yield {name.strip(): (value or "").strip() for name, value in row.items()}


def _json_lines(text: str) -> Iterator[Cells]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row: Any = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise Unreadable(messages.row(number, messages.NO_JSON_OBJECT))
        yield cast("Cells", row)


def _request(given: Cells, folder: Path, usual: Mapping[str, object]) -> ModelRequest:
    cells = {**{name: value for name, value in usual.items() if name not in given}, **given}
    settings = {
        name: _value(name, value, folder)
        for name, value in cells.items()
        if name not in (*_INPUTS, "name", "style")
    }
    views = {view: _file(given[view], folder) for view in VIEWS if view in given}
    text, image, title = given.get("text"), given.get("image"), given.get("name")
    return generation.model_request(
        text=None if text is None else str(text),
        image=None if image is None else _file(image, folder),
        views=views or None,
        name="" if title is None else str(title),
        style=_style(cells, folder),
        **settings,
    )


def _style(cells: Cells, folder: Path) -> str | None:
    """The style of a row: a name, or a path that starts at the folder of the batch."""
    named = cells.get("style")
    return options.style(str(named), folder) if named is not None else None


def _value(name: str, value: object, folder: Path) -> object:
    """Return a setting's value: parsed from a table's text, or as it is in JSON."""
    parameter = PARAMETERS.get(name)
    if _is_picture(name):
        return _file(value, folder)
    if parameter is None or not isinstance(value, str):
        return tuple(cast("Iterable[object]", value)) if isinstance(value, list) else value
    try:
        return options.read_text(parameter, value)
    except ValueError:
        # The type check below says what is expected.
        return value


def _file(value: object, folder: Path) -> str:
    """Return a picture's path, relative to the folder of the batch, or its web address."""
    text = str(value)
    return text if is_web_address(text) else str((folder / Path(text).expanduser()).absolute())


def _identity(
    given: Cells, folder: Path, usual: Mapping[str, object], batch: tuple[str, str]
) -> str:
    """Return a hash of the row's request: its cells, the content of its pictures, the settings of
    the command line, and the batch."""
    cells = {name: value for name, value in usual.items() if name not in given} | given
    for name in filter(_is_picture, tuple(cells)):
        cells[name] = _content(_file(cells[name], folder))
    named = _style(cells, folder)
    if named is not None:
        style = generation.style_named(named)
        picture = style.style_image and _content(style.style_image)
        cells["style"] = written(replace(style, style_image=picture))
    text = json.dumps([batch, cells], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _is_picture(name: str) -> bool:
    return name in PARAMETERS and PARAMETERS[name].type is ParamType.PICTURE


def _content(file: str) -> str:
    """Return the hash of a picture's content, or its web address."""
    if is_web_address(file):
        return file
    try:
        with open(file, "rb") as picture:
            return hashlib.file_digest(picture, "sha256").hexdigest()
    except OSError as error:
        raise Refused(messages.unreadable(file, error.strerror or "")) from None
