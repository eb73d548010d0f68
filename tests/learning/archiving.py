"""A job for tests of jobs: it archives the namespace's memories tagged `old`, two a step, in the order they came."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from accounts.door import tenant
from grains.models import Grain, Status
from grains.services.status import status_set
from learning.jobs import Work, job
from learning.jobs.registry import jobs
from tests.people import Person

NAME = "archiving"
_between: list[Callable[[Work], None]] = []


@contextmanager
def between_steps(action: Callable[[Work], None]) -> Iterator[None]:
    """Have `action` happen before each step of the job."""
    _between.append(action)
    try:
        yield
    finally:
        _between.remove(action)


def declare() -> None:
    if NAME not in jobs():
        job(NAME, every=timedelta(minutes=5))(archive_old)


def archive_old(work: Work) -> None:
    """Archives what is tagged old.

    The second line is not for people.
    """
    while numbers := next_two(work):
        for action in _between:
            action(work)
        with work.step(behind=numbers[-1]):
            grains = list(Grain.objects.filter(number__in=numbers).order_by("number"))
            status_set(caller=work.caller, statuses={grain.id: Status.ARCHIVED for grain in grains})
            work.journal(
                "archive",
                cause={"tag": "old"},
                before={"grain.status": {grain.id: grain.status for grain in grains}},
                after={"grain.status": {grain.id: Status.ARCHIVED for grain in grains}},
            )


def next_two(work: Work) -> list[int]:
    with tenant(work.caller):
        old = Grain.objects.filter(
            status=Status.ACTIVE, tags__contains=["old"], number__gt=work.progress.get("behind", 0)
        )
        return list(old.order_by("number").values_list("number", flat=True)[:2])


def old_memories(person: Person, count: int) -> list[str]:
    stored = person.store_batch(*({"content": f"fact number {n}", "tags": ["old"]} for n in range(count)))
    return [one["id"] for one in stored["stored"]]


def statuses(person: Person) -> list[str]:
    with tenant(person.caller):
        return list(Grain.objects.order_by("number").values_list("status", flat=True))
