"""What a process remembers of the graph is what the database holds, whoever changed it and however."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import numpy as np
import pytest
from django.db import OperationalError, connection
from pgvector import HalfVector

import clock
from accounts.door import tenant
from accounts.services.namespaces import namespace_delete
from grains.models import DIMENSION, Grain
from learning import remembered
from learning.channel import GraphChannel
from learning.constants import GRAIN_FAN, WORDING_FAN
from learning.jobs import job_perform
from learning.models import Conduit, Entry, EntryKind, Wording
from retrieval.arrays import pipelined
from retrieval.channels import Heard, Reached
from retrieval.question import understand
from tests.learning.graphs import ASKED, KEY, found, place, rate, taught
from tests.people import Person

TERM, WORDED = 7, 8
VECTOR = np.full(DIMENSION, DIMENSION**-0.5, np.float32)


@pytest.fixture
def numbers(alice: Person) -> list[int]:
    """Alice's memories, as numbers in order; TERM and WORDED are entries of hers."""
    taught(alice)
    with tenant(alice.caller):
        own = {"namespace_id": alice.namespace.pk}
        Entry.objects.create(**own, key=TERM, kind=EntryKind.TERM)
        Entry.objects.create(**own, key=WORDED, kind=EntryKind.WORDING)
        Wording.objects.create(**own, entry=WORDED, embedding=HalfVector(VECTOR.tolist()))
        return sorted(Grain.objects.filter(**own).values_list("number", flat=True))


