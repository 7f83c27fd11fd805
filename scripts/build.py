"""Build the add-on's zips, one per platform, with Blender's own extension builder.

Stages manifest, `tripo_addon/*` and the wheels in one folder, since the builder wants them side by
side. What Blender would refuse is refused here; nothing is packed that the lock does not name.
"""

import start

if __name__ == "__main__":
    start.enter("demo")

import argparse
import importlib.util
import platform
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

import environment
import vendor

DIST = environment.ROOT / "dist"
MANIFEST_NAME = "blender_manifest.toml"


class Refused(Exception):
    """Blender's builder would not have it; the text is what the builder said."""


def build(
    *,
    platforms: Sequence[str] | None = None,
    source: Path = environment.ROOT,
    output: Path = DIST,
) -> tuple[Path, ...]:
    """Build `<id>-<version>-<platform>.zip` in `output` and give the paths, by platform.

    `platforms` are names from the manifest ("linux-x64"), all of them if not given; `source` is a
    folder with `blender_manifest.toml` and `tripo_addon/`; the wheels are always the locked ones.
    Raises Refused with the builder's words, and vendor.WrongWheel where a wheel is another.
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
        _blender("validate", str(stage))
        folders = ("--source-dir", str(stage), "--output-dir", str(built))
        _blender("build", *folders, "--split-platforms")
        stem = f"{manifest['id']}-{manifest['version']}"
        return tuple(
            _keep(built, f"{stem}-{name.replace('-', '_')}.zip", output) for name in wanted
        )


def current_platform() -> str:
    """This machine, as manifests name it: "linux-x64"."""
    system = {"darwin": "macos", "win32": "windows"}.get(sys.platform, sys.platform)
    machine = platform.machine().lower()
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}.get(machine, machine)
    return f"{system}-{machine}"


def _stage(source: Path, wheels: tuple[Path, ...], stage: Path) -> None:
    unwanted = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")
    shutil.copytree(source / "tripo_addon", stage, ignore=unwanted)
    shutil.copy2(source / MANIFEST_NAME, stage)
    shutil.copy2(environment.ROOT / "LICENSE", stage)
    (stage / "vendor").mkdir()
    for wheel in wheels:
        shutil.copy2(wheel, stage / "vendor")


def _keep(built: Path, name: str, output: Path) -> Path:
    if not (built / name).exists():
        raise Refused(f"no {name} came out of the builder")
    _blender("validate", str(built / name))
    return Path(shutil.move(built / name, output / name))


def _blender(subcommand: str, *arguments: str) -> None:
    """Run the builder: the file shipped in the bpy wheel, else the command of a Blender program."""
    extra: tuple[str, ...] = ()
    scripts, program = _module_scripts(), environment.find_blender()
    if scripts is not None:
        tool = scripts / "addons_core" / "bl_pkg" / "cli" / "blender_ext.py"
        command = (sys.executable, str(tool))
        extra = ("--valid-tags", str(scripts / "modules/_bpy_internal/extensions/tags.py"))
    elif program is not None:
        command = (str(program), "--factory-startup", "--command", "extension")
    else:
        raise Refused(environment.NO_BLENDER)
    done = subprocess.run(
        [*command, subcommand, *arguments, *extra], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Refused(f"{subcommand}: {(done.stdout + done.stderr).strip()}")


def _module_scripts() -> Path | None:
    """The `scripts` folder inside the bpy wheel; the module itself is not imported."""
    spec = importlib.util.find_spec("bpy")
    places = spec.submodule_search_locations if spec else None
    return next((path for place in places or () for path in Path(place).glob("*/scripts")), None)


def main() -> None:
    """Build for this machine or for all platforms and print the paths."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--platform", choices=("current", "all"), default="all")
    options.add_argument("--source", type=Path, default=environment.ROOT, help="another tree")
    options.add_argument("--output", type=Path, default=DIST, help="where the zips go")
    given = options.parse_args()
    wanted = (current_platform(),) if given.platform == "current" else None
    try:
        zips = build(platforms=wanted, source=given.source, output=given.output)
    except (Refused, vendor.WrongWheel) as error:
        raise SystemExit(f"build: {error}") from error
    for path in zips:
        print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
