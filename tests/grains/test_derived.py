"""What was made from a memory goes with it; what else it was made from comes back."""

from uuid import UUID

import numpy as np
import pytest

from accounts.door import tenant
from accounts.errors import Conflict
from accounts.models import Deed
from grains.derived import derivations_add, derived_from
from grains.models import Derivation, Grain, Passage, Status
from grains.services.reembed import reembed
from grains.services.status import status_set
from learning.lifecycle.moving import grain_restore
from tests.people import Person


def number_of(person: Person, id_: str) -> int:
    with tenant(person.caller):
        return int(Grain.objects.get(id=id_).number)


def made(person: Person, content: str, *sources: str) -> str:
    """A memory made from others, which are archived in its favour."""
    id_ = str(person.store(content)["id"])
    with tenant(person.caller):
        numbers = [number_of(person, source) for source in sources]
        derivations_add(caller=person.caller, number=number_of(person, id_), sources=numbers)
        status_set(caller=person.caller, statuses=dict.fromkeys(map(UUID, sources), Status.ARCHIVED))
    return id_


def standing(person: Person) -> dict[str, str]:
    with tenant(person.caller):
        return {str(id_): status for id_, status in Grain.objects.values_list("id", "status")}


@pytest.fixture
def three(alice: Person) -> list[str]:
    return [alice.store(f"Fact number {n} of the house.")["id"] for n in range(3)]


def test_erasing_a_source_erases_what_was_made_of_it_and_frees_the_others(alice: Person, three: list[str]) -> None:
    made(alice, "All three facts.", *three)
    assert alice.forget(ids=three[:1])["deleted"] == 1
    assert standing(alice) == dict.fromkeys(three[1:], "active")
    with tenant(alice.caller):
        assert Derivation.objects.count() == 0


def test_the_deeds_name_what_went_and_what_came_back(alice: Person, three: list[str]) -> None:
    summary = made(alice, "All three facts.", *three)
    alice.forget(ids=three[:1])
    with tenant(alice.caller):
        forgotten = Deed.objects.get(verb="forget")
        freed = Deed.objects.get(verb="restore")
    assert {str(id_) for id_ in forgotten.subjects} == {three[0], summary}
    assert {str(id_) for id_ in freed.subjects} == set(three[1:])


def test_a_summary_of_a_summary_goes_too(alice: Person, three: list[str]) -> None:
    first = made(alice, "Two of the facts.", *three[:2])
    made(alice, "All of the facts.", first, three[2])
    alice.forget(ids=three[:1])
    assert standing(alice) == dict.fromkeys(three[1:], "active")


def test_erasing_a_summary_leaves_its_sources_where_they_are(alice: Person, three: list[str]) -> None:
    alice.forget(ids=[made(alice, "All three facts.", *three)])
    assert standing(alice) == dict.fromkeys(three, "archived")


def test_a_source_whose_twin_was_stored_again_stays_archived(alice: Person, three: list[str]) -> None:
    made(alice, "All three facts.", *three)
    twin = alice.store("Fact number 1 of the house.")["id"]
    alice.forget(ids=three[:1])
    assert standing(alice) == {three[1]: "archived", three[2]: "active", twin: "active"}


def test_bobs_memories_are_made_of_nothing_of_alices(alice: Person, bob: Person, three: list[str]) -> None:
    made(alice, "All three facts.", *three)
    with tenant(bob.caller):
        assert derived_from(caller=bob.caller, numbers=[1, 2, 3]) == []
        assert Derivation.objects.count() == 0


def test_statuses_change_all_or_none(alice: Person, three: list[str]) -> None:
    made(alice, "All three facts.", *three)
    alice.store("Fact number 1 of the house.")
    with pytest.raises(Conflict, match="says the same"):
        grain_restore(caller=alice.caller, ids=[UUID(id_) for id_ in three])
    assert [standing(alice)[id_] for id_ in three] == ["archived"] * 3


def test_a_twin_may_leave_while_another_comes(alice: Person) -> None:
    first = UUID(alice.store("The door is green.")["id"])
    with tenant(alice.caller):
        status_set(caller=alice.caller, statuses={first: Status.ARCHIVED})
    second = UUID(alice.store("The door is green.")["id"])
    with tenant(alice.caller):
        swapped = {second: Status.ARCHIVED, first: Status.ACTIVE}
        assert status_set(caller=alice.caller, statuses=swapped) == 2
    assert standing(alice) == {str(first): "active", str(second): "archived"}


def test_what_was_made_is_found_by_its_sources_after_embedding_anew_too(alice: Person, three: list[str]) -> None:
    number = number_of(alice, made(alice, "All three facts.", *three))
    with tenant(alice.caller):
        Passage.objects.filter(grain_number=number).update(model="another")
    assert list(reembed(caller=alice.caller)) == [1]
    with tenant(alice.caller):
        whole, *parts = Passage.objects.filter(grain_number=number).order_by("n")
        sources = Passage.objects.filter(grain_number__in=[number_of(alice, id_) for id_ in three], n=0)
        own = [one.embedding for one in sources.order_by("grain_number")]
    assert np.allclose([one.embedding for one in parts], own, atol=0.02)
    assert whole.n == 0
