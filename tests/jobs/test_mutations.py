"""The faults of scripts/mutants.py still fit the code: each can be applied and has tests."""

import pytest

import environment
from mutations import MUTATIONS, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_fault_can_be_put_where_it_belongs(mutation: Mutation) -> None:
    text = (environment.ROOT / mutation.path).read_text(encoding="utf-8")
    assert text.count(mutation.old) == 1
    assert mutation.new != mutation.old
    for test in mutation.tests:
        assert (environment.ROOT / test).is_file(), test


def test_no_two_faults_have_the_same_name() -> None:
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)
