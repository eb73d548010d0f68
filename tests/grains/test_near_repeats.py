"""Near repeats are memories of their own: a threshold at write time would eat facts that differ in one digit."""

from collections.abc import Callable

import psycopg
import pytest

from grains.selectors import grain_count
from runtime.postgres import PostgresServer
from tests.people import Person

SIZE = 200


def fact(n: int) -> str:
    return f"Locker {1000 + 7 * n} opens with the code {4711 + 13 * n}."


def places(person: Person, facts: range) -> list[int]:
    """Where each fact stands when it is asked for by its own number; 99: not found."""
    at = []
    for n in facts:
        found = person.recall(f"What is the code of locker {1000 + 7 * n}?", limit=5)
        at.append(found.index(fact(n)) if fact(n) in found else 99)
    return at


@pytest.fixture(scope="module")
def holder(newcomer: Callable[..., Person]) -> Person:
    carol = newcomer("carol")
    carol.store_batch(*({"content": fact(n)} for n in range(SIZE)))
    return carol


def test_facts_that_differ_only_in_numbers_are_all_stored(holder: Person) -> None:
    assert grain_count(caller=holder.caller) == SIZE


def test_each_of_them_is_found_first_by_its_own_number_also_after_vacuum_analyze(
    holder: Person, servers: PostgresServer
) -> None:
    some = range(0, SIZE, 10)
    assert places(holder, some) == [0] * len(some)
    with psycopg.connect(servers.superuser_dsn("garner"), autocommit=True) as superuser:
        superuser.execute("VACUUM ANALYZE")
    assert places(holder, range(SIZE)) == [0] * SIZE


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Ana is allergic to nuts.", "Ana is not allergic to nuts."),
        ("The meeting is at 3 pm.", "The meeting is at 4 pm."),
        ("The safe code is 4711.", "The safe code is 4712."),
    ],
)
def test_what_differs_by_one_word_is_two_memories(alice: Person, one: str, two: str) -> None:
    assert alice.store(one)["id"] != alice.store(two)["id"]
    assert set(alice.recall(one)) == {one, two}
