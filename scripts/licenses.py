"""Reads authors and licenses of the shipped packages from the wheels."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from email.message import Message
from email.parser import BytesParser
from pathlib import Path, PurePosixPath
from typing import Any

NAME = "THIRD_PARTY_LICENSES.txt"
RULE = "=" * 79
HEAD = """\
The add-on's own license is in the file LICENSE. The folder vendor/ holds packages of others,
unmodified, each under the license that follows its name here.
"""
# Older wheels have license names in free text.
SPDX = {"MIT License": "MIT"}


class Unlicensed(Exception):
    """A wheel without a license; the text names it."""


@dataclass(frozen=True, order=True)
class Part:
    """A component compiled into a package: a Rust crate, by its package URL and SPDX license."""

    name: str
    version: str
    license: str
    purl: str


@dataclass(frozen=True)
class Package:
    """A package as its wheels describe it; `texts` are (file name, text) of its licenses and
    notices."""

    name: str
    version: str
    license: str
    summary: str
    texts: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]


def packages(wheels: Iterable[Path]) -> tuple[Package, ...]:
    """Return each package once, by name, with the components compiled into it for any platform.

    Raises Unlicensed if a wheel has no license, or a package's wheels are of different releases.
    """
    found: dict[str, Package] = {}
    for wheel in sorted(wheels):
        package = _read(wheel)
        former = found.setdefault(package.name, package)
        if replace(former, parts=()) != replace(package, parts=()):
            raise Unlicensed(f"{wheel.name} says something else than the other wheels of its name.")
        both = tuple(sorted({*former.parts, *package.parts}))
        found[package.name] = replace(former, parts=both)
    return tuple(found[name] for name in sorted(found))


def text_of(packages: Iterable[Package]) -> str:
    """Return all licenses as one text for people."""
    return "\n".join([HEAD, *map(_section, packages)])


def _section(package: Package) -> str:
    lines = [RULE, f"{package.name} {package.version}: {package.license}", package.summary, RULE]
    for name, text in package.texts:
        lines += ["", f"--- {name} ---", "", text]
    if package.parts:
        lines += ["", "Compiled into it for one platform or another, by the makers of each:", ""]
        lines += [f"  {part.name} {part.version}: {part.license}" for part in package.parts]
    return "\n".join(lines) + "\n"


def _read(wheel: Path) -> Package:
    with zipfile.ZipFile(wheel) as opened:
        files = {PurePosixPath(name): opened.read(name) for name in opened.namelist()}
    (about,) = (path for path in files if path.match("*.dist-info/METADATA"))
    metadata = BytesParser().parsebytes(files[about])
    license = metadata.get("License-Expression") or metadata.get("License", "")
    texts = {name: files[about.parent / "licenses" / name] for name in _license_files(metadata)}
    if not (license and texts):
        raise Unlicensed(f"{wheel.name} does not say under which license it is.")
    papers = [json.loads(files[path]) for path in files if path.match("*.dist-info/sboms/*.json")]
    return Package(
        metadata["Name"],
        metadata["Version"],
        SPDX.get(license, license),
        metadata.get("Summary", ""),
        # Wheels made on Windows have its line ends.
        tuple((name, text.decode().replace("\r\n", "\n").strip()) for name, text in texts.items()),
        tuple(sorted({part for paper in papers for part in _parts(paper)})),
    )


def _license_files(metadata: Message) -> tuple[str, ...]:
    return tuple(sorted(metadata.get_all("License-File", [])))


def _parts(paper: Mapping[str, Any]) -> Iterator[Part]:
    """Yield the components of a CycloneDX document, without the package that it describes."""
    for row in paper["components"]:
        license = " AND ".join(each["expression"] for each in row.get("licenses", []))
        yield Part(row["name"], row["version"], license, row["purl"])
