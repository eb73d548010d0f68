"""The graph's tables keep tenants apart, and go with what they are about."""

from typing import Any

import pytest
from django.db import IntegrityError
from pgvector import HalfVector

from accounts.door import tenant
from accounts.services.namespaces import as_operator
from grains.models import DIMENSION, Grain
from learning.models import Conduit, Entry, EntryKind, Relation, Wording
from tests.people import Person


def grain_of(person: Person, content: str) -> int:
    id_ = person.store(content)["id"]
    with tenant(person.caller):
        return Grain.objects.get(id=id_).number


def wording(person: Person, key: int) -> None:
    Entry.objects.create(namespace_id=person.namespace.pk, key=key, kind=EntryKind.WORDING)
    Wording.objects.create(namespace_id=person.namespace.pk, entry=key, embedding=HalfVector([0.1] * DIMENSION))


def test_a_forgotten_memory_takes_its_conduits_along(alice: Person) -> None:
    one, other = grain_of(alice, "the safe code is 4711"), grain_of(alice, "the safe is in the cellar")
    with tenant(alice.caller):
        Entry.objects.create(namespace_id=alice.namespace.pk, key=7, kind=EntryKind.TERM)
        Conduit.objects.create(namespace_id=alice.namespace.pk, entry=7, target=one)
        Conduit.objects.create(namespace_id=alice.namespace.pk, source=other, target=one)
        Conduit.objects.create(namespace_id=alice.namespace.pk, source=one, target=other, relation=Relation.SUPPORTS)
        Conduit.objects.create(namespace_id=alice.namespace.pk, entry=7, target=other)
        gone = Grain.objects.get(number=one).id
    alice.forget(ids=[str(gone)])
    with tenant(alice.caller):
        assert [(c.entry, c.target) for c in Conduit.objects.all()] == [(7, other)]


@pytest.mark.parametrize("ends", [{"entry": 7}, {"source": "hers"}, {"target": "hers", "entry": 7}])
def test_the_database_refuses_a_conduit_between_two_namespaces(
    alice: Person, bob: Person, ends: dict[str, Any]
) -> None:
    hers, his = grain_of(alice, "the safe code is 4711"), grain_of(bob, "bob's own")
    with tenant(alice.caller):
        wording(alice, 7)
    if ends.get("target"):
        with tenant(bob.caller):
            wording(bob, 7)
    fields = {"target": his, **{name: hers if value == "hers" else value for name, value in ends.items()}}
    with pytest.raises(IntegrityError), tenant(as_operator(bob.namespace)):
        Conduit.objects.create(namespace_id=bob.namespace.pk, **fields)


def test_bob_sees_none_of_alices_graph(alice: Person, bob: Person) -> None:
    hers = grain_of(alice, "the safe code is 4711")
    with tenant(alice.caller):
        wording(alice, 7)
        Conduit.objects.create(namespace_id=alice.namespace.pk, entry=7, target=hers, weight=-0.5)
    with tenant(bob.caller):
        assert [model.objects.count() for model in (Entry, Wording, Conduit)] == [0, 0, 0]


@pytest.mark.parametrize("fields", [{"entry": 7, "source": 1}, {}, {"entry": 7, "weight": 1.5}])
def test_a_conduit_has_one_origin_and_a_bounded_weight(alice: Person, fields: dict[str, Any]) -> None:
    hers = grain_of(alice, "the safe code is 4711")
    if "source" in fields:
        fields = {**fields, "source": hers}
    with tenant(alice.caller):
        wording(alice, 7)
    with pytest.raises(IntegrityError), tenant(alice.caller):
        Conduit.objects.create(namespace_id=alice.namespace.pk, target=hers, **fields)
