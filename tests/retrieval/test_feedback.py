"""Feedback: recorded once for each caller, recall and grain; only on what the recall returned."""

from typing import Any
from uuid import uuid4

import pytest

from accounts.door import tenant
from accounts.scopes import Role
from retrieval.models import Rating
from tests.people import Person


def rate(person: Person, trace_id: str, *ratings: dict[str, Any]) -> Any:
    return person.call("post", "/v1/feedback/trace", {"trace_id": trace_id, "ratings": list(ratings)})


def ratings(person: Person) -> list[tuple[str, bool, float]]:
    with tenant(person.caller):
        return [(str(r.grain_id), r.useful, r.strength) for r in Rating.objects.order_by("id")]


@pytest.fixture
def recalled(alice: Person) -> tuple[str, list[str]]:
    """A recall of alice's: its trace and the ids it returned."""
    alice.store_batch(*({"content": f"The cat number {n} sleeps."} for n in range(3)))
    answer = alice.recalled("Which cat sleeps?", limit=2)
    return answer["trace_id"], [found["memory"]["id"] for found in answer["memories"]]


def test_feedback_is_recorded(alice: Person, recalled: tuple[str, list[str]]) -> None:
    trace, (one, two) = recalled
    answer = rate(alice, trace, {"grain_id": one, "useful": True}, {"grain_id": two, "useful": False, "strength": 0.5})
    assert alice.last.status_code == 200
    assert answer == {"trace_id": trace, "recorded": 2}
    assert ratings(alice) == [(one, True, 1.0), (two, False, 0.5)]


def test_saying_it_twice_counts_once(alice: Person, recalled: tuple[str, list[str]]) -> None:
    trace, (one, _) = recalled
    for _ in range(2):
        assert rate(alice, trace, {"grain_id": one, "useful": True})["recorded"] == 1
    assert ratings(alice) == [(one, True, 1.0)]


def test_the_last_word_counts_also_within_one_call(alice: Person, recalled: tuple[str, list[str]]) -> None:
    trace, (one, _) = recalled
    rate(alice, trace, {"grain_id": one, "useful": True})
    rate(alice, trace, {"grain_id": one, "useful": True}, {"grain_id": one, "useful": False, "strength": 0.25})
    assert ratings(alice) == [(one, False, 0.25)]


def test_two_callers_have_a_voice_each(alice: Person, recalled: tuple[str, list[str]]) -> None:
    trace, (one, _) = recalled
    rate(alice, trace, {"grain_id": one, "useful": True})
    rate(alice.with_role(Role.WRITER), trace, {"grain_id": one, "useful": False})
    assert [useful for _, useful, _ in ratings(alice)] == [True, False]


def test_an_unknown_recall_is_404(alice: Person, recalled: tuple[str, list[str]]) -> None:
    for trace in (str(uuid4()), "0190a0b0-0000-7000-8000-000000000000"):
        answer = rate(alice, trace, {"grain_id": recalled[1][0], "useful": True})
        assert (alice.last.status_code, answer["code"], answer["field"]) == (404, "unknown_trace", "trace_id")
    assert ratings(alice) == []


def test_a_grain_that_the_recall_did_not_return_is_404_and_nothing_is_recorded(
    alice: Person, recalled: tuple[str, list[str]]
) -> None:
    trace, (one, _) = recalled
    other = alice.store("A memory of its own.")["id"]
    for strange in (str(uuid4()), other):
        answer = rate(alice, trace, {"grain_id": one, "useful": True}, {"grain_id": strange, "useful": True})
        assert (alice.last.status_code, answer["code"]) == (404, "not_in_trace")
    assert ratings(alice) == []


def test_a_grain_that_was_forgotten_since_is_404(alice: Person, recalled: tuple[str, list[str]]) -> None:
    trace, (one, _) = recalled
    alice.forget(ids=[one])
    assert rate(alice, trace, {"grain_id": one, "useful": True})["code"] == "not_in_trace"
    assert alice.last.status_code == 404


def test_ratings_go_with_their_grain(alice: Person, recalled: tuple[str, list[str]]) -> None:
    trace, (one, two) = recalled
    rate(alice, trace, {"grain_id": one, "useful": True}, {"grain_id": two, "useful": True})
    alice.forget(ids=[one])
    assert ratings(alice) == [(two, True, 1.0)]


def test_bob_cannot_rate_alices_recall(alice: Person, bob: Person, recalled: tuple[str, list[str]]) -> None:
    trace, (one, _) = recalled
    assert rate(bob, trace, {"grain_id": one, "useful": True})["code"] == "unknown_trace"
    assert bob.last.status_code == 404


@pytest.mark.parametrize(
    "bad",
    [
        {"useful": "yes"},
        {"useful": 1},
        {"strength": 1.1},
        {"strength": -0.1},
        {"strength": "1"},
        {"grain_id": "x"},
        {"grain_id": 7},
        {"grain_id": True},
        {"grain_id": None},
    ],
)
def test_a_bad_rating_is_refused(alice: Person, recalled: tuple[str, list[str]], bad: dict[str, Any]) -> None:
    trace, (one, _) = recalled
    answer = rate(alice, trace, {"grain_id": one, "useful": True, **bad})
    assert alice.last.status_code in {400, 422}
    assert answer["field"].startswith("ratings.0.")
    assert ratings(alice) == []


def test_no_ratings_and_too_many_are_refused(alice: Person, recalled: tuple[str, list[str]]) -> None:
    trace, (one, _) = recalled
    for number in (0, 101):
        rate(alice, trace, *[{"grain_id": one, "useful": True}] * number)
        assert alice.last.status_code in {400, 422}
