"""Distinct facts with numbers and names, as an agent stores them about a user."""

from typing import Any

from accounts.door import tenant
from grains.models import Grain
from tests.people import Person

_NAMES = "Ana Bela Carl Dora Emil Fred Gina Hugo Ines Jana Karl Lena Mara Nils Olga Paul Rosa Sven Tina Uwe"
_THINGS = "locker bicycle parcel invoice ticket cabinet garage window printer mailbox"
NAMES, THINGS = _NAMES.split(), _THINGS.split()


def fact(n: int) -> str:
    return f"{NAMES[n % len(NAMES)]}'s {THINGS[n // len(NAMES) % len(THINGS)]} has the number {7000 + 13 * n}."


def episodic(person: Person, count: int, **fields: Any) -> list[str]:
    """Store so many facts as episodic memories of one agent and user; their ids."""
    pair = {"agent": "assistant", "user": "sam", "memory_type": "episodic", **fields}
    stored = person.store_batch(*({"content": fact(n), **pair} for n in range(count)))
    return [one["id"] for one in stored["stored"]]


def by_status(person: Person) -> dict[str, int]:
    with tenant(person.caller):
        found: dict[str, int] = {}
        for status in Grain.objects.values_list("status", flat=True):
            found[status] = found.get(status, 0) + 1
        return found
