"""Every recall leaves its receipt, before the answer: who asked what, and what came back."""

from uuid import UUID

from accounts.door import tenant
from accounts.scopes import Role
from retrieval.models import Trace
from tests.people import Person


def traces(person: Person) -> list[Trace]:
    with tenant(person.caller):
        return list(Trace.objects.order_by("at"))


def test_the_receipt_tells_the_question_the_ranking_and_the_caller(alice: Person) -> None:
    alice.store_batch(*({"content": f"The cat number {n} sleeps.", "agent": "a"} for n in range(3)))
    reader = alice.with_role(Role.READER)
    answer = reader.recalled("  Which cat sleeps? ", limit=2, agent="a")
    (trace,) = traces(alice)
    assert (trace.id, trace.query, trace.actor) == (
        UUID(answer["trace_id"]),
        "Which cat sleeps?",
        reader.caller.subject,
    )
    assert trace.decision == answer["decision"]
    assert (trace.params["limit"], trace.params["agent"]) == (2, "a")
    told = [(found["memory"]["id"], found["score"]) for found in answer["memories"]]
    assert [(line["id"], line["score"]) for line in trace.ranking] == told
    assert all(line["signals"] for line in trace.ranking)


def test_a_recall_that_finds_nothing_has_a_receipt_too(alice: Person) -> None:
    answer = alice.recalled("anything")
    (trace,) = traces(alice)
    assert (str(trace.id), trace.ranking, trace.decision) == (answer["trace_id"], [], "abstain")


def test_every_filter_is_in_the_receipt(alice: Person) -> None:
    conditions = {
        "agent": "a",
        "user": "u",
        "author": "w",
        "session": "s",
        "tags": ["t"],
        "memory_type": "working",
        "metadata": {"k": ["ü", 1]},
        "before": "2026-01-02T03:04:05+00:00",
        "after": "2025-01-02T03:04:05+00:00",
        "as_of": "2026-01-01T00:00:00+00:00",
    }
    alice.recalled("q", **conditions)
    (trace,) = traces(alice)
    assert trace.params == {"limit": 10, **conditions}


def test_a_refused_recall_leaves_none(alice: Person) -> None:
    alice.recalled(" ")
    alice.recalled("q", limit=0)
    assert traces(alice) == []


def test_a_trace_names_no_vector_and_no_content(alice: Person) -> None:
    alice.store("The cat sleeps on xylophones.")
    alice.recalled("cat", include_embeddings=True)
    (trace,) = traces(alice)
    assert "xylophones" not in str(trace.ranking)
    assert {key for line in trace.ranking for key in line} == {"id", "score", "signals"}


def test_the_same_question_twice_is_two_recalls(alice: Person) -> None:
    ids = {alice.recalled("cat")["trace_id"] for _ in range(2)}
    assert len(ids) == 2


def test_bob_sees_none_of_alices_traces(alice: Person, bob: Person) -> None:
    alice.recalled("cat")
    assert traces(bob) == []
