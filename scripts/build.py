"""Builds the add-on's zips, one per platform, with Blender's own extension builder.

Stages manifest, `tripo_addon/*`, the wheels and their licenses in one folder, as the builder
requires. Checks what Blender would refuse; packs no wheel that is not in the lock. The same sources
give the same bytes on any machine.

With --repository the zips of all platforms become a static repository that Blender can install and
update from, including older releases that are still needed by some Blender.
"""

import start

if __name__ == "__main__":
    start.enter("build")

import argparse
import platform
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

import environment
import extension_tool
import licenses
import repository
import same_bytes
import vendor
from extension_tool import Refused

DIST = environment.ROOT / "dist"
MANIFEST_NAME = "blender_manifest.toml"
# The module that says where updates of a copy are; empty in the sources.
UPDATES = Path("blender", "session", "update_address.py")


def build(
    *,
    platforms: Sequence[str] | None = None,
    source: Path = environment.ROOT,
    output: Path = DIST,
    url: str = "",
) -> tuple[Path, ...]:
    """Build `<id>-<version>-<platform>.zip` in `output` and return the paths, by platform.

    `platforms` are names from the manifest ("linux-x64"), all of them by default; `source` is a
    folder with `blender_manifest.toml` and `tripo_addon/`; the wheels are always the locked ones.
    `url` is the address of the repository that this copy will be updated from, if any. Raises
    Refused with the builder's message, and vendor.WrongWheel if a wheel does not match the lock.
    """
    manifest = tomllib.loads((source / MANIFEST_NAME).read_text(encoding="utf-8"))
    offered = tuple(manifest["platforms"])
    wanted = offered if platforms is None else tuple(platforms)
    unknown = set(wanted) - set(offered)
    if unknown:
        raise Refused(f"the manifest does not offer {', '.join(sorted(unknown))}")
    wheels = vendor.fetch()
    vendor.check_manifest(vendor.locked(), source / MANIFEST_NAME)
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        stage, built = Path(temporary, "stage"), Path(temporary, "built")
        built.mkdir()
        _stage(source, wheels, stage)
        if url:
            _write_update_address(stage / UPDATES, url)
        extension_tool.run("validate", str(stage))
        folders = ("--source-dir", str(stage), "--output-dir", str(built))
        extension_tool.run("build", *folders, "--split-platforms")
        stem = f"{manifest['id']}-{manifest['version']}"
        return tuple(
            _keep(built / f"{stem}-{name.replace('-', '_')}.zip", output) for name in wanted
        )


def current_platform() -> str:
    """Return this machine's platform as manifests name it: "linux-x64"."""
    system = {"darwin": "macos", "win32": "windows"}.get(sys.platform, sys.platform)
    machine = platform.machine().lower()
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}.get(machine, machine)
    return f"{system}-{machine}"


def _stage(source: Path, wheels: tuple[Path, ...], stage: Path) -> None:
    unwanted = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")
    shutil.copytree(source / "tripo_addon", stage, ignore=unwanted)
    shutil.copy2(source / MANIFEST_NAME, stage)
    shutil.copy2(environment.ROOT / "LICENSE", stage)
    text = licenses.text_of(licenses.packages(wheels))
    (stage / licenses.NAME).write_text(text, encoding="utf-8", newline="\n")
    (stage / "vendor").mkdir()
    for wheel in wheels:
        shutil.copy2(wheel, stage / "vendor")


def _write_update_address(module: Path, url: str) -> None:
    text = module.read_text(encoding="utf-8")
    if text.count('ADDRESS = ""\n') != 1:
        raise Refused(f"{module.name} has no empty ADDRESS to write the repository's into")
    text = text.replace('ADDRESS = ""\n', f'ADDRESS = "{repository.index_of(url)}"\n')
    module.write_text(text, encoding="utf-8", newline="\n")


def _keep(built: Path, output: Path) -> Path:
    if not built.exists():
        raise Refused(f"no {built.name} came out of the builder")
    archive = same_bytes.write_again(built, output / built.name)
    extension_tool.run("validate", str(archive))
    return archive


def publish(output: Path, url: str) -> Path:
    """Build all platforms into the repository in the folder `output`, and return that folder."""
    import sbom

    with tempfile.TemporaryDirectory() as temporary:
        zips = build(output=Path(temporary), url=url)
        paper = sbom.write(zips, Path(temporary))
        return repository.publish(zips, output, url, papers=(paper,))


def main() -> None:
    """Build for this machine, for all platforms, or as a repository, and print the paths."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--platform", choices=("current", "all"), default="all")
    options.add_argument("--source", type=Path, default=environment.ROOT, help="another tree")
    options.add_argument("--output", type=Path, help="where the zips go, dist/ if not given")
    options.add_argument("--repository", action="store_true", help="in dist/repository/")
    options.add_argument(
        "--url", type=repository.address, default="", help="where the repository will be served"
    )
    given = options.parse_args()
    wanted = (current_platform(),) if given.platform == "current" else None
    try:
        if given.repository:
            folder = publish(given.output or DIST / "repository", given.url)
            paths = sorted(folder.iterdir())
        else:
            output = given.output or DIST
            paths = build(platforms=wanted, source=given.source, output=output, url=given.url)
    except (Refused, vendor.WrongWheel, licenses.Unlicensed) as error:
        raise SystemExit(f"build: {error}") from error
    for path in paths:
        print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
