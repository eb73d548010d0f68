"""Which part of a long memory answers: shown with the memory, so that nobody has to read all of it."""

from collections.abc import Sequence

import numpy as np

from accounts.door import Caller
from embedding.windows import Window
from grains.reading import WHOLE
from retrieval.arrays import pipelined, statement
from retrieval.candidates import Asked, time_of
from retrieval.fusion.pool import Pool
from retrieval.search import Search


def passages_of(caller: Caller, search: Search, asked: Asked, pool: Pool, shown: Sequence[int]) -> dict[int, Window]:
    """The best window of each of these grains that has any; one more round trip only where one is long."""
    long = pool.number[np.isin(pool.number, shown) & (pool.pieces > WHOLE)].astype(np.int64)
    if asked.vector is None or not len(long):
        return {}
    time, moments = time_of(search)
    ns = caller.namespace_id
    sql = statement("passages").format(time=time.replace("allowed.id", "grain.id"))
    (rows,) = pipelined([(sql, [asked.vector, ns, *moments, long, ns])])
    return {number: Window(int(best[1]), int(best[2])) for number, best in rows if best is not None}