@pytest.fixture
def by_sql(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No conduit fits into this process's memory."""
    monkeypatch.setattr(remembered, "AT_ONCE", -1)
    monkeypatch.setattr(remembered, "MOST_CONDUITS", -1)
    yield
    settled()


def settled() -> None:
    """Wait for what is read beside recalls."""
    remembered._reader.submit(int).result()


def wire(person: Person, *ends: tuple[str, int, int], **fields: Any) -> None:
    """Conduits (entry or source, its number, target)."""
    with tenant(person.caller):
        for kind, origin, target in ends:
            values = {"weight": 0.9, "provenance": "feedback", **fields, kind: origin}
            Conduit.objects.create(namespace_id=person.namespace.pk, target=target, **values)


def reached(person: Person) -> Reached:
    """What the graph says of a question with the term, like the wording."""
    heard = Heard(person.namespace.pk, understand("so what"), [TERM], VECTOR, clock.now())
    with tenant(person.caller):
        asking = GraphChannel().asking(heard)
        assert asking is not None
        return asking.reached(pipelined([asking.statement])[0])


def said(one: Reached) -> dict[int, tuple[float, float, int, Any]]:
    lines = zip(one.number.tolist(), one.lift.tolist(), one.signal.tolist(), one.hops.tolist(), strict=True)
    return {n: (round(lift, 4), round(signal, 4), hops, one.steps[n]) for n, lift, signal, hops in lines}


def test_memory_and_sql_say_the_same(alice: Person, numbers: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    dice = np.random.default_rng(3)
    pairs = {(int(a), int(b)) for a, b in dice.choice(numbers, (40, 2)) if a != b}
    wire(alice, *(("source", a, b) for a, b in pairs), provenance="shortcut")
    wire(alice, ("entry", WORDED, numbers[0]), ("entry", WORDED, numbers[1]), ("entry", TERM, numbers[1]))
    wire(alice, ("entry", WORDED, numbers[2]), weight=-0.7)
    wire(alice, ("entry", TERM, numbers[3]), ("entry", TERM, numbers[4]), provenance="wired", weight=0.4)
    in_memory = reached(alice)
    assert in_memory.hops.max() > 2, "the test needs a walk"
    known = remembered.graph_known(alice.namespace.pk)
    assert known is not None
    assert known.grains is not None
    monkeypatch.setattr(remembered, "AT_ONCE", -1)
    monkeypatch.setattr(remembered, "MOST_CONDUITS", -1)
    remembered._kept.pop(alice.namespace.pk)
    by_sql = reached(alice)
    settled()
    assert said(by_sql) == said(in_memory)


def test_recalls_learn_by_sql_where_memory_does_not_reach(by_sql: None, alice: Person) -> None:
    taught(alice, provenance="user_stated")
    before = place(alice, ASKED, KEY)
    rate(alice, ASKED, useful=[KEY])
    rate(alice, ASKED, useful=[KEY])
    assert place(alice, ASKED, KEY) == 0 < before
    with tenant(alice.caller):
        ids = [line["memory"]["id"] for line in alice.recalled(ASKED, limit=12)["memories"][:2]]
        one, other = (Grain.objects.get(id=id_).number for id_ in ids)
    wire(alice, ("source", one, other), provenance="shortcut")
    line = found(alice, ASKED, alice.recall(ASKED, limit=12)[1])
    assert [step["from"] for step in line["path"]] == ["wording", "grain"]
    assert line["path"][1]["grain_id"] == ids[0]


def test_what_is_too_much_for_one_recall_is_read_beside_it(
    alice: Person, numbers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    wire(alice, ("entry", TERM, numbers[0]))
    monkeypatch.setattr(remembered, "AT_ONCE", 0)
    at_first = said(reached(alice))
    settled()
    known = remembered.graph_known(alice.namespace.pk)
    assert known is not None
    assert known.entries is not None
    assert said(reached(alice)) == at_first != {}


def test_what_could_not_be_read_beside_a_recall_is_tried_again(
    alice: Person, numbers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    wire(alice, ("entry", TERM, numbers[0]))
    monkeypatch.setattr(remembered, "AT_ONCE", 0)
    with monkeypatch.context() as broken:

        def refused(namespace_id: int) -> None:
            raise OperationalError

        broken.setattr(remembered, "graph_read", refused)
        assert set(said(reached(alice))) == {numbers[0]}
        settled()
    known = remembered.graph_known(alice.namespace.pk)
    assert known is not None
    assert known.entries is None
    assert set(said(reached(alice))) == {numbers[0]}
    settled()
    known = remembered.graph_known(alice.namespace.pk)
    assert known is not None
    assert known.entries is not None


def test_every_change_is_seen(alice: Person, numbers: list[int]) -> None:
    assert said(reached(alice)) == {}
    wire(alice, ("entry", TERM, numbers[0]), ("entry", WORDED, numbers[1]))
    assert set(said(reached(alice))) == {numbers[0], numbers[1]}
    with tenant(alice.caller):
        Conduit.objects.filter(namespace_id=alice.namespace.pk, entry=TERM).update(weight=0.1)
    assert said(reached(alice))[numbers[0]][0] == pytest.approx(0.1, abs=0.01)
    with tenant(alice.caller):
        Conduit.objects.filter(namespace_id=alice.namespace.pk, entry=TERM).delete()
    assert set(said(reached(alice))) == {numbers[1]}
    with tenant(alice.caller):
        Entry.objects.filter(namespace_id=alice.namespace.pk, key=WORDED).delete()
    assert said(reached(alice)) == {}


def test_a_wording_that_changes_its_vector_is_heard_where_it_is_now(alice: Person, numbers: list[int]) -> None:
    wire(alice, ("entry", WORDED, numbers[1]))
    assert set(said(reached(alice))) == {numbers[1]}
    with tenant(alice.caller):
        far = HalfVector([1.0] + [0.0] * (DIMENSION - 1))
        Wording.objects.filter(namespace_id=alice.namespace.pk, entry=WORDED).update(embedding=far)
    assert said(reached(alice)) == {}


def test_what_commits_after_a_later_change_was_read_is_seen_too(alice: Person, numbers: list[int]) -> None:
    written, seen = Event(), Event()

    def slow() -> None:
        with tenant(alice.caller):
            Conduit.objects.create(namespace_id=alice.namespace.pk, entry=TERM, target=numbers[0], weight=0.9)
            written.set()
            seen.wait(10)
        connection.close()

    reached(alice)
    with ThreadPoolExecutor(1) as other:
        running = other.submit(slow)
        written.wait(10)
        wire(alice, ("entry", TERM, numbers[1]))  # begun later, committed earlier
        assert set(said(reached(alice))) == {numbers[1]}
        seen.set()
        running.result()
    assert set(said(reached(alice))) == {numbers[0], numbers[1]}


def test_more_changes_than_are_worth_following_are_all_seen(
    alice: Person, numbers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    reached(alice)
    monkeypatch.setattr(remembered, "MOST_CHANGES", 3)
    wire(alice, *(("entry", TERM, number) for number in numbers))
    assert set(said(reached(alice))) == set(numbers)


def test_a_change_too_large_to_name_its_parts_is_seen(alice: Person, numbers: list[int]) -> None:
    reached(alice)
    own: dict[str, Any] = {"namespace_id": alice.namespace.pk}
    keys = range(1000, 1500)
    with tenant(alice.caller), connection.cursor() as cursor:
        Entry.objects.bulk_create(Entry(**own, key=key, kind=EntryKind.TERM) for key in keys)
        fields = {**own, "weight": 0.9, "provenance": "feedback"}
        Conduit.objects.bulk_create(
            Conduit(**fields, entry=key, target=target) for key in (TERM, *keys) for target in numbers
        )
        cursor.execute("SELECT count(*) FROM learning_change WHERE entries IS NULL")
        assert cursor.fetchone() == (1,)
    assert set(said(reached(alice))) == set(numbers)


def test_of_a_hub_only_as_many_conduits_are_read_again_as_a_recall_reads(alice: Person, numbers: list[int]) -> None:
    extra = taught(alice, *(f"Note {n} of the harbour master." for n in range(3 * GRAIN_FAN)))
    with tenant(alice.caller):
        own = Grain.objects.filter(namespace_id=alice.namespace.pk, id__in=extra.values())
        others = list(own.values_list("number", flat=True))
    reached(alice)
    wire(alice, ("entry", TERM, numbers[0]), *(("source", numbers[0], other) for other in others))
    reached(alice)
    known = remembered.graph_known(alice.namespace.pk)
    assert known is not None
    assert known.grains is not None
    assert len(known.grains.read_since.target) == GRAIN_FAN < WORDING_FAN


def test_a_forgotten_memory_leaves_the_memory_of_the_process(alice: Person) -> None:
    ids = taught(alice, provenance="user_stated")
    rate(alice, ASKED, useful=[KEY])
    assert "path" in found(alice, ASKED, KEY)
    with tenant(alice.caller):
        number = Grain.objects.get(id=ids[KEY]).number
    alice.forget(ids=[ids[KEY]])
    alice.recall(ASKED)
    known = remembered.graph_known(alice.namespace.pk)
    assert known is not None
    assert known.entries is not None
    keys = known.entries.read_first.origins.tolist() + known.entries.changed.tolist()
    assert number not in known.entries.read(np.array(keys), 1_000, 0.0).target


def test_bob_reads_no_line_of_alices_log(alice: Person, bob: Person, numbers: list[int]) -> None:
    wire(alice, ("entry", TERM, numbers[0]))
    wanted = "SELECT count(*) FROM learning_change WHERE namespace_id = %s"
    counts = []
    for person in (alice, bob):
        with tenant(person.caller), connection.cursor() as cursor:
            cursor.execute(wanted, [alice.namespace.pk])
            counts.append(cursor.fetchone()[0])
    assert counts[0] > 0 == counts[1]
    assert said(reached(bob)) == {}


def test_tidying_drops_old_lines_of_the_log_and_no_recent_one(alice: Person, numbers: list[int]) -> None:
    wire(alice, ("entry", TERM, numbers[0]))
    with tenant(alice.caller), connection.cursor() as cursor:
        cursor.execute("UPDATE learning_change SET at = at - interval '4 hours'")
    wire(alice, ("entry", TERM, numbers[1]))
    job_perform(name="tidy", namespace=alice.namespace)
    with tenant(alice.caller), connection.cursor() as cursor:
        cursor.execute("SELECT count(*), min(at) > clock_timestamp() - interval '1 hour' FROM learning_change")
        count, recent = cursor.fetchone()
    assert count >= 1
    assert recent


def test_a_deleted_namespace_leaves_no_log(owner: Any, alice: Person, numbers: list[int]) -> None:
    wire(alice, ("entry", TERM, numbers[0]))
    namespace_delete(name=alice.namespace.name, confirm=alice.namespace.name)
    with tenant(alice.caller), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM learning_change")
        assert cursor.fetchone() == (0,)


def test_a_namespace_that_is_not_remembered_is_read_anew(alice: Person, numbers: list[int]) -> None:
    wire(alice, ("entry", TERM, numbers[0]))
    before = said(reached(alice))
    remembered._kept.clear()
    assert said(reached(alice)) == before != {}


def test_what_nobody_looked_at_for_long_is_read_anew(
    alice: Person, numbers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    reached(alice)
    wire(alice, ("entry", TERM, numbers[0]))
    with tenant(alice.caller), connection.cursor() as cursor:
        cursor.execute("DELETE FROM learning_change")
    assert said(reached(alice)) == {}, "the log was pruned before this process looked"
    monkeypatch.setattr(remembered, "TRUSTED", -1.0)
    assert set(said(reached(alice))) == {numbers[0]}
