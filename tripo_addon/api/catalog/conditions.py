"""Conditions on the values of a form, and the rules made of them.

`rules` refuses what breaks a rule; the catalog's tables hold the rules themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..record import record

Values = Mapping[str, object]


@record
class Equals:
    """Holds while a field has one of these values."""

    name: str
    values: tuple[object, ...]

    def holds(self, values: Values) -> bool:
        """Whether it does; `values` has every field, defaults filled in."""
        return values.get(self.name) in self.values


@record
class NonDefault:
    """Holds while any of these fields differs from the service's default."""

    defaults: tuple[tuple[str, object], ...]

    def holds(self, values: Values) -> bool:
        """Whether one does."""
        return any(values.get(name) not in (None, "", (), usual) for name, usual in self.defaults)


@record
class Either:
    """Holds while one of these conditions does."""

    conditions: tuple[Condition, ...]

    def holds(self, values: Values) -> bool:
        """Whether one does."""
        return any(condition.holds(values) for condition in self.conditions)


Condition = Equals | NonDefault | Either


@record
class Demand:
    """While `when` holds, a field must have one of a few values, the first of which mends it."""

    when: Equals
    then: Equals
    sentence: str


@record
class OnlyOne:
    """At most one of these groups of fields may be filled in."""

    groups: tuple[tuple[str, ...], ...]
    sentence: str


@record
class AtLeast:
    """So many of these fields must be filled in, or the field `instead`; only while `when` holds,
    where it is given. `field` is the one that the sentence is about."""

    count: int
    names: tuple[str, ...]
    field: str
    sentence: str
    instead: str = ""
    when: Condition | None = None


@record
class AllOrNone:
    """These fields are filled in together or not at all."""

    names: tuple[str, ...]
    sentence: str


@record
class Requires:
    """`name` may only be filled in together with `other`."""

    name: str
    other: str
    sentence: str


Rule = Demand | OnlyOne | AtLeast | AllOrNone | Requires
