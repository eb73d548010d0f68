"""Memories that say the same in other words support each other, as long as they do."""

from typing import Any

import pytest

from accounts.door import tenant
from grains.models import Grain
from learning.models import Conduit, Relation
from tests.learning.background import contradictions_found
from tests.learning.graphs import switch
from tests.people import Person

pytestmark = pytest.mark.usefixtures("owner")
ONE, AGAIN = "The deploy script needs sudo.", "The deploy script needs sudo!"
OTHER = "The deploy script does not need sudo."


def supports(person: Person) -> set[tuple[int, int]]:
    with tenant(person.caller):
        found = Conduit.objects.filter(relation=Relation.SUPPORTS)
        return {(one.source or 0, one.target) for one in found}


def numbers(person: Person) -> list[int]:
    with tenant(person.caller):
        return list(Grain.objects.order_by("number").values_list("number", flat=True))


@pytest.fixture
def repeated(alice: Person) -> list[str]:
    ids = [alice.store(content)["id"] for content in (ONE, AGAIN)]
    contradictions_found(alice)
    return ids


def entries(person: Person) -> list[dict[str, Any]]:
    return list(person.call("get", "/v1/admin/journal?kind=link")["entries"])


def test_two_that_say_the_same_support_each_other(alice: Person, repeated: list[str]) -> None:
    one, again = numbers(alice)
    assert supports(alice) == {(one, again), (again, one)}
    assert alice.call("get", "/v1/admin/review/queue")["items"] == []
    assert {alice.inspect(id_)["status"] for id_ in repeated} == {"active"}


def test_what_contradicts_supports_nothing(alice: Person) -> None:
    for content in (ONE, OTHER):
        alice.store(content)
    contradictions_found(alice)
    assert supports(alice) == set()


def test_it_ends_when_one_of_them_says_something_else(alice: Person, repeated: list[str]) -> None:
    alice.update(id=repeated[1], content="The build script needs a token.")
    contradictions_found(alice)
    assert supports(alice) == set()


def test_it_is_in_the_journal_and_undone_it_stays_undone(alice: Person, repeated: list[str]) -> None:
    (entry,) = entries(alice)
    told = alice.call("post", f"/v1/admin/journal/{entry['id']}/undo", {})
    assert told["restored"] == 2
    assert supports(alice) == set()
    alice.update(id=repeated[0], content="The deploy script needs sudo")
    contradictions_found(alice)
    assert supports(alice) == set()
    alice.call("post", f"/v1/admin/journal/{told['undo']}/undo", {})
    assert len(supports(alice)) == 2


def test_doing_it_again_changes_nothing(alice: Person, repeated: list[str]) -> None:
    first = supports(alice)
    contradictions_found(alice)
    assert supports(alice) == first
    assert len(entries(alice)) == 1


def test_switched_off_nothing_is_linked(alice: Person) -> None:
    switch(alice, contradiction="off")
    for content in (ONE, AGAIN):
        alice.store(content)
    contradictions_found(alice)
    assert supports(alice) == set()


def test_bobs_memory_supports_nothing_of_alices(alice: Person, bob: Person) -> None:
    alice.store(ONE)
    bob.store(AGAIN)
    for person in (alice, bob):
        contradictions_found(person)
    assert supports(alice) == supports(bob) == set()
