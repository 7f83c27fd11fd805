"""Runs static checks: format, lint, types, import contracts and file sizes.

Every step runs, so that one call reports everything; the exit code is 1 if any step failed. With
--services, only compares our catalog with the official SDKs, the tables of the documents and a copy
of Tripo's OpenAPI document, which the stand-in's answers must match as well. With --graph, only
prints the import graph of the add-on's rooms, floor by floor.
"""

import start

if __name__ == "__main__":
    start.enter("test")

import argparse
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

import environment

LINES = 400

HOUSE = (
    ("format", ("-m", "ruff", "format", "--check", "--quiet", ".")),
    ("lint", ("-m", "ruff", "check", "--quiet", ".")),
    ("types", ("scripts/type_check.py",)),
    (
        "layers",
        ("-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"),
    ),
)
FENCES = ("fences", ("-m", "pytest", "-q", "tests/architecture"))


def run_steps(
    steps: tuple[tuple[str, tuple[str, ...]], ...] = HOUSE, *, output: "IO[str] | None" = None
) -> bool:
    """Run Python modules as steps and print one line for each, its output only if it failed."""
    good = True
    for name, arguments in steps:
        started = time.monotonic()
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, cwd=environment.ROOT, capture_output=True, text=True, check=False
        )
        word = "ok" if done.returncode == 0 else "FAILED"
        print(f"{name:8} {word}  {time.monotonic() - started:.1f} s", file=output, flush=True)
        if done.returncode != 0:
            print((done.stdout + done.stderr).strip(), file=output, flush=True)
            good = False
    return good


def long_files() -> tuple[tuple[Path, int], ...]:
    """Return source files of more than LINES lines, which may have two topics in one."""
    folders = ("tripo_addon", "scripts", "tests")
    paths = (path for folder in folders for path in (environment.ROOT / folder).rglob("*.py"))
    counted = ((path, len(path.read_text(encoding="utf-8").splitlines())) for path in paths)
    return tuple(sorted((path, lines) for path, lines in counted if lines > LINES))


def services_agree(openapi: "Path | None") -> bool:
    """Compare the catalog with other sources, and print the result."""
    sys.path.insert(0, str(environment.ROOT))
    import service_check

    return service_check.run(openapi)


def rooms_have_no_circle() -> bool:
    """Print the import graph of the add-on's rooms."""
    import import_graph

    graph = import_graph.import_graph()
    print("\n".join(graph.lines()))
    return not graph.circles


def main() -> None:
    """Run all checks and list long files; or run a single one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", action="store_true", help="compare the catalog with others")
    parser.add_argument(
        "--openapi", type=Path, metavar="FILE", help="another copy of the document, YAML or JSON"
    )
    parser.add_argument("--graph", action="store_true", help="print which room imports which")
    wanted = parser.parse_args()
    if wanted.graph:
        raise SystemExit(0 if rooms_have_no_circle() else 1)
    if wanted.services:
        raise SystemExit(0 if services_agree(wanted.openapi) else 1)
    good = run_steps((*HOUSE, FENCES))
    for path, lines in long_files():
        print(f"long: {path.relative_to(environment.ROOT)} has {lines} lines")
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
