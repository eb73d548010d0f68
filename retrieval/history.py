"""Whether past recalls make the next one slower: a namespace with many behind it against one like it with none."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from django.db import connection

from accounts.door import Caller, tenant
from accounts.services.namespaces import as_operator, namespace_create, namespace_delete
from grains.services.store import grain_store_batch
from retrieval.profiling import made_up_memories, made_up_queries
from retrieval.recall import recall
from retrieval.search import Search

BATCH = 200
WARM_UP = 20  # recalls that are made and not counted, in each namespace
# What a recall leaves behind is one trace; its copies are as many recalls, a millisecond apart.
COPY_SQL = """
INSERT INTO retrieval_trace (namespace_id, id, at, actor, query, profile, decision, params, ranking)
SELECT namespace_id, gen_random_uuid(), at - n * interval '1 millisecond', actor, query, profile, decision, params,
       ranking
FROM (SELECT * FROM retrieval_trace WHERE namespace_id = %s ORDER BY at DESC LIMIT 1) AS last
CROSS JOIN generate_series(1, %s) AS n
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """Median milliseconds of a recall without and with history."""

    without: float
    behind: float

    @property
    def change(self) -> float:
        """By which share history makes a recall slower; negative when it is faster."""
        return self.behind / self.without - 1


def compared(*, grains: int, recalls: int, queries: int) -> Compared:
    """Measure both in turns, so that whatever else the machine does falls on both."""
    with _namespace("without", grains) as fresh, _namespace("behind", grains) as old:
        asked = made_up_queries(queries + WARM_UP)
        for caller in (fresh, old):
            for query in asked[:WARM_UP]:
                _timed(caller, query)
        with tenant(old), connection.cursor() as cursor:
            cursor.execute(COPY_SQL, [old.namespace_id, recalls])
        times = [(_timed(fresh, query), _timed(old, query)) for query in asked[WARM_UP:]]
    return Compared(median(one for one, _ in times), median(one for _, one in times))


def _timed(caller: Caller, query: str) -> float:
    started = time.perf_counter()
    recall(caller=caller, search=Search(query))
    return 1000 * (time.perf_counter() - started)


@contextmanager
def _namespace(name: str, grains: int) -> Iterator[Caller]:
    namespace = namespace_create(name=f"history-{name}-{time.time_ns()}")
    try:
        caller = as_operator(namespace)
        drafts = list(made_up_memories(grains))
        for start in range(0, grains, BATCH):
            grain_store_batch(caller=caller, drafts=drafts[start : start + BATCH])
        yield caller
    finally:
        namespace_delete(name=namespace.name, confirm=namespace.name)
