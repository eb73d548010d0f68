"""The receipt of a recall and the contents of its results: the third and last trip to the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import orjson
from numpy.typing import NDArray

from accounts.door import Caller
from grains.models import Grain
from grains.selectors import Memory
from retrieval.arrays import Statement, pipelined
from retrieval.search import Search

TRACE_SQL = """
INSERT INTO retrieval_trace (namespace_id, id, at, actor, query, profile, decision, params, ranking)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s::text::jsonb, %s::text::jsonb)
"""
_COLUMNS = [field.attname for field in Grain._meta.concrete_fields]  # noqa: SLF001 (Django's documented meta API)
RESULTS_SQL = f"""
SELECT version.content, {", ".join(f'grain."{column}"' for column in _COLUMNS)}
FROM grains_grain AS grain
JOIN grains_version AS version ON version.namespace_id = grain.namespace_id AND version.grain_id = grain.id
WHERE grain.namespace_id = %s AND grain.number = ANY(%s) AND {{time}}
"""  # noqa: S608 (our own columns)
VECTORS_SQL = """
SELECT grain_number, embedding::real[] FROM grains_passage
WHERE namespace_id = %s AND grain_number = ANY(%s) AND n = 0 AND current
"""
_CURRENT = "version.ended_at IS NULL"
_AT = "version.created_at <= %s AND (version.ended_at IS NULL OR version.ended_at > %s)"
PROFILE = "garner"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a trace says of a recall."""

    id: UUID
    at: datetime
    decision: str
    ranking: Sequence[dict[str, Any]]


def memories_of(
    caller: Caller, search: Search, numbers: NDArray[np.int64], *, vectors: bool
) -> tuple[dict[int, Memory], dict[int, list[float]]]:
    """The memories with these numbers as of the search's moment, and their vectors when they are asked for."""
    moments = [search.as_of, search.as_of] if search.as_of else []
    sql = RESULTS_SQL.format(time=_AT if search.as_of else _CURRENT)
    statements: list[Statement] = [(sql, [caller.namespace_id, numbers, *moments])]
    if vectors:
        statements.append((VECTORS_SQL, [caller.namespace_id, numbers]))
    rows, *embeddings = pipelined(statements)
    grains = [(Grain.from_db("default", _COLUMNS, row[1:]), row[0]) for row in rows]
    return (
        {grain.number: Memory(grain, content) for grain, content in grains},
        {number: vector.tolist() for number, vector in embeddings[0]} if vectors else {},
    )


def trace_write(caller: Caller, search: Search, receipt: Receipt) -> None:
    """Write the receipt, inside the open door; visible at once to whoever holds its id."""
    params = orjson.dumps({**search.params(), **caller.stated}).decode()
    ranking = orjson.dumps(receipt.ranking).decode()
    row = [
        caller.namespace_id,
        receipt.id,
        receipt.at,
        caller.subject,
        search.query,
        PROFILE,
        receipt.decision,
    ]
    pipelined([(TRACE_SQL, [*row, params, ranking])])
