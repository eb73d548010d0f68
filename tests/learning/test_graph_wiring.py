"""New memories are wired in the background: to what is near, to their session, to what they name."""

from typing import Any

import pytest

from accounts.door import tenant
from grains.models import Grain
from learning.constants import ENTRY_FAN, GRAIN_FAN
from learning.jobs import job_perform
from learning.models import Conduit, Entry, EntryKind, Relation, Unwired
from learning.wiring import queue
from runtime.postgres import PostgresServer
from tests.learning.graphs import switch
from tests.outbox import drain_all
from tests.people import Person

pytestmark = pytest.mark.usefixtures("owner")

NEAR = ["The sailing boat leaves the harbour at dawn.", "At dawn the boat sails out of the harbour."]
FAR = "Invoices are due after thirty days."


def wire(person: Person) -> Any:
    drain_all(queue.CONSUMER)
    return job_perform(name="wire", namespace=person.namespace)


def edges(person: Person, relation: Relation) -> set[tuple[str, str]]:
    """Contents at both ends of the conduits between grains."""
    with tenant(person.caller):
        conduits = list(Conduit.objects.filter(source__isnull=False, relation=relation))
        ids = {g.number: str(g.id) for g in Grain.objects.all()}
    content = {id_: person.inspect(id_)["content"] for id_ in ids.values()}
    return {(content[ids[one.source]], content[ids[one.target]]) for one in conduits if one.source}


def filed(person: Person, kind: EntryKind) -> int:
    """Conduits from entries of a kind."""
    with tenant(person.caller):
        return Conduit.objects.filter(entry__in=Entry.objects.filter(kind=kind).values("key")).count()


def everything(person: Person) -> list[tuple[Any, ...]]:
    with tenant(person.caller):
        return sorted(Conduit.objects.values_list("entry", "source", "target", "relation", "weight"), key=str)


def test_memories_that_are_near_are_wired_both_ways_and_strangers_are_not(alice: Person) -> None:
    alice.store_batch(*({"content": content} for content in [*NEAR, FAR]))
    wire(alice)
    assert edges(alice, Relation.SIMILAR) == {(NEAR[0], NEAR[1]), (NEAR[1], NEAR[0])}


def test_neighbours_of_a_session_are_wired_both_ways(alice: Person) -> None:
    for content in (NEAR[0], FAR):
        alice.store(content, session="s")
    wire(alice)
    assert edges(alice, Relation.RELATED) == {(NEAR[0], FAR), (FAR, NEAR[0])}


def test_memories_are_filed_under_what_they_name_and_under_their_author(alice: Person) -> None:
    alice.store("We met Ottokar in Lisbon.", author="Ana")
    alice.store("The ticket is E-4417.", author="Ana")
    wire(alice)
    assert filed(alice, EntryKind.AUTHOR) == 2
    assert filed(alice, EntryKind.ENTITY) >= 3


def test_wiring_again_changes_nothing(alice: Person) -> None:
    alice.store_batch(*({"content": content, "session": "s", "author": "Ana"} for content in [*NEAR, FAR]))
    wire(alice)
    first = everything(alice)
    with tenant(alice.caller):
        Unwired.objects.bulk_create(Unwired(namespace_id=g.namespace_id, grain_id=g.id) for g in Grain.objects.all())
    wire(alice)
    assert everything(alice) == first


def test_a_changed_memory_is_wired_anew(alice: Person) -> None:
    alice.store(NEAR[0])
    id_ = alice.store(FAR)["id"]
    wire(alice)
    assert edges(alice, Relation.SIMILAR) == set()
    alice.update(id=id_, content=NEAR[1])
    wire(alice)
    assert (NEAR[1], NEAR[0]) in edges(alice, Relation.SIMILAR)


def test_hubs_get_no_more_conduits_than_a_recall_reads(alice: Person) -> None:
    alice.store_batch(*({"content": f"Ottokar paid bill {n} at the harbour.", "author": "Ana"} for n in range(70)))
    wire(alice)
    with tenant(alice.caller):
        sources = list(Conduit.objects.filter(source__isnull=False).values_list("source", flat=True))
        entries = list(Conduit.objects.filter(entry__isnull=False).values_list("entry", flat=True))
    # One transaction wires STEP memories, which do not see each other's conduits.
    assert max(map(sources.count, sources)) <= 2 * GRAIN_FAN
    assert max(map(entries.count, entries)) <= 2 * ENTRY_FAN
    job_perform(name="tidy", namespace=alice.namespace)
    with tenant(alice.caller):
        sources = list(Conduit.objects.filter(source__isnull=False).values_list("source", flat=True))
    assert max(map(sources.count, sources)) <= GRAIN_FAN


def test_nothing_is_wired_where_wiring_is_off_and_nothing_waits(alice: Person) -> None:
    switch(alice, wiring=False)
    alice.store_batch(*({"content": content} for content in NEAR))
    wire(alice)
    assert everything(alice) == []
    with tenant(alice.caller):
        assert not Unwired.objects.exists()


def test_alices_memories_are_never_wired_to_bobs(alice: Person, bob: Person, owner: PostgresServer) -> None:
    for person in (alice, bob):
        person.store(NEAR[0])
    wire(alice)
    wire(bob)
    assert everything(alice) == everything(bob) == []
