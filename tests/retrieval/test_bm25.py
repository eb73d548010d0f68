"""BM25 over postings columns."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.bm25 import K1, B, Postings, bm25, idf, packed


def term(rows: dict[int, tuple[int, int]], frequency: int | None = None, *, exact: bool = False) -> Postings:
    """Postings {grain: (tf, size)}."""
    grains = np.array(list(rows), np.int64)
    tf, size = np.array(list(rows.values()), np.int16).reshape(-1, 2).T
    return Postings(packed(grains, tf, size), len(rows) if frequency is None else frequency, exact)


def test_it_is_the_formula():
    found = bm25([term({7: (3, 20)})], total=10, mean_size=8.0)
    weight = math.log(1 + (10 - 1 + 0.5) / 1.5)
    assert found.grains.tolist() == [7]
    assert found.bm25[0] == pytest.approx(weight * 3 * (K1 + 1) / (3 + K1 * (1 - B + B * 20 / 8)))


def test_terms_of_one_grain_add_up():
    one, other = term({1: (1, 5), 2: (1, 5)}), term({2: (2, 5)})
    both = bm25([one, other], 10, 5.0)
    alone = bm25([one], 10, 5.0).bm25[1] + bm25([other], 10, 5.0).bm25[0]
    assert both.bm25[1] == pytest.approx(alone)
    assert both.grains.tolist() == [1, 2]


def test_grains_come_ascending_whatever_the_order_of_postings():
    assert bm25([term({9: (1, 5), 3: (1, 5)}), term({4: (1, 5)})], 10, 5.0).grains.tolist() == [3, 4, 9]


def test_what_nobody_has_is_still_mass():
    found = bm25([term({1: (1, 5)}), term({})], 10, 5.0)
    assert 0 < found.held[0] < 0.5


def test_a_grain_with_every_term_holds_all():
    assert bm25([term({1: (1, 5)}), term({1: (4, 5), 2: (1, 5)})], 10, 5.0).held.tolist()[0] == pytest.approx(1.0)


def test_exact_terms_are_held_apart():
    found = bm25([term({1: (1, 5)}, exact=True), term({1: (1, 5), 2: (1, 5)})], 10, 5.0)
    assert found.exact.tolist() == [1.0, 0.0]


def test_without_exact_terms_nothing_is_exact():
    assert bm25([term({1: (1, 5)})], 10, 5.0).exact.tolist() == [0.0]


def test_a_stale_total_below_the_frequency_still_weighs():
    assert idf(3, 100) > 0
    assert bm25([term({1: (1, 5)}, frequency=100)], total=3, mean_size=5.0).bm25[0] > 0


def test_a_part_of_a_common_terms_postings_is_weighed_by_its_frequency():
    rare, common = bm25([term({1: (1, 5)})], 1000, 5.0), bm25([term({1: (1, 5)}, frequency=900)], 1000, 5.0)
    assert rare.bm25[0] > 10 * common.bm25[0]


def test_nothing_found_is_empty():
    for postings in ([], [term({})]):
        found = bm25(postings, 0, 0.0)
        assert [len(column) for column in (found.grains, found.bm25, found.held, found.exact)] == [0, 0, 0, 0]


def test_big_numbers_and_small_columns_do_not_overflow():
    found = bm25([term({2**33 - 1: (32_767, 32_767)})], 10**7, 12.0)
    assert found.grains.tolist() == [2**33 - 1]
    assert found.bm25[0] > 0


rows = st.dictionaries(st.integers(1, 30), st.tuples(st.integers(1, 50), st.integers(1, 500)), max_size=10)


@given(st.lists(st.tuples(rows, st.booleans()), max_size=6), st.integers(0, 50), st.floats(0, 100))
def test_scores_are_positive_and_shares_are_shares(terms, total, mean_size):
    found = bm25([term(one, exact=exact) for one, exact in terms], total, mean_size)
    assert (found.bm25 > 0).all()
    assert ((found.held > 0) & (found.held <= 1)).all()
    assert ((found.exact >= 0) & (found.exact <= 1)).all()
    assert set(found.grains) == {grain for one, _ in terms for grain in one}


def test_what_each_term_adds_adds_up():
    found = bm25([term({1: (1, 5), 3: (2, 9)}), term({}), term({2: (2, 5), 3: (1, 9)})], 10, 5.0)
    assert found.parts
    matrix = found.parts.among(np.array([0, 2]), np.array([3, 1]), 4)
    assert matrix.shape == (4, 3)
    assert matrix.sum(axis=1) == pytest.approx([0, found.bm25[2], 0, found.bm25[0]])
    assert (matrix[3] > 0).tolist() == [True, False, False]
