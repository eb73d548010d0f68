"""A short turn's vector carries the turn before it; when that one goes or changes, nothing of it stays."""

import numpy as np
from numpy.typing import NDArray

from accounts.door import tenant
from embedding import embed
from grains.models import Grain, Passage
from tests.people import Person

TURNS = ("Do you have pets?", "Yes, a parrot called Coco.", "How old is it?")


def vectors(person: Person) -> dict[int, tuple[int | None, NDArray[np.float32]]]:
    """(the context's turn, the vector) of each turn's current whole passage."""
    with tenant(person.caller):
        turns = dict(Grain.objects.values_list("number", "turn"))
        passages = Passage.objects.filter(n=0, current=True)
        return {
            turns[p.grain_number]: (
                turns.get(p.context_number) if p.context_number else None,
                np.array(p.embedding, np.float32),
            )
            for p in passages
        }


def alone(person: Person, text: str) -> NDArray[np.float32]:
    (vector,) = embed([text], scope=str(person.namespace.pk), operation="store")
    return np.asarray(vector)


def near(one: NDArray[np.float32], two: NDArray[np.float32]) -> bool:
    return bool(np.allclose(one, two, atol=2e-3))  # half precision


def stored_turns(person: Person) -> list[str]:
    stored = person.store_batch(*({"content": text, "session": "s"} for text in TURNS))["stored"]
    return [answer["id"] for answer in stored]


def test_a_turn_carries_the_one_before_it_in_a_batch_and_one_by_one(alice: Person, bob: Person) -> None:
    stored_turns(alice)
    for text in TURNS:
        bob.store(text, session="s")
    for person in (alice, bob):
        assert {turn: context for turn, (context, _) in vectors(person).items()} == {0: None, 1: 0, 2: 1}
    assert all(near(vectors(alice)[turn][1], vectors(bob)[turn][1]) for turn in range(3))
    assert not near(vectors(alice)[1][1], alone(alice, TURNS[1]))


def test_memories_without_a_session_carry_nothing_else(alice: Person) -> None:
    alice.store_batch(*({"content": text} for text in TURNS))
    with tenant(alice.caller):
        assert not Passage.objects.exclude(context_number=None).exists()


def test_a_turn_of_another_session_is_not_carried(alice: Person) -> None:
    alice.store(TURNS[0], session="s")
    alice.store(TURNS[1], session="t")
    with tenant(alice.caller):
        assert not Passage.objects.exclude(context_number=None).exists()


def test_after_forgetting_a_turn_the_next_ones_vector_is_that_of_its_text_alone(alice: Person) -> None:
    first = stored_turns(alice)[0]
    before = vectors(alice)[2]
    alice.forget(ids=[first])
    context, vector = vectors(alice)[1]
    assert context is None
    assert near(vector, alone(alice, TURNS[1]))
    assert vectors(alice)[2][0] == before[0]
    assert near(vectors(alice)[2][1], before[1])


def test_no_passage_names_a_forgotten_grain(alice: Person) -> None:
    ids = stored_turns(alice)
    with tenant(alice.caller):
        number = Grain.objects.get(id=ids[1]).number
    alice.forget(ids=[ids[1]])
    with tenant(alice.caller):
        assert not Passage.objects.filter(context_number=number).exists()
        assert not Passage.objects.filter(grain_number=number).exists()


def test_turns_that_lean_on_one_another_can_go_together(alice: Person) -> None:
    ids = stored_turns(alice)
    assert alice.forget(ids=ids[:2]) == {"deleted": 2}
    assert near(vectors(alice)[2][1], alone(alice, TURNS[2]))
    assert alice.forget(session="s") == {"deleted": 1}


def test_after_updating_a_turn_the_next_ones_vector_is_that_of_its_text_alone(alice: Person) -> None:
    first = stored_turns(alice)[0]
    alice.update(id=first, content="Do you keep reptiles?")
    context, vector = vectors(alice)[1]
    assert context is None
    assert near(vector, alone(alice, TURNS[1]))


def test_a_past_version_that_carried_a_forgotten_turn_is_embedded_anew_too(alice: Person) -> None:
    first, second, _ = stored_turns(alice)
    alice.update(id=second, content="No, none at all.")
    alice.forget(ids=[first])
    with tenant(alice.caller):
        number = Grain.objects.get(id=second).number
        past = Passage.objects.get(grain_number=number, version=1, n=0)
    assert past.context_number is None
    assert near(np.array(past.embedding, np.float32), alone(alice, TURNS[1]))


def test_a_long_turn_stands_alone(alice: Person) -> None:
    alice.store(TURNS[0], session="s")
    alice.store("The parrot says many words. " * 40, session="s")
    assert vectors(alice)[1][0] is None
