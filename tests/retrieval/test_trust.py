"""How far a memory is believed: evidence moves it, within bounds, and time alone does not."""

from dataclasses import replace

import numpy as np
import pytest

from grains.models import Provenance
from retrieval.trust import LOW, Standing, origins, parts, reputation, trust

NOBODY = float("nan")


def standing(provenance: str = Provenance.AI_STATED, **known: float) -> Standing:
    """One memory of which nothing is known but what is given."""
    plain = {
        "confidence": 1.0,
        "votes_for": 0.0,
        "votes_against": 0.0,
        "corroborated": 0.0,
        "verified_days": NOBODY,
        "source_for": 0.0,
        "source_against": 0.0,
    }
    columns = {name: np.array([value]) for name, value in (plain | known).items()}
    return Standing(origin=origins([provenance]), **columns)


def trusted(provenance: str = Provenance.AI_STATED, **known: float) -> float:
    return float(trust(standing(provenance, **known))[0])


def test_a_memory_without_votes_has_the_trust_of_its_origin() -> None:
    found = [trusted(one) for one in ("user_stated", "external_source", "ai_stated", "ai_inferred")]
    assert found == pytest.approx([0.85, 0.75, 0.70, 0.55])


def test_no_origin_alone_is_under_the_gate() -> None:
    assert all(trusted(one) > LOW + 0.2 for one in Provenance.values)


def test_an_old_confirmation_is_worth_less_than_a_new_one_and_never_less_than_none() -> None:
    found = [trusted(verified_days=days) for days in (0.0, 30.0, 180.0, 400.0, 1e6)]
    assert found == sorted(found, reverse=True)
    assert found[-1] >= trusted()


def test_votes_for_lift_and_votes_against_lower() -> None:
    assert trusted(votes_against=3.0) < trusted(votes_against=1.0) < trusted() < trusted(votes_for=1.0)


def test_one_vote_against_does_not_silence_what_a_user_stated() -> None:
    assert trusted("user_stated", votes_against=1.0) > LOW


def test_many_votes_against_silence_anything() -> None:
    assert trusted("user_stated", votes_against=50.0) < LOW + 0.05
    assert trusted(votes_against=50.0) < LOW


def test_a_rejected_statement_of_an_agent_is_under_the_gate() -> None:
    assert trusted(votes_against=1.0, confidence=0.5) < LOW + 0.01


def test_a_source_with_a_good_name_lifts_and_a_bad_one_lowers_within_its_bound() -> None:
    good, bad = trusted(source_for=40.0), trusted(source_against=40.0)
    assert bad < trusted() < good
    assert trusted(source_against=1e9) == pytest.approx(trusted(source_against=1e6))


def test_independent_memories_that_agree_lift_a_little() -> None:
    assert trusted() < trusted(corroborated=1.0) < trusted(corroborated=3.0) == trusted(corroborated=1000.0)


def test_a_doubtful_statement_counts_less() -> None:
    assert trusted(confidence=0.0) < trusted(confidence=0.5) < trusted(confidence=1.0)


def test_the_parts_add_up_to_the_trust() -> None:
    of = standing(votes_for=2.5, votes_against=1.0, corroborated=2.0, verified_days=10.0, source_for=3.0)
    log_odds = sum(float(part[0]) for part in parts(of).values())
    assert 1 / (1 + np.exp(-log_odds)) == pytest.approx(float(trust(of)[0]), abs=1e-12)


def test_each_memory_of_a_column_is_judged_for_itself() -> None:
    one, other = standing(votes_for=3.0), standing(votes_against=3.0)
    both = Standing(**{n: np.concatenate([getattr(one, n), getattr(other, n)]) for n in Standing.__slots__})
    assert trust(both) == pytest.approx([trust(one)[0], trust(other)[0]])


def test_unsound_numbers_make_no_unsound_trust() -> None:
    odd = replace(standing(), verified_days=np.array([-5.0]), corroborated=np.array([-1.0]))
    assert 0 < float(trust(odd)[0]) < 1


def test_a_source_nobody_rated_is_worth_a_half() -> None:
    assert reputation(0, 0) == 0.5
    assert reputation(8, 0) > 0.8 > reputation(0, 8)
