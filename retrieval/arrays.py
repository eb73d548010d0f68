"""The statements of a recall: one round trip for several, a whole candidate set as one row of arrays."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from django.db import connection

from accounts.door import closes_alone, opening_taken
from retrieval.trips import Rows, Statement, trip

__all__ = ["Rows", "Statement", "pipelined", "statement"]


@cache
def statement(name: str) -> str:
    """A statement of retrieval/sql/, for str.format."""
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text()


def pipelined(statements: Sequence[Statement], *, last: bool = False) -> list[Rows]:
    """Run prepared statements on the open door's connection in one round trip; return each one's rows.

    The `last` trip of a door commits as well, if the door is nobody else's. Raises RuntimeError outside a transaction:
    only the door opens one.
    """
    raw = connection.connection
    if raw is None or not connection.in_atomic_block:
        raise RuntimeError("Statements run inside the door only.")
    opening = opening_taken()
    with connection.wrap_database_errors:
        if opening is None:
            return trip(raw, statements, commit=last and closes_alone())
        return trip(raw, [opening, *statements], commit=last and closes_alone())[1:]
