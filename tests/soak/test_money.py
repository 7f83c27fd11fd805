"""The money soak: which cases it plays, and that it notices the faults it looks for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import soak_money_plans

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")


def soaked(root: Path, kept: Path, *args: str) -> tuple[int, str]:
    """Run the money soak of the checkout at `root`. Returns how it ended, and its last line."""
    done = subprocess.run(
        (sys.executable, str(root / "scripts" / "soak_money.py"), *args, "--keep", str(kept)),
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, done.stdout.splitlines()[-1]


def test_kills_around_payment_lose_nothing_and_pay_once(
    tmp_path: Path,
) -> None:
    args = ("--boundaries", "--plans", "6", "--trait", "jumps", "--at-once", "4")
    assert soaked(ROOT, tmp_path / "kept", *args) == (0, "plans 24, lost 0, paid twice 0")


def test_candidates_are_paid_once_wherever_blender_is_killed(
    tmp_path: Path,
) -> None:
    args = ("--plans", "6", "--trait", "candidates", "--at-once", "2")
    assert soaked(ROOT, tmp_path / "kept", *args) == (0, "plans 6, lost 0, paid twice 0")


def test_plan_is_reproducible_and_covers_every_fault() -> None:
    drawn = [soak_money_plans.drawn(5, number) for number in range(18)]
    assert drawn == [soak_money_plans.drawn(5, number) for number in range(18)]
    lives = [life for plan in drawn for side in plan.rounds for life in side]
    assert any(plan.power for plan in drawn)
    assert any(plan.damages for plan in drawn)
    assert any(life.jumps for life in lives)
    assert any(life.full for life in lives)
    assert any(plan.candidates for plan in drawn)
    assert max(len(side) for plan in drawn for side in plan.rounds) > 3
    around = [life for life in lives if "announcement" in life.point or "receipt" in life.point]
    assert 2 * len(around) > len([life for life in lives if life.point])
