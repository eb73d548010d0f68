"""What waits in the outbox, and what was given up."""

from django.db import connection, connections

from accounts.models import Deed
from accounts.operator import operator, scan
from accounts.outbox.consumers import Batch, consumer_named
from accounts.outbox.models import DeadLetter

MOST = 100_000  # the undiscovered are counted up to here: more is simply too much


def backlog(namespace_id: int | None = None) -> int:
    """How many deeds wait for the consumer that is furthest behind, in one namespace or in all.

    Cheap, and open to every process: what was found and not handled stands in the places, and what no worker has
    looked at yet is counted from an index, up to MOST.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT garner_backlog(%s, %s)", [namespace_id, MOST])
        (count,) = cursor.fetchone()
    return int(count)


def dead_letters(*, using: str | None = None) -> list[DeadLetter]:
    """The dead letters of the open door's namespace, newest first; of all of them without a door, as the operator."""
    if using is not None:
        return list(DeadLetter.objects.using(using).order_by("-at"))
    with scan() as alias:
        return list(DeadLetter.objects.using(alias).order_by("-at"))


def revive(letter: DeadLetter) -> None:
    """Hand a dead letter's deed to its consumer again; when the handler succeeds, the letter is gone.

    It comes after deeds that are younger: order was lost when it was buried. The handler's error is raised.
    """
    with operator([letter.namespace_id]) as alias:
        gone, _ = DeadLetter.objects.using(alias).filter(pk=letter.pk).delete()
        found = Deed.objects.using(alias).filter(namespace_id=letter.namespace_id, at=letter.deed_at, id=letter.deed_id)
        deeds = list(found)
        if gone and deeds:
            consumer_named(letter.consumer).handle(Batch(letter.namespace_id, deeds, alias))


def backlog_of_consumers() -> dict[str, int]:
    """How many found deeds wait for each consumer, over all namespaces, as the operator."""
    with scan() as alias, connections[alias].cursor() as cursor:
        cursor.execute("SELECT consumer, sum(pending) FROM accounts_place WHERE waiting GROUP BY consumer")
        return {name: int(count) for name, count in cursor.fetchall()}
