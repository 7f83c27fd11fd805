"""What an artist reads in the card of the first steps."""

from __future__ import annotations

from typing import Final

SET_UP: Final = "Set Up Tripo"
ONLINE: Final = ("1. Online access is on", "1. Online")
"""The longer text, and the one for narrow panels."""
OFFLINE: Final = "1. Online access is off"
FIRST: Final = "1."
GET_KEY: Final = "Get a Key"
FIRST_MODEL: Final = "3. Make a first model"
PRESS_GENERATE: Final = "3. Press Generate"
EXAMPLE_PROMPT: Final = "a small wooden chest"
TRY_EXAMPLE: Final = (f"Try “{EXAMPLE_PROMPT}”", "Try an Example", "Try")
STEPS_BEFORE: Final = "Allow online access and enter an API key first"


def key_step(service: str, *, has_key: bool, failed: bool) -> str:
    """The step of the key while it is not done; `failed`: its test has failed."""
    if failed:
        return f"2. {service} API key does not work yet"
    return f"2. {service} API key is not tested" if has_key else f"2. {service} API key is missing"


def key_works(service: str, balance: str) -> str:
    """The step of the key, done; `balance` is empty for a service that does not tell it."""
    return f"2. {service} API key works: {balance}" if balance else f"2. {service} API key is set"


def key_from_environment(variable: str) -> str:
    """The key of the environment comes before any that is pasted."""
    return f"The key comes from the environment variable {variable}: change it there"
