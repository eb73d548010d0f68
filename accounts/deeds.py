"""Writing deeds: the append-only log of every change, in the transaction of the change. Ids, never content."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db import DEFAULT_DB_ALIAS, connection, connections

import clock
from accounts.door import Caller

DEED_SQL = """
INSERT INTO accounts_deed (namespace_id, id, at, actor, verb, subjects, detail)
VALUES (%s, %s, %s, %s, %s, %s::uuid[], %s::text::jsonb)
"""


def deed_statement(
    *, caller: Caller, verb: str, subjects: Sequence[UUID], detail: Mapping[str, object] | None = None
) -> tuple[str, list[Any]]:
    """deed_append() as a statement, to be run with those of the change."""
    moment, told = clock.now(), orjson.dumps({**(detail or {}), **caller.stated}).decode()
    return DEED_SQL, [caller.namespace_id, clock.new_id(moment), moment, caller.subject, verb, list(subjects), told]


def deed_append(
    *,
    caller: Caller,
    verb: str,
    subjects: Sequence[UUID],
    detail: Mapping[str, object] | None = None,
    using: str | None = None,
) -> None:
    """Log that `caller` did `verb` to `subjects`, inside the open door.

    `detail` holds causes and version numbers; content has no place in it.
    """
    if not connection.in_atomic_block and using is None:
        raise RuntimeError("A deed is written in the transaction of its change.")
    with connections[using or DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(*deed_statement(caller=caller, verb=verb, subjects=subjects, detail=detail))
