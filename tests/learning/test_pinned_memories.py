"""What a person has pinned no automatic change touches."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from accounts.scopes import Role
from tests.learning.background import contradictions_found, done, status_of
from tests.learning.facts_at_hand import episodic
from tests.people import Person

pytestmark = pytest.mark.usefixtures("owner")  # the outbox is read with the operator's address
THEN = datetime(2026, 1, 1, tzinfo=UTC)


def pin(person: Person, *ids: str, pinned: bool = True) -> Any:
    return person.call("post", "/v1/pin", {"ids": list(ids), "pinned": pinned})


def test_pinning_twice_is_pinning_once_and_is_shown(alice: Person) -> None:
    id_ = alice.store("the safe code is 4711")["id"]
    assert not alice.inspect(id_)["pinned"]
    assert pin(alice, id_) == {"pinned": True, "changed": 1}
    assert pin(alice, id_) == {"pinned": True, "changed": 0}
    assert alice.inspect(id_)["pinned"]
    assert pin(alice, id_, pinned=False) == {"pinned": False, "changed": 1}


def test_a_pinned_memory_is_not_condensed(alice: Person, settings: Any) -> None:
    settings.SUMMARIZATION_THRESHOLD, settings.SUMMARIZATION_BATCH_SIZE = 6, 5
    ids = episodic(alice, 9)
    pin(alice, ids[0])
    assert done(alice, "summarise").counts["summary"] == 1
    assert [status_of(alice, id_) for id_ in ids[:2]] == ["active", "archived"]


def test_bob_pins_nothing_of_alices_and_a_reader_nothing_at_all(alice: Person, bob: Person) -> None:
    id_ = alice.store("the safe code is 4711")["id"]
    pin(bob, id_)
    assert bob.last.status_code == 404
    reader = alice.with_role(Role.READER)
    pin(reader, id_)
    assert reader.last.status_code == 403
    pin(alice)
    assert alice.last.status_code in {400, 422}
    assert not alice.inspect(id_)["pinned"]


def test_a_pinned_memory_is_not_put_away_until_it_is_unpinned(alice: Person) -> None:
    with time_machine.travel(THEN, tick=False):
        kept, other = (str(alice.store(text)["id"]) for text in ("the safe code is 4711", "the cat is called Mimi"))
        pin(alice, kept)
    alice.call("put", "/v1/admin/retention", {"rules": [{"action": "archive", "after_days": 90}]})
    with time_machine.travel(THEN + timedelta(days=100), tick=False):
        done(alice, "retention")
    assert [status_of(alice, id_) for id_ in (kept, other)] == ["active", "archived"]
    pin(alice, kept, pinned=False)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=200), tick=False):
        done(alice, "retention")
    assert status_of(alice, kept) == "archived"


def test_a_pinned_memory_is_not_superseded_without_a_person(alice: Person) -> None:
    older = str(alice.store("Anna lives in Berlin.")["id"])
    pin(alice, older)
    alice.store("Anna moved to Munich in March.")
    contradictions_found(alice)
    assert status_of(alice, older) == "active"
    waiting = alice.call("get", "/v1/admin/review/queue")["items"]
    assert [one["queue_kind"] for one in waiting] == ["contradiction"]
