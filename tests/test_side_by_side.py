"""Tests for parts of a test run side by side, with real processes that prepare what they need."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

import pytest

from side_by_side import Outcome, Part, Preparation, carry_out

SKIPPED = 69


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def waiting_for(file: Path) -> str:
    """Code that goes on once there is such a file."""
    return (
        f"import pathlib, time; file = pathlib.Path({str(file)!r})\nwhile not file.exists(): "
        "time.sleep(0.01)\n"
    )


def part(name: str, *needs: Preparation, group: str = "own", touch: Path | None = None) -> Part:
    """A part that says whether what `needs` make was there, and touches a file."""

    def run(output: IO[str] | None) -> Outcome:
        print(f"{name} speaks", file=output)
        if touch is not None:
            touch.touch()
        return Outcome(0, "passed")

    return Part(group, name, f"— {name} —", run, needs)


def test_part_runs_while_another_is_being_prepared(tmp_path: Path) -> None:
    # The preparation ends only after the part behind it in the line has run.
    flag = tmp_path / "flag"
    slow = Preparation("slow", python(waiting_for(flag)))
    outcomes = carry_out([part("first", slow), part("second", touch=flag)], 1)
    assert outcomes == {"own": Outcome(0, "first: passed; second: passed")}


def test_preparation_begins_after_a_failed_one_it_builds_on(
    tmp_path: Path,
) -> None:
    made = tmp_path / "made"
    base = Preparation("base", python(f"open({str(made)!r}, 'w').close(); raise SystemExit(1)"))
    then = Preparation("then", python(f"open({str(made)!r}).close()"), after=(base,))
    assert carry_out([part("it", then)], 1) == {"own": Outcome(0, "it: passed")}


def test_failed_preparation_fails_its_part_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    broken = Preparation("Blender 9", python("print('Long story'); raise SystemExit('no disk.')"))
    parts = [part("windowed", broken, group="other"), part("plain"), part("more")]
    assert carry_out(parts, 2) == {
        "other": Outcome(1, "windowed: FAILED: Blender 9 could not be prepared, as said above"),
        "own": Outcome(0, "plain: passed; more: passed"),
    }
    printed = capsys.readouterr().out
    assert "FAILED to prepare Blender 9:\nLong story\nno disk." in printed
    assert "windowed speaks" not in printed


def test_missing_interpreter_skips_with_the_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = f"print('there is no Python for it'); raise SystemExit({SKIPPED})"
    lacking = Preparation("Blender 9", python(code), skips=(SKIPPED,))
    parts = [part("rings", lacking, group="9"), part("plain")]
    assert carry_out(parts, 1) == {
        "9": Outcome(0, "rings: SKIPPED: there is no Python for it."),
        "own": Outcome(0, "plain: passed"),
    }
    assert "SKIPPED Blender 9:\nthere is no Python for it" in capsys.readouterr().out


def test_failure_counts_before_a_skip() -> None:
    lacking = Preparation("a", python(f"raise SystemExit({SKIPPED})"), skips=(SKIPPED,))
    broken = Preparation("b", python("raise SystemExit(2)"))
    outcomes = carry_out([part("it", lacking, broken), part("plain", group="plain")], 1)
    assert outcomes["own"].code == 2


def test_output_of_a_part_stands_whole_below_its_head(
    capsys: pytest.CaptureFixture[str],
) -> None:
    carry_out([part(name) for name in "abcdef"], 3)
    printed = capsys.readouterr().out
    for name in "abcdef":
        assert f"— {name} —\n{name} speaks\n" in printed


def test_exception_in_a_part_ends_the_run() -> None:
    def broken(_output: IO[str] | None) -> Outcome:
        raise OSError("no such program")

    parts = [Part("own", "broken", "— broken —", broken), *(part(str(n)) for n in range(5))]
    with pytest.raises(OSError, match="no such program"):
        carry_out(parts, 1)
