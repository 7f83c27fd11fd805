"""The command `python3 -m tests.standin --port N`.

Prints its base URL as the only line on stdout; everything else goes to stderr. Runs until it is
interrupted or terminated.
"""

import argparse
import logging
import signal
import sys
from pathlib import Path
from threading import Event
from types import FrameType

from .faults import Fault, read_faults
from .service import DEFAULT_KEY, StandIn
from .terms import Terms


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, serve, and clean up."""
    parser = _parser()
    args = parser.parse_args(arguments)
    faults = _faults(parser, args.faults)
    level = logging.INFO if args.verbose else logging.WARNING
    logging.basicConfig(stream=sys.stderr, level=level, format="%(name)s: %(message)s")
    ended = Event()

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        ended.set()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    service = StandIn(
        port=args.port,
        keys=tuple(args.key or (DEFAULT_KEY,)),
        balance=args.balance,
        seconds=args.seconds,
        link_life=args.link_life,
        keep_days=args.keep_days,
        folder=args.artifacts,
        model=args.model,
        filler_bytes=args.bytes,
        studio=_terms(args, "studio"),
        pixazo=_terms(args, "pixazo"),
    )
    service.fault(*faults)
    with service:
        sys.stdout.write(service.base_url + "\n")
        sys.stdout.flush()
        ended.wait()


def _terms(args: argparse.Namespace, gateway: str) -> Terms:
    keys = getattr(args, f"{gateway}_key")
    return Terms(
        keys=tuple(keys) if keys else None,
        balance=getattr(args, f"{gateway}_balance"),
        per_minute=getattr(args, f"{gateway}_per_minute"),
        keep_days=getattr(args, f"{gateway}_keep_days"),
    )


def _faults(parser: argparse.ArgumentParser, file: Path | None) -> tuple[Fault, ...]:
    """Read the faults in a file; exit with a sentence if they cannot be read."""
    if file is None:
        return ()
    try:
        return read_faults(file.read_bytes())
    except (OSError, ValueError) as error:
        parser.error(f"argument --faults: {file}: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tests.standin",
        description="A local stand-in for Tripo and those who resell it. There is no AI in it.",
    )
    add = parser.add_argument
    add("--port", type=int, default=0, help="of the API; 0 picks a free one (default)")
    add("--key", action="append", help=f"accepted key, may be repeated (default {DEFAULT_KEY})")
    add("--balance", type=float, default=1000, help="credits of each key")
    for name, label in (("studio", "3D AI Studio"), ("pixazo", "Pixazo")):
        add(f"--{name}-key", action="append", help=f"accepted by {label} instead of --key")
        add(f"--{name}-balance", type=float, help=f"at {label} instead of --balance")
        add(f"--{name}-per-minute", type=int, default=600, help=f"requests to {label}")
        add(f"--{name}-keep-days", type=float, help=f"{label} forgets a task after so many")
    add("--seconds", type=float, default=3.0, help="from queued to success")
    add("--link-life", type=float, default=300.0, help="seconds a result link lives")
    add("--keep-days", type=float, help="Tripo forgets a task after so many (default: never)")
    add("--artifacts", type=Path, help="keep files here (default: a folder removed at the end)")
    add("--model", type=Path, help="serve this GLB or FBX instead of forging")
    add("--bytes", type=int, help="serve a GLB of so many bytes, streamed")
    add("--faults", type=Path, help="a JSON list of faults, as tests/standin/faults.py has them")
    add("--verbose", action="store_true", help="log every request")
    return parser


if __name__ == "__main__":
    main()
