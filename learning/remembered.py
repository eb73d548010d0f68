"""The graph as this process remembers it: a recall then walks in memory, in a fraction of the time of SQL.

The database stays the only truth. Triggers log which entries, grains and wordings every statement touches
(migration 0011); each recall reads, in its first trip, the log from the oldest transaction that was still running when
this process last looked, and then what it has not seen yet. So every change counts as soon as it is committed,
whichever process made it.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

import numpy as np
import structlog
from cachetools import LRUCache
from django.conf import settings
from django.db import DatabaseError, connection

from accounts.door import Caller, tenant
from learning import constants as c
from learning.adjacency import Adjacency, GrainIds, Numbers, columns_of
from learning.decay import TAUGHT
from learning.wordings import Wordings
from retrieval.arrays import Statement, pipelined

log = structlog.get_logger(__name__)

MOST_CONDUITS = 3_000_000  # of one namespace; one with more is asked by SQL
AT_ONCE = 20_000  # conduits that a recall reads itself, in some 30 ms; more are read beside it
TRUSTED = 3600.0  # seconds without a look; the log is kept longer (use.tidying)
MOST_CHANGES = 1_000  # unseen lines of the log from which all is read again

# The log from a transaction on; without lines one row that tells the oldest running transaction.
CHANGES_SQL = f"""
SELECT now.horizon::text::bigint, change.id, change.entries, change.grains, change.wordings
FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS horizon) AS now
LEFT JOIN LATERAL (
    SELECT * FROM learning_change
    WHERE namespace_id = %s AND xid >= %s::text::xid8 ORDER BY xid LIMIT {MOST_CHANGES}
) AS change ON true
"""  # noqa: S608 (our own constants)
_COLUMNS = f"""
    array_agg(origin), array_agg(target), array_agg(relation), array_agg(weight), array_agg(decay_class),
    array_agg(provenance IN ({", ".join(f"'{one}'" for one in TAUGHT)})),
    array_agg(date_part('epoch', last_used_at)), array_agg(date_part('epoch', created_at))
