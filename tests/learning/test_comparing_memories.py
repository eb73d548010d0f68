"""How good the rules are that decide alone: 230 pairs of sentences, of which half were never looked at while tuning."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.contradiction import lexicon
from learning.contradiction.claims import claims_of
from learning.contradiction.comparing import Comparison, Relation, compare

PAIRS = [json.loads(line) for line in (Path(__file__).parent.parent / "data/supersession_pairs.jsonl").open()]


def outcome(found: Comparison) -> str:
    if found.relation == Relation.UPDATE and found.sure:
        return "automatic"
    return "review" if found.relation in {Relation.UPDATE, Relation.CONFLICT} else "nothing"


@pytest.fixture(scope="module")
def outcomes() -> Counter[tuple[str, str, str]]:
    return Counter((p["part"], p["label"], outcome(compare(p["older"], p["newer"]))) for p in PAIRS)


@pytest.mark.parametrize("part", ["dev", "held", "last"])
def test_nothing_that_is_still_true_is_superseded(outcomes: Counter[tuple[str, str, str]], part: str) -> None:
    wrong = [p for p in PAIRS if p["part"] == part and p["label"] != "update"]
    assert [p for p in wrong if outcome(compare(p["older"], p["newer"])) == "automatic"] == []
    assert sum(n for (where, _, what), n in outcomes.items() if (where, what) == (part, "automatic")) > 10


@pytest.mark.parametrize(("part", "least"), [("dev", 0.85), ("held", 0.85), ("last", 0.5)])
def test_most_updates_are_seen(outcomes: Counter[tuple[str, str, str]], part: str, least: float) -> None:
    seen = outcomes[part, "update", "automatic"]
    assert seen / sum(n for (where, label, _), n in outcomes.items() if (where, label) == (part, "update")) >= least


@pytest.mark.parametrize("part", ["dev", "held", "last"])
def test_what_is_both_true_bothers_nobody(outcomes: Counter[tuple[str, str, str]], part: str) -> None:
    """Paraphrases, other subjects, additions and mere talk do not even go to review."""
    assert [
        key for key in outcomes if key[0] == part and key[1] not in {"update", "conflict"} and key[2] == "review"
    ] == []


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("Sam is allergic to peanuts.", "Sam is not allergic to peanuts."),
        ("The meeting with Acme is at 3 pm.", "The meeting with Acme is at 4 pm."),
        ("Feature X is enabled.", "Feature X is disabled."),
    ],
)
def test_a_bare_contradiction_is_never_sure(older: str, newer: str) -> None:
    found = compare(older, newer)
    assert (found.relation, found.sure) == (Relation.CONFLICT, False)


def test_an_older_memory_that_says_more_is_never_replaced_by_rules() -> None:
    older = "Tom works at Siemens and has two sons."
    assert compare("Tom works at Siemens.", "Tom no longer works at Siemens.").sure
    assert not compare(older, "Tom no longer works at Siemens.").sure


def test_another_speaker_is_another_i() -> None:
    pair = "I live in Oslo.", "I moved from Oslo to Bergen."
    assert compare(*pair).relation == Relation.UPDATE
    assert compare(*pair, one_speaker=False).relation == Relation.NONE


@pytest.mark.parametrize(
    "text", ["", "   ", "?", "42", "...", "x" * 10_000, "a " * 5_000, "是的。", "\u202e'''", "not", "No."]
)
def test_any_text_can_be_compared(text: str) -> None:
    assert compare(text, "Anna moved to Munich.").relation == Relation.NONE
    assert compare("Anna lives in Berlin.", text).relation == Relation.NONE


@pytest.mark.parametrize(
    "text",
    [
        "Does Anna live in Berlin?",
        "Anna might live in Berlin.",
        "If Anna lives in Berlin, call her.",
        "Anna wants to move.",
    ],
)
def test_questions_wishes_and_conditions_claim_nothing(text: str) -> None:
    assert claims_of(text) == []


WORDS = sorted(
    lexicon.ADVERBS
    | lexicon.AUXILIARIES
    | lexicon.CHANGES
    | lexicon.ENDS
    | lexicon.FRESH
    | lexicon.PRONOUNS
    | lexicon.SINGLE_VALUED
    | lexicon.words("from to with in not anymore down as stepped , . : and Anna 3 2.0 5,000 12k 3pm may 12 'm n't 's")
)
SENTENCES = st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)


@given(SENTENCES, SENTENCES)
def test_any_order_of_telling_words_can_be_compared(older: str, newer: str) -> None:
    found = compare(older, newer)
    assert found.rule or found.relation in {Relation.NONE, Relation.SAME}
