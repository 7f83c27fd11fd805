"""Checks that pip's package index answers before anything large is fetched, and sets time limits.

pip's own settings decide which index is used; it is not named here. Standard library only.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence

PATIENCE = 20.0
"""Seconds for the first answer of the index. A page of it takes about one, but pip needs several to
begin while tests keep the cores busy."""

BOUNDS = ("--retries", "2", "--timeout", "20")
"""For downloads: reports a lost network within a minute."""

_PROXIES = ("https_proxy", "http_proxy", "all_proxy")


def refuse_index(
    pip: Sequence[str], pins: Sequence[str], *, patience: float = PATIENCE
) -> str | None:
    """Return why these pinned packages cannot be fetched now, as a sentence, or None.

    `pip` is the command that would fetch them. Asks for only one page of its index: Blender's if it
    is one of the packages, since the others may already be on this machine.
    """
    names = [pin.split("==")[0] for pin in pins]
    if not names:
        return None
    name = "bpy" if "bpy" in names else names[0]
    bounds = ("--retries", "0", "--timeout", str(patience), "--disable-pip-version-check")
    try:
        done = subprocess.run(
            [*pip, "index", "versions", name, "--only-binary=:all:", *bounds],
            capture_output=True,
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        found = f"the index that pip is set to use did not answer within {patience:.0f} s"
    else:
        if done.returncode == 0:
            return None
        found = (
            f"the index that pip is set to use does not answer, or has no {name} for this Python"
        )
    return (
        f"The packages cannot be fetched: {found}.\n"
        f"Check the network{_proxies(os.environ)}; `python3 -m pip config list` shows what pip is "
        "set to. Then run the command again: once all is here, it needs no network."
    )


def demand_index(pip: Sequence[str], pins: Sequence[str]) -> None:
    """Raise SystemExit with that sentence if these packages cannot be fetched now."""
    refusal = refuse_index(pip, pins)
    if refusal is not None:
        raise SystemExit(refusal)


def _proxies(variables: Mapping[str, str]) -> str:
    """Return the end of that sentence, naming the variables that set a proxy. Never their
    addresses, which may contain a password."""
    names = [name for name, value in variables.items() if name.lower() in _PROXIES and value]
    return f" and the proxy in {', '.join(names)}" if names else ""
