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


def passages_of(
    caller: Caller, search: Search, parts: Sequence[Asked], pool: Pool, shown: Sequence[int]
) -> dict[int, Window]:
    """The best window of each of these grains that has any, for whichever part of the question it answers best.

    One more round trip, and only where a grain is long.
    """
    long = pool.number[pool.pieces > WHOLE].astype(np.int64)
    long = long[np.isin(long, shown)] if len(long) else long
    vectors = [part.vector for part in parts if part.vector is not None]
    if not vectors or not len(long):
        return {}
    time, moments = time_of(search)
    ns = caller.namespace_id
    sql = statement("passages").format(time=time.replace("allowed.id", "grain.id"))
    nearest: dict[int, list[float]] = {}
    for rows in pipelined([(sql, [vector, ns, *moments, long, ns]) for vector in vectors]):
        for number, best in rows:
            if best is not None:
                nearest[number] = min(nearest.get(number, best.tolist()), best.tolist())
    return {number: Window(int(start), int(stop)) for number, (_, start, stop) in nearest.items()}
