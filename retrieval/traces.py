"""The receipt of a recall: written before the answer, visible at once, not waiting for the disk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import structlog
from django.db import DatabaseError, transaction

from accounts.door import Caller
from accounts.storage import disk_is_full
from retrieval.arrays import pipelined
from retrieval.search import Search

log = structlog.get_logger(__name__)

TRACE_SQL = """
INSERT INTO retrieval_trace (namespace_id, id, at, actor, query, profile, decision, params, ranking)
SELECT id, %s, %s, %s, %s, %s, %s, %s::text::jsonb, %s::text::jsonb
FROM accounts_namespace WHERE id = %s  -- none is left of a namespace that was deleted meanwhile
"""


class Behind(NamedTuple):
    """What stands behind the results, best first, for paging."""

    numbers: Sequence[int]
    scores: Sequence[float]


NOTHING_BEHIND = Behind((), ())


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a trace says of a recall."""

    id: UUID
    at: datetime
    decision: str
    ranking: Sequence[dict[str, Any]]
    behind: Behind = NOTHING_BEHIND
    left_out: Mapping[str, str] = field(default_factory=dict)  # channels that did not answer in time, and why


def trace_write(caller: Caller, search: Search, receipt: Receipt, *, last: bool = False) -> None:
    """Write the receipt, inside the open door; visible at once to whoever holds its id. `last`: commits on the way.

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
        pipelined([(TRACE_SQL, [*row, params, ranking, caller.namespace_id])], last=last)
    except DatabaseError as error:
        if not disk_is_full(error):
            raise
        transaction.set_rollback(True)  # the recall's only write
        log.warning("disk_full", lost="trace")


def _rest(receipt: Receipt) -> dict[str, Any]:
    behind = {"behind": receipt.behind._asdict()} if receipt.behind.numbers else {}
    return {**behind, "left_out": receipt.left_out} if receipt.left_out else behind
