"""A consumer whose effects can be counted, and a process that runs it until it is killed.

As a program: `outbox_effects.py CONSUMER NAMESPACES SECONDS`: says "in the middle" inside its first handler, waits
SECONDS there, then goes on to drain.
"""

import sys
import time
from collections.abc import Callable
from uuid import UUID

import psycopg
from django.db import connections

TABLE_SQL = """
CREATE TABLE IF NOT EXISTS outbox_effect (n bigserial PRIMARY KEY, consumer text, namespace bigint, deed uuid);
GRANT ALL ON outbox_effect TO PUBLIC; GRANT ALL ON SEQUENCE outbox_effect_n_seq TO PUBLIC;
"""


def make_table(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as owner:
        owner.execute(TABLE_SQL)


def effects(dsn: str, consumer: str) -> dict[int, list[UUID]]:
    """The deeds that were handled, by namespace, in the order of their effects."""
    found: dict[int, list[UUID]] = {}
    with psycopg.connect(dsn, autocommit=True) as owner:
        rows = owner.execute("SELECT namespace, deed FROM outbox_effect WHERE consumer = %s ORDER BY n", [consumer])
        for namespace, deed in rows:
            found.setdefault(namespace, []).append(deed)
    return found


def effect(name: str, before: Callable[[object], None] = lambda deed: None) -> Callable[..., None]:
    """A handler that writes one row a deed; `before` may refuse."""

    def handle(batch) -> None:
        with connections[batch.using].cursor() as cursor:
            for deed in batch.deeds:
                before(deed)
                cursor.execute(
                    "INSERT INTO outbox_effect (consumer, namespace, deed) VALUES (%s, %s, %s)",
                    [name, batch.namespace_id, deed.id],
                )

    return handle


def main(name: str, seconds: float) -> None:
    import django

    django.setup()
    from accounts.outbox import Consumer, drain

    waits = [seconds]

    def pause(_: object) -> None:
        if waits:
            print("in the middle", flush=True)
            time.sleep(waits.pop())

    drain(Consumer(name, frozenset({"store"}), effect(name, pause)))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
