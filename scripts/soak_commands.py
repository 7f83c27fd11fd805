"""Kills `generate` and `texture` of the command line at random moments and runs each again until it
has printed its result, then counts in the stand-in's ledger how often it was paid for.

Needs the environment of `scripts/test.py`; takes about eight seconds per kill.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path

import environment

sys.path.insert(0, str(environment.ROOT))

from tests.blender.command_child import KEY, CommandLine
from tests.blender.command_kills import expire_leases, kill_after, recover_lost_tasks
from tests.standin.service import StandIn

_REFUSED = 3


def main() -> None:
    """Run the requested number of kills. Exits with 1 if a command was paid for twice or never."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="a GLB that the stand-in serves")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance, killed, number = random.Random(options.seed), 0, 0  # noqa: S311 - no secret
    with (
        tempfile.TemporaryDirectory(prefix="soak-commands-") as home,
        StandIn(seconds=0.5, keys=(KEY,), balance=1e6, model=options.model) as service,
    ):
        tripo = CommandLine(Path(home), service.base_url)
        while killed < options.kills:
            number += 1
            made = ("generate", "--text", f"chest {number}", "--out", "chest.glb", "--yes")
            work = ("texture", options.model, "--prompt", f"oak {number}", "--out", "oak.glb")
            for command in (made, (*work, "--yes")):
                killed += _finish(tripo, service, command, chance)
            paid = [json.dumps(task.body) for task in service.ledger.tasks]
            print(f"{killed} kills, {2 * number} commands, {len(paid)} tasks", flush=True)
            for prompt in (f"chest {number}", f"oak {number}"):
                count = sum(f'"{prompt}"' in body for body in paid)
                if count != 1:
                    print(tripo.run("jobs", "--all", "--json").output)
                    raise SystemExit(f"{prompt}: paid for {count} times")


def _finish(
    tripo: CommandLine, service: StandIn, command: tuple[object, ...], chance: random.Random
) -> int:
    """Kill a command three times, then run it until it has printed its result; returns how many of
    the kills came before it had. Once it has, running it again would be another request."""
    for kill in range(3):
        process = tripo.start(*command)
        if kill_after(process, chance.uniform(1.0, 7.0)):
            return kill
        expire_leases(tripo)
        recover_lost_tasks(tripo, service)
    for _try in range(6):
        process = tripo.start(*command)
        _output, errors = process.communicate(timeout=180)
        if process.returncode == 0:
            return 3
        if process.returncode != _REFUSED:
            raise SystemExit(f"{process.returncode}: {errors}\n{tripo.run('jobs', '--all').output}")
        recover_lost_tasks(tripo, service)
    raise SystemExit(tripo.run("jobs", "--all").output)


if __name__ == "__main__":
    main()
