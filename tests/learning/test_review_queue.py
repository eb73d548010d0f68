"""What the machine would not decide alone waits for a person; meanwhile nothing is silenced."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.scopes import Role
from learning.contradiction.comparing import Comparison, Relation
from learning.contradiction.deciding import Decision, Side, decide
from tests.learning.background import contradictions_found, status_of
from tests.people import Person

pytestmark = pytest.mark.usefixtures("owner")
ALLERGIC, NOT = "Sam is allergic to peanuts.", "Sam is not allergic to peanuts."
QUEUE = "/v1/admin/review/queue"


def queued(person: Person, **query: Any) -> list[Any]:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return list(person.call("get", f"{QUEUE}?{asked}")["items"])


def contradiction(person: Person, older: str = ALLERGIC, newer: str = NOT, **fields: Any) -> tuple[str, str, Any]:
    ids = person.store(older, **fields)["id"], person.store(newer, **fields)["id"]
    contradictions_found(person)
    (item,) = queued(person)
    return *ids, item


def decided(person: Person, action: str, key: str) -> Any:
    return person.call("post", f"/v1/admin/review/{action}", {"review_key": key})


def test_one_negated_sentence_silences_nothing(alice: Person) -> None:
    older, newer, item = contradiction(alice)
    assert [status_of(alice, id_) for id_ in (older, newer)] == ["active", "active"]
    assert ALLERGIC in alice.recall("Is Sam allergic to peanuts?")
    assert (item["queue_kind"], item["rule"], item["suggested_action"]) == ("contradiction", "opposite", "confirm")
    assert (item["memory"]["content"], item["against"]["content"]) == (NOT, ALLERGIC)


def test_a_thousand_negations_silence_nothing_either(alice: Person) -> None:
    older = alice.store(ALLERGIC, provenance="user_stated")["id"]
    for n in range(5):
        alice.store(NOT, provenance="user_stated", author=f"bot {n}")
    contradictions_found(alice)
    assert status_of(alice, older) == "active"


def test_supersede_puts_the_newer_one_in_the_older_ones_place(alice: Person) -> None:
    older, newer, item = contradiction(alice)
    assert decided(alice, "supersede", item["review_key"])["against"] == older
    seen = alice.inspect(older)
    assert (seen["status"], seen["superseded_by"]) == ("stale", newer)
    assert queued(alice) == []
    assert alice.call("get", "/v1/admin/journal")["entries"][0]["kind"] == "supersede"


def test_confirm_keeps_both_and_the_question_does_not_come_back(alice: Person) -> None:
    older, newer, item = contradiction(alice)
    decided(alice, "confirm", item["review_key"])
    assert [status_of(alice, id_) for id_ in (older, newer)] == ["active", "active"]
    alice.update(id=newer, tags=["seen"])
    contradictions_found(alice)
    assert queued(alice) == []


def test_reject_contests_the_newer_one_and_a_second_time_archives_it(alice: Person) -> None:
    older, newer, item = contradiction(alice)
    decided(alice, "reject", item["review_key"])
    assert [status_of(alice, id_) for id_ in (older, newer)] == ["active", "contested"]
    (contested,) = queued(alice)
    assert (contested["queue_kind"], contested["memory"]["id"]) == ("contested", newer)
    decided(alice, "reject", contested["review_key"])
    assert status_of(alice, newer) == "archived"


def test_a_contested_memory_can_be_confirmed(alice: Person) -> None:
    id_ = alice.store("the safe is green")["id"]
    alice.call("post", "/v1/feedback", {"id": id_, "action": "reject"})
    (item,) = queued(alice, kind="contested")
    decided(alice, "confirm", item["review_key"])
    assert status_of(alice, id_) == "active"


def test_the_summary_counts_each_kind(alice: Person) -> None:
    contradiction(alice)
    id_ = alice.store("the safe is green")["id"]
    alice.call("post", "/v1/feedback", {"id": id_, "action": "reject"})
    assert alice.call("get", QUEUE)["summary"] == {"contradiction": 1, "candidate": 0, "contested": 1}


def test_words_that_agree_again_withdraw_the_question(alice: Person) -> None:
    _, newer, _ = contradiction(alice)
    alice.update(id=newer, content="Sam is allergic to peanuts and shellfish.")
    contradictions_found(alice)
    assert queued(alice) == []


@pytest.mark.parametrize(
    ("action", "key", "status"),
    [
        ("confirm", "nonsense", 404),
        ("reject", "c.00000000-0000-7000-8000-000000000000", 404),
        ("supersede", "ca.x", 404),
        ("confirm", "", 400),
        ("confirm", 7, 422),
    ],
)
def test_a_key_that_is_not_in_the_queue_is_refused(alice: Person, action: str, key: Any, status: int) -> None:
    decided(alice, action, key)
    assert alice.last.status_code == status


def test_a_decision_is_made_once(alice: Person) -> None:
    _, _, item = contradiction(alice)
    decided(alice, "supersede", item["review_key"])
    decided(alice, "confirm", item["review_key"])
    assert alice.last.status_code == 404


def test_bob_neither_sees_nor_decides_alices_queue(alice: Person, bob: Person) -> None:
    older, _, item = contradiction(alice)
    assert queued(bob) == []
    decided(bob, "supersede", item["review_key"])
    assert bob.last.status_code == 404
    assert status_of(alice, older) == "active"


def test_only_admins_review(alice: Person) -> None:
    writer = alice.with_role(Role.WRITER)
    writer.call("get", QUEUE)
    assert writer.last.status_code == 403
    decided(writer, "confirm", "c.1")
    assert writer.last.status_code == 403


@pytest.mark.parametrize("query", ["kind=strange", "limit=0", "limit=101", "limit=x"])
def test_bad_queries_are_refused(alice: Person, query: str) -> None:
    alice.call("get", f"{QUEUE}?{query}")
    assert alice.last.status_code in {400, 422}


UPDATE = Comparison(Relation.UPDATE, sure=True, rule="now")
BARE = Comparison(Relation.CONFLICT, rule="opposite")
USER, AI, INFERRED = (Side(p) for p in ("user_stated", "ai_stated", "ai_inferred"))


@pytest.mark.parametrize(
    ("found", "older", "newer", "decision"),
    [
        (UPDATE, USER, USER, Decision.SUPERSEDE),
        (UPDATE, AI, USER, Decision.SUPERSEDE),
        (UPDATE, USER, AI, Decision.REVIEW),
        (UPDATE, AI, INFERRED, Decision.REVIEW),
        (UPDATE, Side("ai_stated", confirmed=1), AI, Decision.REVIEW),
        (UPDATE, AI, Side("ai_stated", confidence=0.2), Decision.REVIEW),
        (UPDATE, Side("ai_stated", agent="one"), Side("ai_stated", agent="two"), Decision.REVIEW),
        (UPDATE, Side("ai_stated", tags=("a",)), Side("ai_stated", tags=("b",)), Decision.REVIEW),
        (UPDATE, Side("ai_stated", user="kim"), Side("ai_stated", user="lee"), Decision.NOTHING),
        (Comparison(Relation.UPDATE, rule="now"), AI, AI, Decision.REVIEW),
        (BARE, AI, USER, Decision.REVIEW),
        (BARE, INFERRED, USER, Decision.SUPERSEDE),
        (BARE, INFERRED, AI, Decision.REVIEW),
        (Comparison(Relation.SAME), AI, AI, Decision.NOTHING),
    ],
)
def test_who_wins_without_asking(found: Comparison, older: Side, newer: Side, decision: Decision) -> None:
    assert decide(found, older, newer) == decision


def test_the_command_shows_the_queue_and_decides(alice: Person, capsys: pytest.CaptureFixture[str]) -> None:
    older, _, item = contradiction(alice)
    name = ["--namespace", alice.namespace.name]
    call_command("review", "queue", *name)
    shown = capsys.readouterr().out
    assert shown.startswith("1 contradiction, 0 candidate, 0 contested")
    assert item["review_key"] in shown
    assert f"against: {ALLERGIC}" in shown
    call_command("review", "supersede", item["review_key"], *name)
    assert status_of(alice, older) == "stale"
    with pytest.raises(CommandError, match="no such item"):
        call_command("review", "confirm", item["review_key"], *name)
