"""Metrics of rankings."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.evaluation.metrics import auroc, difference, interval, mean, ranking_metrics, reliability


def test_recall_is_the_share_found_in_time():
    row = ranking_metrics(["x", "a", *"qwertz", "b"], {"a", "b"})
    assert row["recall@1"] == 0
    assert row["recall@5"] == 0.5
    assert row["recall@10"] == 1
    assert row["all@10"] == 1
    assert row["mrr"] == 0.5


def test_a_repeated_id_counts_once_and_takes_no_place():
    row = ranking_metrics(["a", "a", "a", "a", "a", "b"], {"a", "b"})
    assert row["recall@5"] == 1


def test_nothing_found_is_nought():
    assert set(ranking_metrics([], {"a"}).values()) == {0.0}


def test_ndcg_is_one_for_a_perfect_ranking_and_less_for_a_later_one():
    assert ranking_metrics(["a", "b"], {"a", "b"})["ndcg@10"] == pytest.approx(1)
    assert ranking_metrics(["x", "a"], {"a"})["ndcg@10"] == pytest.approx(1 / math.log2(3))


def test_a_query_without_relevant_memories_has_no_metrics():
    with pytest.raises(ValueError, match="relevant"):
        ranking_metrics(["a"], [])


def test_the_mean_is_by_metric():
    assert mean([{"mrr": 1.0}, {"mrr": 0.5}]) == {"mrr": 0.75}
    assert mean([]) == {}


@given(st.lists(st.floats(0, 1), min_size=2, max_size=40))
def test_an_interval_holds_its_mean_and_is_repeatable(values):
    low, high = interval(values)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    assert interval(values) == (low, high)


def test_an_interval_narrows_with_more_values():
    few, many = interval([0.0, 1.0] * 5), interval([0.0, 1.0] * 200)
    assert many[1] - many[0] < few[1] - few[0]


def test_an_interval_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        interval([])


def test_auroc_counts_pairs_and_halves_ties():
    assert auroc([3, 2], [1, 0]) == 1
    assert auroc([1], [1]) == 0.5
    assert auroc([0], [1]) == 0
    assert math.isnan(auroc([], [1]))


def test_a_difference_is_paired():
    base = [{"mrr": value} for value in (0.0, 1.0, 0.0, 1.0)]
    better = [{"mrr": row["mrr"] + 0.1} for row in base]
    assert difference(better, base, "mrr") == pytest.approx((0.1, 0.1, 0.1))


def test_a_difference_of_other_queries_is_refused():
    with pytest.raises(ValueError, match="shorter"):
        difference([{"mrr": 1.0}], [], "mrr")


def test_the_calibration_curve_has_a_point_for_each_filled_bin():
    curve = reliability([0.05, 0.95, 0.99, 1.0], [False, True, False, True])
    assert curve == [(0.05, 0.0, 1), (pytest.approx(0.98), pytest.approx(2 / 3), 3)]
