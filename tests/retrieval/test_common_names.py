"""Names that are all over a namespace tell no memory from another; a few mentions are no such name."""

import pytest

from retrieval.names import COMMON_FROM, known_of
from retrieval.sizes import Size


def test_a_name_in_a_handful_of_memories_is_never_common():
    few = [("sam", None, COMMON_FROM - 1)]
    assert known_of(few, Size(grains=COMMON_FROM, words=4.0)).common == frozenset()


def test_a_speakers_name_is_common():
    assert known_of([("caroline", None, 300)], Size(grains=400, words=12.0)).common == {"caroline"}


@pytest.mark.parametrize("grains", [20_000, 200_000])
def test_a_name_that_many_memories_do_not_have_is_not_common(grains):
    assert known_of([("sam", None, 60)], Size(grains=grains, words=12.0)).common == frozenset()


def test_the_only_memory_about_somebody_is_found_by_name(alice):
    alice.store("Sam is allergic to peanuts.")
    recalled = alice.recalled("What can Sam not eat?")
    assert recalled["decision"] == "inject"
