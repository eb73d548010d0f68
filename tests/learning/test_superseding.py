"""A memory that says that another no longer holds takes its place: visibly, with dates, and to be undone."""

from typing import Any

import pytest

import clock
from accounts.door import tenant
from learning.contradiction.examining import examined
from learning.models import Conduit, Dispute, Relation
from tests.learning.background import contradictions_found, status_of
from tests.outbox import drain_all
from tests.people import Person

pytestmark = pytest.mark.usefixtures("owner")  # the outbox is read with the operator's address

BERLIN, MUNICH = "Anna lives in Berlin.", "Anna moved to Munich in March."


def two(person: Person, older: str = BERLIN, newer: str = MUNICH, **fields: Any) -> tuple[str, str]:
    """Two memories, one after the other, and the background work on them."""
    ids = person.store(older, **fields)["id"], person.store(newer, **fields)["id"]
    contradictions_found(person)
    return ids


def test_the_older_memory_becomes_stale_and_names_its_successor(alice: Person) -> None:
    older, newer = two(alice)
    seen = alice.inspect(older)
    assert (seen["status"], seen["superseded_by"]) == ("stale", newer)
    assert status_of(alice, newer) == "active"


def test_the_older_one_never_outranks_its_successor(alice: Person) -> None:
    two(alice)
    found = [
        (one["memory"]["content"], one["memory"]["status"])
        for one in alice.recalled("Anna lives in Berlin")["memories"]
    ]
    assert found == [(MUNICH, "active"), (BERLIN, "stale")]
    assert alice.recall("Anna lives in Berlin", strict=True) == [MUNICH]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("The backend uses Postgres 15.", "We upgraded the backend to Postgres 16."),
        ("Tom works at Siemens.", "Tom no longer works at Siemens."),
        ("The safe code is 4711.", "The safe code is 4712."),
    ],
)
def test_versions_states_and_numbers_are_understood(alice: Person, older: str, newer: str) -> None:
    assert status_of(alice, two(alice, older, newer)[0]) == "stale"


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (BERLIN, "Hannah moved to Munich in March."),
        ("Ben likes jazz.", "Ben also likes techno."),
        ("The wifi password at home is bluefish7.", "The wifi password at work is now redfish9."),
        (BERLIN, "Anna might move to Munich."),
    ],
)
def test_what_is_only_alike_is_left_alone(alice: Person, older: str, newer: str) -> None:
    ids = two(alice, older, newer)
    assert [status_of(alice, id_) for id_ in ids] == ["active", "active"]
    with tenant(alice.caller):
        assert not Dispute.objects.exists()


def test_the_older_one_ends_when_the_newer_one_begins(alice: Person) -> None:
    since = "2026-03-01T00:00:00Z"
    older = alice.store(BERLIN, valid_from="2020-01-01T00:00:00Z")["id"]
    alice.store(MUNICH, valid_from=since)
    contradictions_found(alice)
    assert alice.inspect(older)["valid_to"] == since


def test_the_past_is_as_it_was(alice: Person) -> None:
    alice.store(BERLIN)
    before = clock.now()
    alice.store(MUNICH)
    contradictions_found(alice)
    then = alice.recalled("Where does Anna live?", as_of=before.isoformat())["memories"]
    assert [one["memory"]["content"] for one in then] == [BERLIN]


def test_what_happened_earlier_is_older_whenever_it_was_stored(alice: Person) -> None:
    newer = alice.store(MUNICH, occurred_at="2026-03-01T00:00:00Z")["id"]
    older = alice.store(BERLIN, occurred_at="2020-01-01T00:00:00Z")["id"]
    contradictions_found(alice)
    assert alice.inspect(older)["superseded_by"] == newer


def test_memories_about_two_users_never_meet(alice: Person) -> None:
    older = alice.store("My phone number is 555-0134.", user="kim")["id"]
    alice.store("My new phone number is 555-0199.", user="lee")
    contradictions_found(alice)
    assert status_of(alice, older) == "active"


def test_i_is_whoever_says_it(alice: Person) -> None:
    older = alice.store("I live in Oslo.", author="Kim")["id"]
    alice.store("I moved from Oslo to Bergen.", author="Lee")
    contradictions_found(alice)
    assert status_of(alice, older) == "active"


def test_doing_it_again_changes_nothing_more(alice: Person) -> None:
    two(alice)
    entries = alice.call("get", "/v1/admin/journal")["entries"]
    again = contradictions_found(alice)
    assert again.counts.get("supersede", 0) == 0
    assert len(alice.call("get", "/v1/admin/journal")["entries"]) == len(entries) == 1


