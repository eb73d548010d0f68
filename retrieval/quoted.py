"""What a question quotes: which memories have those words in that order."""

from dataclasses import replace

import numpy as np

from accounts.door import Caller
from retrieval.arrays import pipelined, statement
from retrieval.fusion import Pool
from retrieval.known import AT, CURRENT
from retrieval.question import Question
from retrieval.search import Search


def with_quoted(caller: Caller, search: Search, question: Question, pool: Pool) -> Pool:
    """The pool with the share of the quoted phrases that each memory has; one more round trip where any is quoted."""
    if not question.quoted or not len(pool):
        return pool
    past = [search.as_of, search.as_of] if search.as_of else []
    numbers, ns = pool.number.astype(np.int64), caller.namespace_id
    sql = statement("quoted").format(time=AT if past else CURRENT)
    (((having, held),),) = pipelined([(sql, [numbers, ns, ns, *past, list(question.quoted)])])
    share = np.zeros(len(pool))
    if having is not None:
        share[np.searchsorted(pool.number, having)] = held / len(question.quoted)
    return replace(pool, quoted=share)
