"""The console's door: several namespaces at once, none besides; what is done to one of them narrows it."""

import pytest

from accounts.deeds import deed_append
from accounts.door import tenant, wide
from accounts.models import Deed
from grains.models import Grain
from tests.people import Person


def seen() -> set[int]:
    return set(Grain.objects.values_list("namespace_id", flat=True))


@pytest.fixture
def three(alice: Person, bob: Person, newcomer) -> tuple[Person, Person, Person]:
    carol = newcomer("carol")
    for person in (alice, bob, carol):
        person.store("a fact")
    return alice, bob, carol


def test_it_shows_the_namespaces_that_are_named_and_no_other(three):
    alice, bob, _ = three
    with wide([alice.caller, bob.caller]):
        assert seen() == {alice.namespace.pk, bob.namespace.pk}
    assert seen() == set()


def test_without_namespaces_it_shows_nothing(three):
    with wide([]):
        assert seen() == set()


def test_work_on_one_namespace_narrows_it_and_it_widens_again(three):
    alice, bob, _ = three
    with wide([alice.caller, bob.caller]):
        with tenant(alice.caller):
            assert seen() == {alice.namespace.pk}
        assert seen() == {alice.namespace.pk, bob.namespace.pk}


def test_work_that_fails_widens_it_again_and_leaves_nothing(three):
    alice, bob, _ = three

    def work() -> None:
        with tenant(alice.caller):
            deed_append(caller=alice.caller, verb="failed", subjects=[])
            raise LookupError

    with wide([alice.caller, bob.caller]):
        with pytest.raises(LookupError):
            work()
        assert seen() == {alice.namespace.pk, bob.namespace.pk}
        assert not Deed.objects.filter(verb="failed").exists()


def test_a_wide_door_inside_another_stands_for_its_own_namespaces(three):
    alice, bob, carol = three
    with wide([alice.caller]):
        with wide([bob.caller, carol.caller]):
            assert seen() == {bob.namespace.pk, carol.namespace.pk}
        assert seen() == {alice.namespace.pk}


def test_it_writes_only_where_it_is_open(three):
    alice, bob, _ = three
    with wide([alice.caller]), pytest.raises(Exception, match="row-level security"), wide([alice.caller]):
        deed_append(caller=bob.caller, verb="forged", subjects=[])


def test_it_cannot_be_opened_inside_the_door_of_a_tenant(three):
    alice, bob, _ = three
    with tenant(alice.caller), pytest.raises(RuntimeError), wide([bob.caller]):
        pass
