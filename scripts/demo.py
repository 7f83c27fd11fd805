"""Runs the add-on's main job in real Blender: a prompt or pictures in, a model in a scene out.

Makes its own environment, builds the extension, installs the zip in a separate Blender and runs the
operators of the buttons. With the service's key in the environment (for Tripo TRIPO_API_KEY) it
uses the live service and spends credits; without a key, a local stand-in that contains no AI.
"""

import start

if __name__ == "__main__":
    start.enter("demo")

import argparse
import functools
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import build
import environment
import vendor

sys.path.insert(0, str(environment.ROOT))

from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.file_names import typed_path

DEFAULT_PROMPT = "a small wooden chest with iron fittings"
STAND_IN_KEY = "tsk_standin"
# The default picture for a service that only makes models from pictures.
_PICTURE = environment.ROOT / "docs" / "window.png"
_WEB_PICTURE = "https://api-assets.pixazo.ai/media/tripo3d.png"
_IN_BLENDER = Path(__file__).with_name("demo_in_blender.py")


def main() -> None:
    """Run one job and print the result."""
    args = _arguments()
    out: Path = args.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    print("Building the extension …", flush=True)
    try:
        (archive,) = build.build(platforms=[build.current_platform()])
    except (build.Refused, vendor.WrongWheel) as error:
        raise SystemExit(f"The extension could not be built: {error}") from error
    service = SERVICES[args.service]
    live = bool(os.environ.get(service.key_variable))
    with _running(service, live=live) as variables, _image(service, args, live=live) as image:
        order = {
            "archive": str(archive),
            "out": str(out),
            "service": service.id,
            "prompt": args.prompt,
            "image": image,
            "views": [_absolute(view) for view in args.views or ()],
        }
        if _play(order, variables) != 0:
            raise SystemExit("The demo did not get through; the reason stands above.")
    _report(out, live=live)


def _play(order: Mapping[str, object], variables: Mapping[str, str]) -> int:
    """Run the demo in a Blender with its own user folder. Returns its exit code."""
    with tempfile.TemporaryDirectory() as resources:
        own = {**os.environ, **variables, "BLENDER_USER_RESOURCES": resources}
        command = [*_blender(), "--", json.dumps(order)]
        return subprocess.run(command, env=own, check=False).returncode


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    inputs = parser.add_mutually_exclusive_group()
    inputs.add_argument("prompt", nargs="?", default=DEFAULT_PROMPT, help="make a model from words")
    inputs.add_argument("--image", type=as_picture, help="make a model from one picture")
    inputs.add_argument(
        "--views",
        type=_view,
        nargs="+",
        metavar=("F", "L B R"),
        help="make a model from two to four pictures: front, left, back, right; - for none",
    )
    parser.add_argument("--service", choices=SERVICES, default=next(iter(SERVICES)))
    parser.add_argument("--out", type=Path, default=environment.ROOT / "demo-output")
    args = parser.parse_args()
    if args.views and len(args.views) > 4:
        parser.error("there are four views: front, left, back, right")
    return args


def as_picture(name: str) -> Path:
    """Return the path of a picture as a person writes it: pasted with quotes, or as a file://
    address."""
    path = Path(typed_path(name)).expanduser()
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {name}")
    return path


def _view(name: str) -> Path | None:
    """Return a picture, or None for a view that is left out."""
    return None if name == "-" else as_picture(name)


def _absolute(path: Path | None) -> str:
    return str(path.resolve()) if path is not None else ""


@contextmanager
def _image(service: Service, args: argparse.Namespace, *, live: bool) -> Iterator[str]:
    """Return the picture as the form expects it: a path, or an address for a service that takes no
    files."""
    if TaskKind.TEXT_TO_MODEL in service.offers or args.views:
        yield _absolute(args.image)
    elif live:
        yield _absolute(args.image) or _WEB_PICTURE
    else:
        with _web_page(args.image or _PICTURE) as address:
            yield address


@contextmanager
def _web_page(picture: Path) -> Iterator[str]:
    """Serve a picture of this machine at a web address that the stand-in may fetch from."""
    handler = functools.partial(_Quiet, directory=str(picture.resolve().parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{quote(picture.name)}"
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Do nothing: the demo prints its own lines."""


def _blender() -> tuple[str, ...]:
    """Return the command that runs a script in real Blender: the module, or the program on PATH."""
    if environment.has_bpy():
        return (sys.executable, str(_IN_BLENDER))
    program = environment.find_blender()
    if program is None:
        raise SystemExit(environment.NO_BLENDER)
    code = ("--python-exit-code", "1", "--python", str(_IN_BLENDER))
    return (str(program), "--background", "--factory-startup", *code)


@contextmanager
def _running(service: Service, *, live: bool) -> Iterator[dict[str, str]]:
    """Yield the variables that point the add-on at its service. Starts and stops the stand-in."""
    if live:
        print(
            f"{service.key_variable} is set: this spends credits of the live service.", flush=True
        )
        yield {}
        return
    print(f"No {service.key_variable}: using the local stand-in, which is no AI.", flush=True)
    command = [sys.executable, "-m", "tests.standin", "--port", "0", "--key", STAND_IN_KEY]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        running = subprocess.Popen(
            command, cwd=environment.ROOT, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            address = running.stdout.readline().strip() if running.stdout else ""
            if not address:
                log.seek(0)
                raise SystemExit(f"The stand-in did not start:\n{log.read()}")
            fits = STAND_IN_KEY.startswith(service.key_prefix)
            key = STAND_IN_KEY if fits else f"{service.key_prefix}{STAND_IN_KEY}"
            yield {service.key_variable: key, service.address_variable: address}
        finally:
            running.terminate()
            running.wait(timeout=20)


def _report(out: Path, *, live: bool) -> None:
    job = json.loads((out / "job.json").read_text(encoding="utf-8"))
    maker = "the live service" if live else "the local stand-in (no AI)"
    # Not every service reports the charge. The price that the button showed is the next best.
    credits = job["credits"] if job["credits"] is not None else job["price"]
    spent = f" for {credits:g} {job['money']}" if credits is not None else ""
    print(
        f"\nMade “{job['title']}” with {job['faces']:,} faces, by {maker} at {job['address']},"
        f" in {job['seconds']:.1f} s{spent}."
    )
    for name in ("scene.blend", "render.png", "job.json"):
        print(f"  {out / name}")


if __name__ == "__main__":
    main()
