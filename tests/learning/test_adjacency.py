"""Conduits in memory: what was stored is read, in order and bounded, however much of it has changed since."""

from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning import adjacency
from learning.adjacency import NO_COLUMNS, Adjacency, Columns, GrainIds, columns_of
from learning.constants import KEPT_WIRED
from learning.decay import faded, fading, fading_terms, kept
from learning.models import DecayClass

NOW = 2e9
Stored = dict[int, dict[int, float]]  # origin -> target -> weight
stored = st.dictionaries(st.integers(-4, 4), st.dictionaries(st.integers(1, 30), st.floats(0.1, 1), max_size=6))


def columns(edges: Stored, idle: float = 0.0) -> Columns:
    """As the database would send them, last used `idle` seconds ago."""
    lines = [(origin, target, weight) for origin, targets in edges.items() for target, weight in targets.items()]
    if not lines:
        return NO_COLUMNS
    origin, target, weight = (np.array(column) for column in zip(*reversed(lines), strict=True))
    same = np.ones(len(lines), np.int16)
    times = np.full(len(lines), NOW - idle)
    return columns_of([origin, target, same, weight, 2 * same, same == 0, times, times])


def read(conduits: Adjacency, wanted: list[int], most: int = 100, now: float = NOW) -> list[tuple[int, int, float]]:
    found = conduits.read(np.array(wanted, np.int64), most, now)
    weights = [round(float(weight), 5) for weight in found.weight]
    return list(zip(found.place.tolist(), found.target.tolist(), weights, strict=True))


def expected(edges: Stored, wanted: list[int], most: int = 100) -> list[tuple[int, int, float]]:
    return [
        (place, target, round(weight, 5))
        for place, origin in enumerate(wanted)
        for target, weight in sorted(edges.get(origin, {}).items())[:most]
    ]


@given(stored, st.lists(st.integers(-5, 5), unique=True), st.integers(0, 4))
def test_what_was_stored_is_read_in_order_and_bounded(edges: Stored, wanted: list[int], most: int) -> None:
    conduits = Adjacency.of(columns(edges))
    found, right = read(conduits, wanted, most), expected(edges, wanted, most)
    assert [one[:2] for one in found] == [one[:2] for one in right]
    assert [one[2] for one in found] == pytest.approx([one[2] for one in right], abs=2e-5)


@given(stored, st.lists(stored, max_size=4), st.sampled_from([0, 3, 1_000]))
def test_changed_origins_are_read_as_they_are_now(edges: Stored, changes: list[Stored], merged_at: int) -> None:
    conduits, now = Adjacency.of(columns(edges)), dict(edges)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adjacency, "MERGED_AT", merged_at)
        for change in changes:
            now |= change  # an origin without targets has lost all
            conduits = conduits.replaced(np.array(sorted(change), np.int64), columns(change))
    wanted = list(range(-5, 6))
    assert [one[:2] for one in read(conduits, wanted)] == [one[:2] for one in expected(now, wanted)]
    assert [one[2] for one in read(conduits, wanted)] == pytest.approx(
        [one[2] for one in expected(now, wanted)], abs=2e-5
    )


def test_many_changes_are_merged_so_that_reading_stays_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adjacency, "MERGED_AT", 2)
    conduits = Adjacency.of(columns({1: {5: 0.5}}))
    for origin in range(2, 9):
        conduits = conduits.replaced(np.array([origin]), columns({origin: {origin: 0.5}}))
        assert len(conduits.changed) <= 2
    assert [target for _, target, _ in read(conduits, list(range(1, 9)))] == [5, *range(2, 9)]


def test_weights_fade_when_they_are_read() -> None:
    conduits = Adjacency.of(columns({1: {5: 0.8}}, idle=3600 * 24 * 3650))
    ((_, _, weight),) = read(conduits, [1])
    assert weight == pytest.approx(0.8 * KEPT_WIRED)


@pytest.mark.parametrize("origin", ["feedback", "shortcut", "wired"])
@pytest.mark.parametrize("decay_class", list(DecayClass))
@pytest.mark.parametrize(("idle", "age"), [(-5, 0), (0, 0), (5, 1), (100, 0), (100, 71), (100, 5000), (9000, 2)])
def test_many_fade_as_one_does(origin: str, decay_class: Any, idle: float, age: float) -> None:
    taught = np.array([origin != "wired"])
    terms = fading_terms(np.array([-0.6]), np.array([3600.0 * age]), np.array([int(decay_class)]), taught)
    (left,) = faded(terms, np.array([3600.0 * idle])).tolist()
    assert left == pytest.approx(-0.6 * fading(idle, age, decay_class, kept(origin)), abs=1e-6)


def test_ids_of_grains_are_found_by_their_numbers() -> None:
    ids = {number: uuid4() for number in (9, 3, 7)}
    some, more = {9: ids[9], 3: ids[3]}, {7: ids[7], 3: ids[3]}
    known = grain_ids(some).with_more(grain_ids(more)).with_more(grain_ids({}))
    assert {number: known.get(number) for number in (3, 7, 9)} == ids
    assert known.get(8) is None
    assert known.get(10) is None


def grain_ids(ids: dict[int, UUID]) -> GrainIds:
    return GrainIds.of(np.array(list(ids), np.int64), b"".join(id_.bytes for id_ in ids.values()))
