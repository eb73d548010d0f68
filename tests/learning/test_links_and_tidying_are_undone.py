"""Wiring and tidying are in the journal like every other automatic change: previewed, and undone by API or command."""

from typing import Any

import pytest
from django.core.management import call_command

from accounts.door import tenant
from accounts.models import Deed
from grains.models import Grain
from learning.constants import GRAIN_FAN, WORDING_FAN
from learning.jobs import job_perform
from learning.models import Conduit, Entry, EntryKind
from learning.use import tidying
from tests.learning.background import done
from tests.learning.facts_at_hand import fact
from tests.learning.graphs import ASKED, KEY, found, rate, taught
from tests.learning.test_graph_wiring import FAR, NEAR, everything, wire
from tests.people import Person

pytestmark = pytest.mark.usefixtures("owner")


def entries(person: Person, kind: str) -> list[dict[str, Any]]:
    return list(person.call("get", f"/v1/admin/journal?kind={kind}")["entries"])


def undo(person: Person, id_: str, **body: Any) -> Any:
    return person.call("post", f"/v1/admin/journal/{id_}/undo", body)


@pytest.fixture
def boats(alice: Person) -> list[str]:
    stored = alice.store_batch(*({"content": content} for content in [*NEAR, FAR]))["stored"]
    return [one["id"] for one in stored]


def test_what_was_wired_is_an_entry_and_a_deed_that_name_the_memories(alice: Person, boats: list[str]) -> None:
    wire(alice)
    (entry,) = entries(alice, "link")
    assert entry["before"] == {"grain.wired": dict.fromkeys(sorted(boats[:2]), False)}
    assert entry["after"] == {"grain.wired": dict.fromkeys(sorted(boats[:2]), True)}
    with tenant(alice.caller):
        assert {str(one) for one in Deed.objects.get(verb="link").subjects} == set(boats[:2])


def test_undoing_it_takes_the_wiring_away_and_doing_it_again_brings_it_back(alice: Person, boats: list[str]) -> None:
    wire(alice)
    conduits = everything(alice)
    (entry,) = entries(alice, "link")
    assert undo(alice, entry["id"], dry_run=True)["restored"] == 2
    assert everything(alice) == conduits
    told = undo(alice, entry["id"])
    assert everything(alice) == []
    wire(alice)
    assert everything(alice) == [], "what somebody has undone is not done again"
    undo(alice, told["undo"])
    assert everything(alice) == conduits


def test_undoing_wiring_leaves_what_was_taught(alice: Person) -> None:
    taught(alice)
    wire(alice)
    rate(alice, ASKED, useful=[KEY])
    for entry in entries(alice, "link"):
        undo(alice, entry["id"])
    assert found(alice, ASKED, KEY)["path"] == [{"from": "wording"}]


def test_a_preview_of_wiring_shows_it_and_wires_nothing(alice: Person, boats: list[str]) -> None:
    from learning.wiring import queue
    from tests.outbox import drain_all

    drain_all(queue.CONSUMER)
    told = alice.call("post", "/v1/admin/jobs/wire", {"dry_run": True})
    assert [one["kind"] for one in told["changes"]] == ["link"]
    assert everything(alice) == []
    assert entries(alice, "link") == []
    assert len(boats) == 3


def crowded(person: Person) -> int:
    """A memory and a term with more conduits than a recall reads; how many are too many."""
    ids = taught(person, *(fact(n) for n in range(WORDING_FAN + 4)))
    with tenant(person.caller):
        numbers = [Grain.objects.get(id=id_).number for id_ in ids.values()]
        own: dict[str, Any] = {"namespace_id": person.namespace.pk, "provenance": "shortcut"}
        Entry.objects.create(namespace_id=person.namespace.pk, key=7, kind=EntryKind.ENTITY)
        Conduit.objects.bulk_create(
            [
                *(Conduit(**own, source=numbers[0], target=n, weight=0.1 + n % 7 / 10) for n in numbers[1:30]),
                *(Conduit(**own, entry=7, target=n, weight=0.1 + n % 7 / 10) for n in numbers),
            ]
        )
    return 29 - GRAIN_FAN + len(numbers) - WORDING_FAN


def conduits(person: Person) -> set[tuple[Any, ...]]:
    with tenant(person.caller):
        return {
            (one.entry, one.source, one.target, one.relation, round(one.weight, 4), one.provenance, one.decay_class)
            for one in Conduit.objects.all()
        }


def test_what_tidying_drops_comes_back_as_it_was(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tidying, "PORTION", 5)
    too_many = crowded(alice)
    before = conduits(alice)
    assert done(alice, "tidy").counts["tidied"] == too_many
    assert len(conduits(alice)) == len(before) - too_many
    for entry in entries(alice, "tidy"):
        assert len(entry["before"]["conduit.weight"]) <= 5
        undo(alice, entry["id"])
        assert alice.last.status_code == 200
    assert conduits(alice) == before


def test_what_was_brought_back_is_not_dropped_again(alice: Person) -> None:
    crowded(alice)
    done(alice, "tidy")
    left = conduits(alice)
    told = [undo(alice, entry["id"]) for entry in entries(alice, "tidy")]
    back = conduits(alice)
    assert done(alice, "tidy").counts == {}
    assert conduits(alice) == back != left
    for one in told:
        undo(alice, one["undo"])
    assert conduits(alice) == left


def test_a_conduit_to_a_memory_that_was_forgotten_stays_away(alice: Person) -> None:
    crowded(alice)
    before = conduits(alice)
    done(alice, "tidy")
    (first, *_) = entries(alice, "tidy")
    gone = {int(name.rsplit("-", 2)[1]) for name in first["before"]["conduit.weight"]}
    with tenant(alice.caller):
        id_ = str(Grain.objects.get(number=min(gone)).id)
    alice.forget(ids=[id_])
    assert undo(alice, first["id"])["gone"] == 1
    assert all(target != min(gone) for _, _, target, *_ in conduits(alice))
    assert conduits(alice) < before


def test_the_command_undoes_a_whole_run(alice: Person) -> None:
    crowded(alice)
    before = conduits(alice)
    run = job_perform(name="tidy", namespace=alice.namespace).run
    call_command("journal", "undo", str(run), "--run", "--namespace", alice.namespace.name)
    assert conduits(alice) == before


def test_bob_undoes_nothing_of_alices(alice: Person, bob: Person, boats: list[str]) -> None:
    wire(alice)
    (entry,) = entries(alice, "link")
    undo(bob, entry["id"])
    assert bob.last.status_code == 404
    assert len(everything(alice)) == 2
