"""What a person has pinned no automatic change touches."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine

from grains.services.custody import grains_pin, grains_unpin
from tests.learning.background import contradictions_found, done, status_of
from tests.people import Person

pytestmark = pytest.mark.usefixtures("owner")  # the outbox is read with the operator's address
THEN = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_pinned_memory_is_not_put_away_until_it_is_unpinned(alice: Person) -> None:
    with time_machine.travel(THEN, tick=False):
        kept, other = (str(alice.store(text)["id"]) for text in ("the safe code is 4711", "the cat is called Mimi"))
        grains_pin(caller=alice.caller, ids=[UUID(kept)])
    alice.call("put", "/v1/admin/retention", {"rules": [{"action": "archive", "after_days": 90}]})
    with time_machine.travel(THEN + timedelta(days=100), tick=False):
        done(alice, "retention")
    assert [status_of(alice, id_) for id_ in (kept, other)] == ["active", "archived"]
    grains_unpin(caller=alice.caller, ids=[UUID(kept)])
    with time_machine.travel(datetime.now(UTC) + timedelta(days=200), tick=False):
        done(alice, "retention")
    assert status_of(alice, kept) == "archived"


def test_a_pinned_memory_is_not_superseded_without_a_person(alice: Person) -> None:
    older = str(alice.store("Anna lives in Berlin.")["id"])
    grains_pin(caller=alice.caller, ids=[UUID(older)])
    alice.store("Anna moved to Munich in March.")
    contradictions_found(alice)
    assert status_of(alice, older) == "active"
    waiting = alice.call("get", "/v1/admin/review/queue")["items"]
    assert [one["queue_kind"] for one in waiting] == ["contradiction"]
