"""Which of many near repeats stays, and which may go: pure functions."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from learning.consolidation.near import BLOCK, Candidate, grouped, near_pairs, replaceable
from text.facts import said

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)


def candidate(content: str, number: int = 1, **fields: Any) -> Candidate:
    usual: dict[str, Any] = {
        "tags": frozenset(),
        "memory_type": "semantic",
        "provenance": "ai_stated",
        "confidence": 1.0,
        "importance": 1.0,
        "updated_at": MOMENT,
        "holds": (None, None),
        "day": None,
    }
    return Candidate(id=uuid4(), number=number, version=1, said=said(content), **{**usual, **fields})


def all_pairs(count: int) -> list[tuple[int, int, float]]:
    return [(one, other, 0.95) for one in range(count) for other in range(one)]


SAME = ("The user prefers dark mode.", "user prefers dark mode")


def test_a_memory_may_stand_for_another_that_says_the_same() -> None:
    assert replaceable(candidate(SAME[0]), candidate(SAME[1]))


@pytest.mark.parametrize(
    "differs",
    [
        {"tags": frozenset({"ui"})},
        {"memory_type": "procedural"},
        {"provenance": "user_stated"},
        {"holds": (MOMENT, None)},
        {"day": date(2026, 3, 1)},
    ],
)
def test_a_memory_does_not_stand_for_one_with_a_standing_of_its_own(differs: dict[str, Any]) -> None:
    assert not replaceable(candidate(SAME[0]), candidate(SAME[1], **differs))


def test_the_one_with_more_tags_and_better_provenance_stays() -> None:
    rich = candidate(SAME[0], 1, tags=frozenset({"ui"}), provenance="user_stated")
    plain = candidate(SAME[1], 2)
    for order in ([rich, plain], [plain, rich]):
        (group,) = grouped(order, all_pairs(2))
        assert (group.kept, list(group.merged)) == (rich, [plain])


def test_the_fuller_text_stays() -> None:
    full, short = candidate("Bob eats fish with great pleasure."), candidate("Bob eats fish.")
    (group,) = grouped([short, full], all_pairs(2))
    assert group.kept == full


@pytest.mark.parametrize("other", ["The user prefers light mode.", "The user does not prefer dark mode."])
def test_near_texts_that_differ_stay_both(other: str) -> None:
    assert grouped([candidate(SAME[0]), candidate(other)], all_pairs(2)) == []


def test_every_memory_is_in_one_group_at_most() -> None:
    texts = ["The user prefers dark mode.", "User prefers dark mode", "the user prefers dark mode!", "Sam has 2 cats."]
    many = [candidate(text, n) for n, text in enumerate(texts)]
    groups = grouped(many, all_pairs(4))
    assert [(group.kept.number, [one.number for one in group.merged]) for group in groups] == [(0, [1, 2])]
    assert groups[0].cosines == [0.95, 0.95]


def test_what_is_not_near_is_not_looked_at() -> None:
    assert grouped([candidate(SAME[0]), candidate(SAME[1])], []) == []


def test_pairs_are_found_once_across_blocks_and_each_block_is_announced() -> None:
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(BLOCK + 50, 16)).astype(np.float32)
    vectors[3] = vectors[BLOCK + 7]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ticks: list[int] = []
    found = list(near_pairs(vectors, 0.999, lambda: ticks.append(1)))
    assert [(one, other) for one, other, _ in found] == [(BLOCK + 7, 3)]
    assert len(ticks) == 2


def test_the_best_founded_comes_first() -> None:
    one = candidate(SAME[0])
    assert replace(one, confidence=1.0).rank < replace(one, confidence=0.5).rank
    assert replace(one, updated_at=datetime(2026, 4, 1, tzinfo=UTC)).rank < one.rank
