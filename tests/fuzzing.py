"""How Hypothesis runs a fuzz test: without a deadline, and slow or shared inputs are no error."""

from __future__ import annotations

from typing import cast

from hypothesis import HealthCheck, settings

# Hypothesis leaves out deprecated checks in an `__iter__` without types.
_CHECKS = cast("list[HealthCheck]", list(HealthCheck))


def fuzz_settings(examples: int) -> settings:
    """The decorator for a test that is run with so many examples."""
    return settings(max_examples=examples, deadline=None, suppress_health_check=_CHECKS)