def test_undoing_brings_the_older_one_back_and_asks_a_person(alice: Person) -> None:
    older, newer = two(alice)
    (entry,) = alice.call("get", "/v1/admin/journal")["entries"]
    assert entry["kind"] == "supersede"
    alice.call("post", f"/v1/admin/journal/{entry['id']}/undo", {})
    assert alice.last.status_code == 200
    seen = alice.inspect(older)
    assert (seen["status"], seen["superseded_by"], seen["valid_to"]) == ("active", None, None)
    with tenant(alice.caller):
        assert not Conduit.objects.filter(relation=Relation.SUPERSEDES).exists()
    waiting = alice.call("get", "/v1/admin/review/queue")["items"]
    assert [(item["memory"]["id"], item["against"]["id"]) for item in waiting] == [(newer, older)]


def test_an_undone_supersession_is_not_done_again(alice: Person) -> None:
    older, _ = two(alice)
    (entry,) = alice.call("get", "/v1/admin/journal")["entries"]
    alice.call("post", f"/v1/admin/journal/{entry['id']}/undo", {})
    alice.update(id=older, tags=["checked"])
    contradictions_found(alice)
    assert status_of(alice, older) == "active"


def test_a_new_version_is_looked_at_anew(alice: Person) -> None:
    older = alice.store(BERLIN)["id"]
    newer = alice.store("Anna likes Munich.")["id"]
    contradictions_found(alice)
    assert status_of(alice, older) == "active"
    alice.update(id=newer, content=MUNICH)
    contradictions_found(alice)
    assert status_of(alice, older) == "stale"


def test_the_graph_knows_who_follows_whom(alice: Person) -> None:
    two(alice)
    with tenant(alice.caller):
        assert Conduit.objects.filter(relation=Relation.SUPERSEDES, provenance="contradiction").count() == 1


def test_a_forgotten_successor_leaves_no_dispute_behind(alice: Person) -> None:
    _, newer = two(alice)
    alice.forget(ids=[newer])
    with tenant(alice.caller):
        assert not Dispute.objects.exists()


def test_bobs_memories_are_never_held_against_alices(alice: Person, bob: Person) -> None:
    older = alice.store(BERLIN)["id"]
    bob.store(MUNICH)
    contradictions_found(alice)
    contradictions_found(bob)
    assert status_of(alice, older) == "active"


def test_a_preview_shows_what_it_would_do_and_does_nothing(alice: Person) -> None:

    older, newer = alice.store(BERLIN)["id"], alice.store(MUNICH)["id"]
    drain_all("contradiction")
    shown = alice.call("post", "/v1/admin/jobs/contradiction", {"dry_run": True})
    assert [change["kind"] for change in shown["changes"]] == ["supersede"]
    assert [status_of(alice, id_) for id_ in (older, newer)] == ["active", "active"]
    contradictions_found(alice)
    assert status_of(alice, older) == "stale"


@pytest.mark.parametrize("mode", ["off", "review"])
def test_switched_off_nothing_makes_way(alice: Person, mode: str) -> None:
    alice.call("patch", "/v1/admin/settings", {"contradiction": mode})
    older, _ = two(alice)
    assert status_of(alice, older) == "active"
    assert len(alice.call("get", "/v1/admin/review/queue")["items"]) == (mode == "review")


def test_a_run_that_ends_half_way_leaves_the_rest_in_the_queue(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [(f"The rate limit of service {n} is 100.", f"The rate limit of service {n} is now 250.") for n in range(3)]
    ids = [(alice.store(one)["id"], alice.store(other)["id"]) for one, other in pairs]
    seen: list[Any] = []

    def stumbling(*args: Any, **kwargs: Any) -> Any:
        seen.append(args)
        if len(seen) == 4:
            raise RuntimeError("killed here")
        return examined(*args, **kwargs)

    monkeypatch.setattr("learning.contradiction.job.examined", stumbling)
    assert contradictions_found(alice).state == "failed"
    assert [status_of(alice, older) for older, _ in ids].count("stale") in {1, 2}
    assert contradictions_found(alice).state == "done"
    assert [alice.inspect(older)["superseded_by"] for older, _ in ids] == [newer for _, newer in ids]
    assert len(alice.call("get", "/v1/admin/journal")["entries"]) == 3
