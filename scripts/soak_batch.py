"""Kills `blender --command tripo batch` at random moments and runs it again, then counts in the
stand-in's ledger how often each row was paid for.

Needs the environment of `scripts/test.py`; takes about six seconds per kill.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

import environment

sys.path.insert(0, str(environment.ROOT))

from tests.blender.command_child import KEY, CommandLine
from tests.blender.command_kills import (
    ORDER,
    expire_leases,
    kill_after,
    paid_prompts,
    run_until_settled,
)
from tests.standin.service import StandIn

_ROWS = 4
_KILLS_A_ROUND = 6


def main() -> None:
    """Run the requested number of kills. Exits with 1 if a row was paid for twice or never."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="a GLB that the stand-in serves")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    chance, killed, names = random.Random(args.seed), 0, list[str]()  # noqa: S311 - no secret
    with (
        tempfile.TemporaryDirectory(prefix="soak-batch-") as home,
        StandIn(seconds=0.5, keys=(KEY,), balance=1e6, model=args.model) as service,
    ):
        tripo = CommandLine(Path(home), service.base_url)
        while killed < args.kills:
            rows = [f"chest {len(names) + number}" for number in range(_ROWS)]
            names += rows
            text = "".join(f"{row},{row}\n" for row in rows)
            (tripo.home / "batch.csv").write_text(f"prompt,name\n{text}", encoding="utf-8")
            for _kill in range(min(_KILLS_A_ROUND, args.kills - killed)):
                kill_after(tripo.start(*ORDER), chance.uniform(1.0, 7.0))
                expire_leases(tripo)
                killed += 1
            run_until_settled(tripo, service)
            paid = paid_prompts(service)
            print(f"{killed} kills, {len(names)} rows, {sum(paid.values())} payments", flush=True)
            if paid != dict.fromkeys(names, 1):
                raise SystemExit(f"Wrong: {paid}")


if __name__ == "__main__":
    main()
