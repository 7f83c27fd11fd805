"""The faults of scripts/mutants.py still fit the code: each can be applied and has tests."""

import pytest

import environment
from mutation import Mutation
from mutations import MUTATIONS


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_every_mutation_applies_once_and_names_existing_tests(mutation: Mutation) -> None:
    text = (environment.ROOT / mutation.path).read_text(encoding="utf-8")
    assert text.count(mutation.old) == 1
    assert mutation.new != mutation.old
    for test in mutation.tests:
        assert (environment.ROOT / test).is_file(), test


def test_mutation_names_are_unique() -> None:
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)
