"""Prints the arguments of the methods of the `tripo3d` on PYTHONPATH, as JSON; imports nothing of
ours.

For each method and parameter: the default, and the values if the list is closed; and whether the
method accepts any other keyword.
"""

import enum
import inspect
import json
import typing

import tripo3d
from tripo3d import models


def values_of(hint: object) -> list[str]:
    """Return the values that a type hint allows: of a Literal or enumeration, in a union or not."""
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return [str(each.value) for each in hint]
    if typing.get_origin(hint) is typing.Literal:
        return [str(each) for each in typing.get_args(hint)]
    return [value for each in typing.get_args(hint) for value in values_of(each)]


def default_of(parameter: inspect.Parameter) -> object:
    """Return the default as JSON has it, or None."""
    value = parameter.default
    if value is inspect.Parameter.empty:
        return None
    return value.value if isinstance(value, enum.Enum) else value


def main() -> None:
    """Print all public methods of the client."""
    methods: dict[str, dict[str, object]] = {}
    for name, method in inspect.getmembers(tripo3d.TripoClient, inspect.isfunction):
        if name.startswith("_"):
            continue
        hints = typing.get_type_hints(method, vars(models) | vars(typing))
        rows = dict(inspect.signature(method).parameters)
        rest = [key for key, row in rows.items() if row.kind is inspect.Parameter.VAR_KEYWORD]
        methods[name] = {
            "open": bool(rest),
            "fields": {
                key: {"default": default_of(row), "values": values_of(hints.get(key))}
                for key, row in rows.items()
                if key not in ("self", *rest)
            },
        }
    print(json.dumps({"version": tripo3d.__version__, "methods": methods}))


if __name__ == "__main__":
    main()
