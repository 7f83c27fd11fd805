"""The command that shows a notification: arguments of a program, never a line for a shell."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tripo_addon.jobs.work.notification import command, notify

SHELL_METACHARACTERS = '$(touch pwned) `x` "; <b>&'


@pytest.mark.skipif(sys.platform != "linux", reason="notify-send is a program of Linux desktops")
def test_text_reaches_the_program_unchanged_and_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "notify-send"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > "$OUT"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    output = tmp_path / "told"
    environment = {"PATH": os.environ["PATH"], "OUT": str(output)}
    notify("Tripo", SHELL_METACHARACTERS, environment=environment, folder=tmp_path)
    escaped = "$(touch pwned) `x` &quot;; &lt;b&gt;&amp;"
    assert output.read_text().splitlines()[-3:] == ["--", "Tripo", escaped]
    assert not (tmp_path / "pwned").exists()


def test_missing_program_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command("Tripo", "A chest", "linux") == ()
    assert command("Tripo", "A chest", "win32") == ()
    notify("Tripo", "A chest", environment={}, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_macos_script_is_fixed_and_text_is_its_argument() -> None:
    program, *arguments, title, body = command("Tripo", SHELL_METACHARACTERS, "darwin")
    assert program == "/usr/bin/osascript"
    assert (title, body) == ("Tripo", SHELL_METACHARACTERS)
    assert SHELL_METACHARACTERS not in " ".join(arguments)
