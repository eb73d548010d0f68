"""After a change of the model, every memory that can be read gets vectors of the new one; stopping loses nothing."""

from io import StringIO
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from accounts.door import tenant
from accounts.models import Deed
from embedding import embed, encoder
from grains.models import Grain, Passage
from grains.services import reembed as service
from grains.services.reembed import Left, reembed, reembed_left
from tests.people import Person

LONG = " ".join(f"The {n}th thing is {n * n}." for n in range(120))


def passages(person: Person) -> list[Any]:
    with tenant(person.caller):
        rows = Passage.objects.filter(namespace_id=person.namespace.pk).order_by("grain_number", "version", "n")
        return list(rows.values_list("n", "current", "context_number", "model", "embedding"))


def spoil(person: Person, *, model: str = "another") -> None:
    """Vectors as another model would have left them."""
    noise = [1.0] + [0.0] * 383
    with tenant(person.caller):
        Passage.objects.filter(namespace_id=person.namespace.pk).update(model=model, embedding=noise)


def same(before: list[Any], after: list[Any]) -> bool:
    plain = [row[:4] for row in before] == [row[:4] for row in after]
    pairs = zip(before, after, strict=True)
    return plain and all(np.allclose(list(a[4]), list(b[4]), atol=2e-3) for a, b in pairs)


@pytest.fixture
def filled(alice: Person) -> Person:
    """A short memory, a turn in its context, one with windows, and a past version."""
    alice.store("The code of the safe is 4711.", session="s")
    alice.store("And the door is green.", session="s")
    alice.store(LONG)
    id_ = alice.store("It rained on Monday.")["id"]
    alice.update(id=id_, content="It rained on Tuesday.")
    return alice


def test_every_vector_is_as_if_it_had_been_stored_with_the_new_model(filled):
    before = passages(filled)
    spoil(filled)
    assert not same(before, passages(filled))
    assert sum(reembed(caller=filled.caller)) == 5
    assert same(before, passages(filled))
    assert reembed_left(caller=filled.caller) == Left(0, 0)
    assert filled.recall("What is the code of the safe?")[0] == "The code of the safe is 4711."


def test_what_is_told_of_a_text_is_found_again(filled):
    def flags() -> list[int]:
        with tenant(filled.caller):
            grains = Grain.objects.filter(namespace_id=filled.namespace.pk)
            return list(grains.order_by("number").values_list("flags", flat=True))

    before = flags()
    with tenant(filled.caller):
        Grain.objects.filter(namespace_id=filled.namespace.pk).update(flags=0)
    spoil(filled)
    assert sum(reembed(caller=filled.caller)) == 5
    assert flags() == before
    assert any(before)


def test_it_goes_on_where_it_was_stopped(filled, monkeypatch):
    monkeypatch.setattr(service, "BATCH", 2)
    spoil(filled)
    assert next(reembed(caller=filled.caller)) == 2
    assert reembed_left(caller=filled.caller).readable == 3
    assert list(reembed(caller=filled.caller)) == [2, 1]


def test_what_has_the_models_vectors_is_left_alone(filled):
    assert list(reembed(caller=filled.caller)) == []


def test_ciphertext_keeps_the_vector_of_its_owner(alice):
    vector = embed(["cats"], scope="test", operation="query")[0].tolist()
    alice.store("c2FmZQ", zero_knowledge=True, embedding=vector)
    with tenant(alice.caller):
        Passage.objects.filter(namespace_id=alice.namespace.pk).update(model="another")
    assert reembed_left(caller=alice.caller) == Left(0, 1)
    assert list(reembed(caller=alice.caller)) == []
    assert alice.recall("cats", query_embedding=vector) == ["c2FmZQ"]


def test_bobs_memories_are_not_touched(filled, bob):
    bob.store("Bob's own.")
    spoil(bob)
    list(reembed(caller=filled.caller))
    assert reembed_left(caller=bob.caller).readable == 1


def test_it_leaves_a_deed_for_each_batch(filled):
    spoil(filled)
    list(reembed(caller=filled.caller))
    with tenant(filled.caller):
        deed = Deed.objects.get(namespace_id=filled.namespace.pk, verb="reembed")
    assert (len(deed.subjects), deed.detail) == (4, {"model": encoder().name})


def told(*words: str) -> str:
    out = StringIO()
    call_command("reembed", *words, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_command_says_what_it_did(filled):
    spoil(filled)
    name = filled.namespace.name
    assert told("--namespace", name, "--dry-run") == f"{name}: 0 of 5 embedded anew.\n"
    assert told("--namespace", name) == f"{name}: 5 of 5 embedded anew.\n"
    with pytest.raises(CommandError):
        told("--namespace", "nobody")
