"""Memories without sessions that continue each other, as a chat that was stored without naming its session."""

from accounts.door import tenant
from retrieval.arrays import pipelined
from retrieval.sizes import STREAM_LEAST, size_keep, size_statement
from tests.people import Person

SUBJECTS = ("the kiln", "our garden", "her violin", "the boat", "a recipe", "his thesis", "the dog", "the roof", "tea")
TURNS = (
    "Did you hear about {}?",
    "No, what happened to {}?",
    "It took all weekend to look after {}.",
    "Would you show me {}?",
    "Yes, come on Friday and see {}.",
)


def stream_of(person: Person) -> float:
    """How far the memories of the person's namespace continue each other, counted now."""
    with tenant(person.caller, durable=False):
        ((row,),) = pipelined([size_statement(person.caller.namespace_id)])
    return size_keep(person.caller.namespace_id, row).stream


def talk() -> list[dict[str, str]]:
    return [{"content": turn.format(subject)} for subject in SUBJECTS for turn in TURNS]


def test_turns_in_their_order_are_a_stream(alice):
    alice.store_batch(*talk())
    assert stream_of(alice) == 1


def test_the_same_turns_shuffled_are_a_pile(alice):
    turns = talk()
    alice.store_batch(*(turns[n * 13 % len(turns)] for n in range(len(turns))))
    assert stream_of(alice) == 0


def test_turns_in_sessions_are_no_stream(alice):
    alice.store_batch(*({**turn, "session": "s1"} for turn in talk()))
    assert stream_of(alice) == 0


def test_a_few_memories_are_no_stream(alice):
    alice.store_batch(*talk()[: STREAM_LEAST - 1])
    assert stream_of(alice) == 0


def test_an_empty_namespace_is_no_stream(alice):
    assert stream_of(alice) == 0


def test_bobs_stream_is_not_alices(alice, bob):
    bob.store_batch(*talk())
    alice.store("The kiln is broken.")
    assert stream_of(alice) == 0


def test_the_turn_after_the_question_is_found_through_it(alice):
    fillers = [{"content": f"Nothing much to say about number {n}, is there?"} for n in range(60)]
    question = {"content": "Where did Ana go for her honeymoon?"}
    answer = {"content": "Sicily! Two weeks."}
    alice.store_batch(*fillers[:30], question, answer, *fillers[30:])
    assert alice.recall("Where was Ana's honeymoon?", limit=5)[:2] == [question["content"], answer["content"]]