"""
_WALKED = f"relation NOT IN ({', '.join(str(int(relation)) for relation in c.UNWALKED)})"
ALL_ENTRIES_SQL = f"""
SELECT {_COLUMNS} FROM (
    SELECT *, entry AS origin FROM learning_conduit WHERE namespace_id = %s AND entry IS NOT NULL
) AS conduit
"""  # noqa: S608 (our own constants)
ALL_GRAINS_SQL = f"""
SELECT {_COLUMNS} FROM (
    SELECT *, source AS origin FROM learning_conduit WHERE namespace_id = %s AND source IS NOT NULL AND {_WALKED}
) AS conduit
"""  # noqa: S608 (our own constants)
# Of some origins, as many as a recall reads: hubs that the job has not tidied yet slow nobody. Parameters: origins,
# namespace.
ENTRIES_SQL = f"""
SELECT {_COLUMNS} FROM unnest(%s::bigint[]) AS wanted (origin) CROSS JOIN LATERAL (
    SELECT * FROM learning_conduit
    WHERE namespace_id = %s AND entry = wanted.origin ORDER BY target LIMIT {c.WORDING_FAN}
) AS conduit
"""  # noqa: S608 (our own constants)
GRAINS_SQL = f"""
SELECT {_COLUMNS} FROM unnest(%s::bigint[]) AS wanted (origin) CROSS JOIN LATERAL (
    SELECT * FROM learning_conduit
    WHERE namespace_id = %s AND source = wanted.origin AND {_WALKED} ORDER BY target, relation LIMIT {c.GRAIN_FAN}
) AS conduit
"""  # noqa: S608 (our own constants)
COUNT_SQL = """
SELECT count(*) FROM (SELECT FROM learning_conduit WHERE namespace_id = %s LIMIT %s) AS conduit
"""
WORDINGS_SQL = """
SELECT array_agg(entry), string_agg(halfvec_send(embedding), ''::bytea) FROM learning_wording WHERE namespace_id = %s
"""
IDS_SQL = """
SELECT array_agg(number), string_agg(uuid_send(id), ''::bytea) FROM grains_grain WHERE namespace_id = %s
"""


@dataclass(frozen=True, slots=True)
class Graph:
    """A namespace's graph: with every change below transaction `horizon`, and those lines of the log that were seen.

    `entries` and `grains` are conduits by where they start, None where there are too many or they are still to be read.
    """

    horizon: int
    seen: frozenset[int]
    wordings: Wordings
    entries: Adjacency | None = None
    grains: Adjacency | None = None
    ids: GrainIds = field(default_factory=lambda: GrainIds.of(None, None))
    too_many: bool = False

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        conduits = sum(one.nbytes for one in (self.entries, self.grains) if one)
        return 1_000 + self.wordings.nbytes + self.ids.nbytes + conduits


class _Kept:
    """A graph and when this process last looked whether it holds."""

    __slots__ = ("graph", "looked_at")

    def __init__(self, graph: Graph) -> None:
        self.graph, self.looked_at = graph, time.monotonic()


_kept: LRUCache[int, _Kept] = LRUCache(settings.GRAPH_MEGABYTES << 20, getsizeof=lambda kept: kept.graph.nbytes)
_lock = Lock()
_reading: set[int] = set()
_reader = ThreadPoolExecutor(1, "graph")


def graph_known(namespace_id: int) -> Graph | None:
    """What this process remembers, to be checked by `graph_now`; None for nothing."""
    with _lock:
        kept = _kept.get(namespace_id)
    if kept is None or time.monotonic() - kept.looked_at > TRUSTED:
        return None
    return kept.graph


def changes_statement(namespace_id: int, known: Graph | None) -> Statement:
    """What reads the changes since `known`, for `graph_now`."""
    return CHANGES_SQL, [namespace_id, 0 if known is None else known.horizon]


def graph_now(namespace_id: int, known: Graph | None, changes: Sequence[tuple[Any, ...]]) -> Graph:
    """The graph with all changes that were committed when `changes` was asked, inside the open door."""
    horizon = changes[0][0]
    if known is None or len(changes) >= MOST_CHANGES or horizon < known.horizon:  # the last: another database
        return _read_all(namespace_id, horizon)
    fresh = [line for line in changes if line[1] is not None and line[1] not in known.seen]
    if known.entries is None and not known.too_many:
        _read_beside(namespace_id)
    if not fresh:
        _looked(namespace_id)
        return known
    if any(line[2] is None for line in fresh):
        return _read_all(namespace_id, horizon)
    found = _caught_up(namespace_id, known, fresh)
    return _keep(namespace_id, replace(found, horizon=horizon, seen=frozenset(line[1] for line in changes)))


def grain_ids(namespace_id: int, numbers: Numbers) -> GrainIds:
    """Ids of these grains, inside the open door."""
    (row,) = pipelined([_ids_statement(namespace_id, numbers)])[0]
    return GrainIds.of(*row)


def _ids_statement(namespace_id: int, numbers: Numbers) -> Statement:
    return f"{IDS_SQL} AND number = ANY(%s)", [namespace_id, numbers]


def _caught_up(namespace_id: int, known: Graph, fresh: Sequence[tuple[Any, ...]]) -> Graph:
    """`known` with what there is now of all that those lines of the log name."""
    entries, grains, wordings = (np.unique(np.concatenate([line[n] for line in fresh])) for n in (2, 3, 4))
    statements: list[Statement] = [
        (ENTRIES_SQL, [entries, namespace_id]),
        (GRAINS_SQL, [grains, namespace_id]),
        (f"{WORDINGS_SQL} AND entry = ANY(%s)", [namespace_id, wordings]),
        _ids_statement(namespace_id, grains),
    ]
    (by_entry,), (by_grain,), (worded,), (named,) = pipelined(statements)
    return replace(
        known,
        wordings=known.wordings.replaced(wordings, Wordings.read(*worded)),
        entries=known.entries and known.entries.replaced(entries, columns_of(by_entry)),
        grains=known.grains and known.grains.replaced(grains, columns_of(by_grain)),
        ids=known.ids.with_more(GrainIds.of(*named)),
    )


def _read_all(namespace_id: int, horizon: int) -> Graph:
    """All there is: the conduits at once where they are few, else beside the recall, which asks by SQL until then."""
    ((count,),), (worded,) = pipelined([(COUNT_SQL, [namespace_id, AT_ONCE + 1]), (WORDINGS_SQL, [namespace_id])])
    graph = Graph(horizon, frozenset(), Wordings.read(*worded))
    if count <= AT_ONCE:
        graph = _with_conduits(namespace_id, graph)
    else:
        _read_beside(namespace_id)
    return _keep(namespace_id, graph)


def _with_conduits(namespace_id: int, graph: Graph) -> Graph:
    wanted = [(sql, [namespace_id]) for sql in (ALL_ENTRIES_SQL, ALL_GRAINS_SQL, IDS_SQL)]
    (by_entry,), (by_grain,), (named,) = pipelined(wanted)
    entries, grains = Adjacency.of(columns_of(by_entry)), Adjacency.of(columns_of(by_grain))
    return replace(graph, entries=entries, grains=grains, ids=GrainIds.of(*named))


def _keep(namespace_id: int, graph: Graph) -> Graph:
    """Remember a graph; one whose conduits are still to be read takes no other's place."""
    waits = graph.entries is None and not graph.too_many
    with _lock:
        held = _kept.get(namespace_id)
        if graph.nbytes < _kept.maxsize and not (waits and held and held.graph.entries is not None):
            _kept[namespace_id] = _Kept(graph)
    return graph


def _looked(namespace_id: int) -> None:
    with _lock:
        kept = _kept.get(namespace_id)
    if kept is not None:
        kept.looked_at = time.monotonic()


def _read_beside(namespace_id: int) -> None:
    """Read the conduits in a thread of their own, one namespace at a time, unless that is under way."""
    with _lock:
        if namespace_id in _reading:
            return
        _reading.add(namespace_id)
    _reader.submit(_read_conduits, namespace_id)


def _read_conduits(namespace_id: int) -> None:
    try:
        graph_read(namespace_id)
    except DatabaseError as error:  # the next recall has it tried again
        log.warning("graph_unread", error=type(error).__name__)
    finally:
        with _lock:
            _reading.discard(namespace_id)
        connection.close()


def graph_read(namespace_id: int) -> None:
    """Remember all of a namespace's graph, outside any door; without its conduits where they are too many."""
    with tenant(Caller(namespace_id, "", "graph", frozenset()), durable=False):
        changes, ((count,),), (worded,) = pipelined(
            [
                changes_statement(namespace_id, None),
                (COUNT_SQL, [namespace_id, MOST_CONDUITS + 1]),
                (WORDINGS_SQL, [namespace_id]),
            ]
        )
        graph = Graph(changes[0][0], frozenset(), Wordings.read(*worded))
        few = count <= MOST_CONDUITS
        _keep(namespace_id, _with_conduits(namespace_id, graph) if few else replace(graph, too_many=True))
