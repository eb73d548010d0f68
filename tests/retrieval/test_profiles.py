"""The seeds' formulas: numbers in, numbers out."""

import numpy as np
import pytest

from retrieval.profiles import Candidates, ChannelWeights, best_first, flux, importance_factor, memex, memoryoss, total

N = 4


def candidates(**columns):
    usual = {
        "cosine": [0.9, 0.5, 0.3, 0.1],
        "bm25": [0.0] * N,
        "held": [0.0] * N,
        "exact": [0.0] * N,
        "age_days": [0.0] * N,
        "confidence": [1.0] * N,
        "importance": [1.0] * N,
    }
    return Candidates(**{name: np.array(column, float) for name, column in {**usual, **columns}.items()})


def test_memex_is_alpha_of_the_cosine_and_the_rest_of_recency():
    score = total(memex(candidates(age_days=[30, 0, 60, 0]), alpha=0.7, half_life_days=30))
    assert score == pytest.approx([0.63 + 0.15, 0.35 + 0.3, 0.21 + 0.075, 0.07 + 0.3])


def test_memex_with_alpha_0_knows_age_only():
    score = total(memex(candidates(age_days=[3, 2, 1, 0]), alpha=0, half_life_days=30))
    assert best_first(score, np.arange(N)).tolist() == [3, 2, 1, 0]


def test_memoryoss_scales_a_channel_over_its_noise_by_its_best():
    parts = memoryoss(candidates(cosine=[0.75, 0.5, 0.25, 0.1]), ChannelWeights())
    assert parts["vector"] == pytest.approx([0.3, 0.15, 0.0, 0.0])


def test_memoryoss_with_few_hits_takes_the_cosine_as_it_is():
    parts = memoryoss(candidates(cosine=[0.2, 0.1, 0.0, -0.5]), ChannelWeights())
    assert parts["vector"] == pytest.approx([0.06, 0.03, 0.0, 0.0])


def test_memoryoss_counts_a_week_old_memory_half_for_recency_and_trust_from_point_6():
    parts = memoryoss(candidates(age_days=[0, 7, 0, 0], confidence=[1, 1, 0, 0.5]), ChannelWeights())
    assert parts["recency"] == pytest.approx([0.15, 0.075, 0.09, 0.12])


def test_memoryosss_score_is_at_most_1_at_importance_1():
    everything = candidates(cosine=[1] * N, bm25=[9] * N, exact=[1] * N)
    assert total(memoryoss(everything, ChannelWeights())) == pytest.approx([1.0] * N)


def test_fluxs_score_is_the_signal_of_its_walk():
    score = total(flux(candidates(), np.array([0.2, 1.0, 0.0, 0.4]), sure=0.44))
    assert score == pytest.approx([0.2, 1.0, 0.0, 0.4])


def test_where_the_walk_is_unsure_the_nearest_count_with_half_their_cosine_if_that_is_more():
    parts = flux(candidates(), np.array([0.2, 0.3, 0.0, 0.0]), sure=0.24)
    assert total(parts) == pytest.approx([0.45, 0.3, 0.15, 0.05])
    assert parts["fallback"] == pytest.approx([0.45, 0.0, 0.15, 0.05])


def test_fluxs_fallback_brings_ten_at_the_most():
    none, one = np.zeros(30), np.ones(30)
    many = Candidates(np.linspace(0.9, 0.5, 30), none, none, none, none, one, one)
    assert (total(flux(many, np.zeros(30), sure=0.0)) > 0).sum() == 10


def test_flux_halves_the_score_of_what_nobody_believes():
    score = total(flux(candidates(confidence=[0] * N), np.full(N, 0.5), sure=1.0))
    assert score == pytest.approx([0.25] * N)


def test_importance_is_neutral_at_1_and_bounded():
    assert importance_factor(np.array([0.0, 1.0, 2.0, 50.0])) == pytest.approx([0.9, 1.0, 1.1, 1.1])


def test_an_empty_pool_has_no_scores():
    empty = Candidates(*(np.empty(0) for _ in range(7)))
    for parts in (memex(empty, 0.5, 30), memoryoss(empty, ChannelWeights()), flux(empty, np.empty(0), 0.0)):
        assert len(total(parts)) == 0
