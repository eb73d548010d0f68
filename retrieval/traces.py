"""The receipt of a recall and the contents of its results: the third and last trip to the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import orjson
import structlog
from django.db import DatabaseError, transaction
from numpy.typing import NDArray

from accounts.door import Caller
from accounts.storage import disk_is_full
from grains.models import Grain
from grains.selectors import Memory
from retrieval.arrays import Statement, pipelined
from retrieval.search import Search

log = structlog.get_logger(__name__)

TRACE_SQL = """
INSERT INTO retrieval_trace (namespace_id, id, at, actor, query, profile, decision, params, ranking)
SELECT id, %s, %s, %s, %s, %s, %s, %s::text::jsonb, %s::text::jsonb
FROM accounts_namespace WHERE id = %s  -- none is left of a namespace that was deleted meanwhile
"""
_COLUMNS = [field.attname for field in Grain._meta.concrete_fields]  # noqa: SLF001 (Django's documented meta API)
RESULTS_SQL = f"""
SELECT version.content, {", ".join(f'grain."{column}"' for column in _COLUMNS)}
FROM grains_grain AS grain
JOIN grains_version AS version ON version.namespace_id = grain.namespace_id AND version.grain_id = grain.id
WHERE grain.namespace_id = %s AND grain.number = ANY(%s) AND {{time}}
"""  # noqa: S608 (our own columns)
VECTORS_SQL = """
SELECT passage.grain_number, passage.embedding::real[]
FROM grains_passage AS passage
JOIN grains_grain AS grain ON grain.namespace_id = passage.namespace_id AND grain.number = passage.grain_number
JOIN grains_version AS version
  ON version.namespace_id = grain.namespace_id AND version.grain_id = grain.id AND version.n = passage.version
WHERE passage.namespace_id = %s AND passage.grain_number = ANY(%s) AND passage.n = 0 AND {time}
"""
_CURRENT = "version.ended_at IS NULL"
_AT = "version.created_at <= %s AND (version.ended_at IS NULL OR version.ended_at > %s)"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a trace says of a recall."""

    id: UUID
    at: datetime
    decision: str
    ranking: Sequence[dict[str, Any]]
    rest: Sequence[tuple[int, float]] = ()  # what stands behind the results: grain numbers and scores, for paging


def memories_of(
    caller: Caller, search: Search, numbers: NDArray[np.int64], *, vectors: bool
) -> tuple[dict[int, Memory], dict[int, list[float]]]:
    """The memories with these numbers as of the search's moment, and their vectors when they are asked for."""
    moments = [search.as_of, search.as_of] if search.as_of else []
    wanted = [RESULTS_SQL, VECTORS_SQL] if vectors else [RESULTS_SQL]
    time = _AT if search.as_of else _CURRENT
    statements: list[Statement] = [(sql.format(time=time), [caller.namespace_id, numbers, *moments]) for sql in wanted]
    rows, *embeddings = pipelined(statements)
    grains = [(Grain.from_db("default", _COLUMNS, row[1:]), row[0]) for row in rows]
    return (
        {grain.number: Memory(grain, content) for grain, content in grains},
        {number: vector.tolist() for number, vector in embeddings[0]} if vectors else {},
    )


def trace_write(caller: Caller, search: Search, receipt: Receipt) -> None:
    """Write the receipt, inside the open door; visible at once to whoever holds its id.

    On a full disk there is none, and its id is unknown to feedback: answering matters more.
    """
    params = orjson.dumps({**search.params(), **caller.stated, **_rest(receipt)}).decode()
    ranking = orjson.dumps(receipt.ranking).decode()
    row = [
        receipt.id,
        receipt.at,
        caller.subject,
        search.query,
        search.profile,
        receipt.decision,
    ]
    try:
        pipelined([(TRACE_SQL, [*row, params, ranking, caller.namespace_id])])
    except DatabaseError as error:
        if not disk_is_full(error):
            raise
        transaction.set_rollback(True)  # the recall's only write
        log.warning("disk_full", lost="trace")


def _rest(receipt: Receipt) -> dict[str, Any]:
    return {"rest": receipt.rest} if receipt.rest else {}
