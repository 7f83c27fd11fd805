"""Makes a folder that any web server can offer as a Blender repository: zips, their list, a page.

A release is all zips of one version. All zips of the newest are listed. An older one is listed only
for systems and Blenders that no newer release supports, so that each is offered one zip.
"""

from __future__ import annotations

import argparse
import html
import json
import re
import shutil
import string
import tempfile
import tomllib
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import environment
import extension_tool
import same_bytes
from extension_tool import Refused

MANIFEST = "blender_manifest.toml"
INDEX = "index.json"
SUMS = "SHA256SUMS"
SUPERSEDED = "superseded"
PAGE = Path(__file__).with_name("repository.html")
TRADEMARKS = environment.ROOT / "TRADEMARKS.md"

Version = tuple[int, ...]
ALWAYS: Version = (9999,)


@dataclass(frozen=True)
class Range:
    """Blender versions from `first` up to, but without, `end`."""

    first: Version
    end: Version = ALWAYS

    def without(self, other: Range) -> tuple[Range, ...]:
        """Return the part of this range that the other one does not cover."""
        pieces = (
            Range(self.first, min(self.end, other.first)),
            Range(max(self.first, other.end), self.end),
        )
        return tuple(piece for piece in pieces if piece.first < piece.end)


@dataclass(frozen=True)
class Archive:
    """A zip of a release: its version, and the systems and Blenders it supports."""

    path: Path
    version: Version
    platforms: tuple[str, ...]
    blenders: Range


def address(text: str) -> str:
    """Parse a command's option: the address of a repository folder, with a slash at its end."""
    parts = urlsplit(text)
    local = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    safe = re.fullmatch(r"[\w.~:/\[\]%-]+", text, re.ASCII) and parts.hostname
    if not safe or not (parts.scheme == "https" or (local and parts.scheme == "http")):
        raise argparse.ArgumentTypeError("a repository's address begins with https://")
    return text.rstrip("/") + "/"


def index_of(url: str) -> str:
    """Return the address that Blender is given for the repository."""
    return f"{url.rstrip('/')}/{INDEX}"


def sentence() -> str:
    """Return the sentence that says whom the add-on does not belong to; TRADEMARKS.md begins with
    it."""
    _, paragraph, *_ = TRADEMARKS.read_text(encoding="utf-8").split("\n\n")
    return " ".join(paragraph.split())


def publish(zips: Sequence[Path], output: Path, url: str = "", papers: Sequence[Path] = ()) -> Path:
    """Add the zips of the newest release to the repository in `output`, and rewrite its list.

    Older zips are those already there; those that no Blender needs any more are moved to a folder
    beside it. `papers` are files about the release, which Blender does not read. Raises Refused if
    Blender would not list them.
    """
    output.mkdir(parents=True, exist_ok=True)
    for path in (*zips, *papers):
        shutil.copy2(path, output / path.name)
    archives = tuple(map(read, sorted(output.glob("*.zip"))))
    listed = still_needed(archives)
    for archive in archives:
        if archive not in listed:
            (output.parent / SUPERSEDED).mkdir(exist_ok=True)
            shutil.move(archive.path, output.parent / SUPERSEDED / archive.path.name)
    _list(listed, output, url)
    summed = [archive.path for archive in listed]
    summed += [output / name for name in (INDEX, *(paper.name for paper in papers))]
    (output / SUMS).write_text(same_bytes.sums(summed), encoding="utf-8", newline="\n")
    return output


def read(path: Path) -> Archive:
    """Read a zip's manifest."""
    with zipfile.ZipFile(path) as opened:
        manifest = tomllib.loads(opened.read(MANIFEST).decode("utf-8"))
    generated = manifest.get("build", {}).get("generated", {})
    last = manifest.get("blender_version_max")
    blenders = Range(_version(manifest["blender_version_min"]), _version(last) if last else ALWAYS)
    platforms = tuple(generated.get("platforms", manifest.get("platforms", ("",))))
    return Archive(path, _version(manifest["version"]), platforms, blenders)


def still_needed(archives: Iterable[Archive]) -> dict[Archive, Range]:
    """Return the archives to list, each with the Blenders that no newer one supports.

    Raises Refused if an archive would have to be listed twice, for older and newer Blenders.
    """
    served: dict[str, list[Range]] = defaultdict(list)
    needed: dict[Archive, Range] = {}
    for archive in sorted(archives, key=lambda each: each.version, reverse=True):
        left = {piece for name in archive.platforms for piece in _left(archive, served[name])}
        if len(left) > 1:
            raise Refused(f"{archive.path.name} would be listed for {len(left)} ranges of Blenders")
        if left:
            (needed[archive],) = left
        for name in archive.platforms:
            served[name].append(archive.blenders)
    return needed


def _left(archive: Archive, served: Iterable[Range]) -> tuple[Range, ...]:
    pieces = (archive.blenders,)
    for other in served:
        pieces = tuple(piece for each in pieces for piece in each.without(other))
    return pieces


def _list(listed: dict[Archive, Range], output: Path, url: str) -> None:
    """Have Blender's tool write the list and the page, from copies that name the range to list.

    The zips themselves stay as they were released, with their own wider range.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder, template = Path(temporary, "listed"), Path(temporary, "template.html")
        folder.mkdir()
        for archive, blenders in listed.items():
            copy = folder / archive.path.name
            if blenders == archive.blenders:
                shutil.copy2(archive.path, copy)
            else:
                _narrowed(archive.path, copy, blenders)
        template.write_text(_page(url), encoding="utf-8")
        options = ("--html", "--html-template", str(template))
        extension_tool.run("server-generate", "--repo-dir", str(folder), *options)
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        page = (folder / "index.html").read_text(encoding="utf-8")
    for row in index["data"]:
        released = output / row["archive_url"].removeprefix("./")
        row["archive_size"] = released.stat().st_size
        row["archive_hash"] = f"sha256:{same_bytes.sha256(released)}"
    # The tool lists them in the order of the disk.
    index["data"].sort(key=lambda row: row["archive_url"])
    text = json.dumps(index, indent=2) + "\n"
    (output / INDEX).write_text(text, encoding="utf-8", newline="\n")
    (output / "index.html").write_text(_sorted_rows(page), encoding="utf-8", newline="\n")


def _narrowed(archive: Path, copy: Path, blenders: Range) -> None:
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(copy, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == MANIFEST:
                content = _with_range(content.decode("utf-8"), blenders).encode("utf-8")
            target.writestr(name, content)


def _with_range(manifest: str, blenders: Range) -> str:
    lines = [f'blender_version_min = "{_text(blenders.first)}"']
    if blenders.end != ALWAYS:
        lines.append(f'blender_version_max = "{_text(blenders.end)}"')
    manifest = re.sub(r"^blender_version_max\b.*\n", "", manifest, flags=re.M)
    return re.sub(r"^blender_version_min\b.*$", "\n".join(lines), manifest, count=1, flags=re.M)


def _page(url: str) -> str:
    template = string.Template(PAGE.read_text(encoding="utf-8"))
    own = {"address": html.escape(index_of(url or ".")), "sentence": html.escape(sentence())}
    return template.safe_substitute(own)


def _sorted_rows(page: str) -> str:
    rows = re.findall(r"^  <tr>\n    <td>.*?^  </tr>\n", page, flags=re.M | re.S)
    return page.replace("".join(rows), "".join(sorted(rows)))


def _version(text: str) -> Version:
    try:
        return tuple(map(int, text.split(".")))
    except ValueError:
        raise Refused(f"the version {text} is not of numbers, so none comes before it") from None


def _text(version: Version) -> str:
    return ".".join(map(str, version))
