"""How fast what is learned of a memory fades: slowly for core memories, fast for notes of the task at hand."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

import clock
from accounts.door import tenant
from learning.jobs import job_perform
from learning.models import Conduit, DecayClass
from learning.wiring import queue
from tests.learning.graphs import ASKED, KEY, rate, taught
from tests.learning.test_graph_use import BROAD, GROUPS, broad, praise, vitals
from tests.outbox import drain_all
from tests.people import Person

pytestmark = pytest.mark.usefixtures("owner")


def learned(person: Person, days: float, content: str = KEY) -> float:
    """What feedback adds to the memory's place so many days later."""
    with time_machine.travel(clock.now() + timedelta(days=days), tick=True):
        told = person.call("post", "/v1/admin/query-explain", {"query": ASKED, "limit": 12})
    (entry,) = [one for one in told["final_results"] if one["memory"]["content"] == content]
    return float(entry["signals"].get("learned", 0.0))


def classes(person: Person, **about: Any) -> set[int]:
    with tenant(person.caller):
        return set(Conduit.objects.filter(**about).values_list("decay_class", flat=True))


def test_a_note_for_the_task_at_hand_fades_faster_than_a_fact(alice: Person, bob: Person) -> None:
    taught(alice)
    taught(bob, memory_type="working")
    for person in (alice, bob):
        rate(person, ASKED, useful=[KEY])
    assert learned(alice, 0) == pytest.approx(learned(bob, 0), abs=0.01)
    assert learned(bob, 10) < 0.8 * learned(alice, 10)


def test_wiring_to_a_note_is_ephemeral_and_to_a_fact_it_is_not(alice: Person) -> None:
    taught(alice, memory_type="working", session="s", author="Ana")
    fact = taught(alice, "The cat sleeps on the old boiler.")
    drain_all(queue.CONSUMER)
    job_perform(name="wire", namespace=alice.namespace)
    assert len(fact) == 1
    number = vitals(alice, "The cat sleeps on the old boiler.").grain_number
    assert classes(alice, target=number) == {DecayClass.WORKING}
    with tenant(alice.caller):
        others = set(Conduit.objects.exclude(target=number).values_list("decay_class", flat=True))
    assert others == {DecayClass.EPHEMERAL}


def test_what_leads_to_a_core_memory_fades_slowly_also_what_is_wired_later(alice: Person) -> None:
    broad(alice)
    praise(alice, list(GROUPS))
    job_perform(name="promote", namespace=alice.namespace)
    drain_all(queue.CONSUMER)
    job_perform(name="wire", namespace=alice.namespace)
    assert classes(alice, target=vitals(alice, BROAD).grain_number) == {DecayClass.CORE}


def test_a_note_that_was_promoted_by_mistake_is_a_note_again(alice: Person) -> None:
    broad(alice)
    note = alice.recalled(BROAD, limit=1)["memories"][0]["memory"]["id"]
    alice.update(id=note, memory_type="working")
    praise(alice, list(GROUPS))
    job_perform(name="promote", namespace=alice.namespace)
    number = vitals(alice, BROAD).grain_number
    assert classes(alice, target=number) == {DecayClass.CORE}
    (entry,) = alice.call("get", "/v1/admin/journal?kind=promote")["entries"]
    alice.call("post", f"/v1/admin/journal/{entry['id']}/undo", {})
    assert classes(alice, target=number) == {DecayClass.EPHEMERAL}
