"""Absolute scores and the decision."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.calibration import Decision, confidence, decide, scores
from retrieval.fusion import Facts, Ranking, fuse
from tests.retrieval.pools import asked, pool_of


def ranking_of(*score: float, cosine: float, covered: float | None = None) -> Ranking:
    column = np.array(score)
    return Ranking(np.argsort(-column), column, {"dense": column}, Facts(cosine=cosine, covered=covered))


def test_noise_scores_low_and_a_good_match_high():
    noise = fuse(pool_of([0.15, 0.12, 0.1], held=[0.1, 0, 0]), asked())
    match = fuse(pool_of([0.75, 0.2, 0.1], held=[0.8, 0, 0]), asked())
    assert scores(noise).max() < 0.05
    assert scores(match).max() > 0.95


def test_the_best_memory_has_the_confidence_of_the_recall():
    ranking = fuse(pool_of([0.5, 0.2], held=[0.5, 0]), asked())
    assert scores(ranking).max() == pytest.approx(confidence(ranking.facts))


def test_however_sure_the_best_is_what_is_far_behind_it_scores_low():
    sure = scores(ranking_of(0.9, 0.8, 0.4, 0.1, cosine=0.9, covered=1.0))
    assert sure[0] > 0.99
    assert 0.4 < sure[1] < 0.6
    assert (sure[2:] < 0.05).all()


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=30), st.floats(-1, 1), st.floats(0, 1))
def test_scores_are_shares_in_the_order_of_the_ranking(values, cosine, covered):
    ranking = ranking_of(*values, cosine=cosine, covered=covered)
    absolute = scores(ranking)
    assert ((absolute >= 0) & (absolute <= 1)).all()
    assert (np.diff(absolute[ranking.order]) <= 0).all()


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1))
def test_more_evidence_never_lowers_confidence(one, other, few, many):
    low, high = sorted((one, other))
    less, more = sorted((few, many))
    assert confidence(Facts(cosine=low, covered=less)) <= confidence(Facts(cosine=high, covered=more))


def test_naming_an_author_helps_a_little():
    plain, named = Facts(cosine=0.4, covered=0.4), Facts(cosine=0.4, covered=0.4, named=True)
    assert confidence(plain) < confidence(named) < confidence(plain) + 0.5


def test_among_few_memories_the_same_likeness_says_more():
    sure = [confidence(Facts(cosine=0.35, covered=0.2, memories=many)) for many in (3, 10, 100, 1_000, 1_000_000, 0)]
    assert sure[0] == sure[1] > sure[2] > sure[3]
    assert sure[3] == sure[4] == sure[5]


def test_in_a_chat_the_same_likeness_says_less():
    note, turn = Facts(cosine=0.4, covered=0.4), Facts(cosine=0.4, covered=0.4, talk=1.0)
    assert confidence(note) - 0.4 < confidence(turn) < confidence(note)


def test_a_name_that_no_note_has_makes_the_question_a_strangers():
    known, stranger = Facts(cosine=0.5, covered=0.5), Facts(cosine=0.5, covered=0.5, strange=1.0)
    assert confidence(stranger) < confidence(known) - 0.2


def test_a_name_that_no_turn_of_a_chat_has_says_nothing():
    known, stranger = (Facts(cosine=0.5, covered=0.5, talk=1.0, strange=strange) for strange in (0.0, 1.0))
    assert confidence(stranger) == confidence(known)


def test_a_question_without_terms_is_judged_by_its_vector():
    assert decide(ranking_of(0.7, cosine=0.7)).decision == Decision.INJECT
    assert decide(ranking_of(0.1, cosine=0.1)).decision == Decision.ABSTAIN


def test_clear_evidence_is_injected_and_says_why():
    verdict = decide(ranking_of(0.8, cosine=0.7, covered=0.9))
    assert verdict.decision == Decision.INJECT
    assert verdict.reasons == ("near_in_meaning", "words_found")


def test_noise_is_abstained_from_and_says_why():
    verdict = decide(ranking_of(0.2, cosine=0.15, covered=0.1))
    assert verdict.decision == Decision.ABSTAIN
    assert verdict.reasons == ("nothing_near_in_meaning", "words_missing")


def test_between_them_more_evidence_is_needed():
    verdict = decide(ranking_of(0.4, cosine=0.36, covered=0.5))
    assert verdict.decision == Decision.NEED_MORE_EVIDENCE
    assert verdict.reasons == ("nothing_near_in_meaning",)


def test_an_empty_namespace_abstains():
    empty = fuse(pool_of([]), asked())
    verdict = decide(empty)
    assert (verdict.decision, verdict.reasons, verdict.confidence) == (Decision.ABSTAIN, ("no_candidates",), 0.0)
    assert len(scores(empty)) == 0


def test_decisions_are_the_words_of_the_api():
    assert [str(decision) for decision in Decision] == ["inject", "need_more_evidence", "abstain"]
