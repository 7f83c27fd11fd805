"""Conditions on the values of a form, and the rules made of them.

`rules` refuses values that break a rule; the rules themselves are in the catalog's tables.
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
        """Whether it holds; `values` has every field, with defaults filled in."""
        return values.get(self.name) in self.values


@record
class NonDefault:
    """Holds while any of these fields is set and differs from the service's default."""

    defaults: tuple[tuple[str, object], ...]

    def holds(self, values: Values) -> bool:
        """Whether it holds."""
        return any(values.get(name) not in (None, "", (), usual) for name, usual in self.defaults)


@record
class Either:
    """Holds while any of these conditions holds."""

    conditions: tuple[Condition, ...]

    def holds(self, values: Values) -> bool:
        """Whether it holds."""
        return any(condition.holds(values) for condition in self.conditions)


Condition = Equals | NonDefault | Either


@record
class Demand:
    """While `when` holds, `then` must hold; its first value is the correction."""

    when: Equals
    then: Equals
    sentence: str


@record
class OnlyOne:
    """At most one of these groups of fields may be set."""

    groups: tuple[tuple[str, ...], ...]
    sentence: str


@record
class AtLeast:
    """At least `count` of these fields must be set, or the field `instead`; only while `when`
    holds, if given. `field` is the one that the sentence is about."""

    count: int
    names: tuple[str, ...]
    field: str
    sentence: str
    instead: str = ""
    when: Condition | None = None


@record
class AllOrNone:
    """Either all of these fields are set or none."""

    names: tuple[str, ...]
    sentence: str


@record
class Requires:
    """`name` may only be set together with `other`."""

    name: str
    other: str
    sentence: str


Rule = Demand | OnlyOne | AtLeast | AllOrNone | Requires
