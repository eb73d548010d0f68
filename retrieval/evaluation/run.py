"""Store a set's memories in namespaces of their own, ask its queries, measure the rankings, clean up."""

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np

from accounts.door import Caller, tenant
from accounts.services.namespaces import as_operator, namespace_create, namespace_delete
from embedding import embed
from grains.drafts import Draft
from grains.models import Grain
from grains.services.store import grain_store_batch
from retrieval.candidates import Asked, gather
from retrieval.evaluation.metrics import Row, ranking_metrics
from retrieval.evaluation.sets import Conversation, SetMemory
from retrieval.recall import recall, understood
from retrieval.search import Search

BATCH = 100
APART = "adversarial"  # LoCoMo's questions that name the wrong person: reported, not in the mean
Ranker = Callable[[Caller, str, int], list[UUID]]
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Metrics of every query of a run, by category."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    @property
    def core(self) -> list[Row]:
        """The rows that count in the mean."""
        return [row for category, rows in self.rows.items() if category != APART for row in rows]


def evaluate(
    conversations: Sequence[Conversation], *, rankers: dict[str, Ranker], k: int, one_pool: bool, progress: Progress
) -> dict[str, Outcome]:
    """Run each ranker over each query that has an answer. `one_pool` puts all conversations into one namespace."""
    outcomes = {name: Outcome() for name in rankers}
    pools = [list(conversations)] if one_pool else [[conversation] for conversation in conversations]
    for pool in pools:
        with _namespace() as caller:
            sources = _stored(caller, pool, progress)
            for conversation, query in ((c, q) for c in pool for q in c.queries if q.relevant):
                relevant = {f"{conversation.id}/{id_}" for id_ in query.relevant}
                for name, ranker in rankers.items():
                    ranked = [sources[id_] for id_ in ranker(caller, query.text, k)]
                    outcomes[name].rows[query.category].append(ranking_metrics(ranked, relevant))
            progress(".")
    return outcomes


def fused(caller: Caller, query: str, k: int) -> list[UUID]:
    """The product: recall()."""
    return [result.memory.grain.id for result in recall(caller=caller, search=Search(query, k)).results]


def by_vector(caller: Caller, query: str, k: int) -> list[UUID]:
    """The vector channel alone."""
    return _by_column(caller, query, k, "dense")


def by_words(caller: Caller, query: str, k: int) -> list[UUID]:
    """BM25 alone."""
    return _by_column(caller, query, k, "bm25")


RANKERS: dict[str, Ranker] = {"fused": fused, "vector": by_vector, "words": by_words}


def _by_column(caller: Caller, query: str, k: int, column: str) -> list[UUID]:
    search = Search(query, k)
    with tenant(caller, durable=False):
        question, size = understood(caller, search)
        (vector,) = embed([question.embedded], scope=str(caller.namespace_id))
        pool = gather(caller, search, Asked.of(caller, question, vector, size)).pool
        score = getattr(pool, column)
        best = [int(pool.number[row]) for row in np.argsort(-score, kind="stable")[:k] if score[row] > 0]
        ids = dict(Grain.objects.filter(namespace_id=caller.namespace_id, number__in=best).values_list("number", "id"))
    return [ids[number] for number in best]


@contextmanager
def _namespace() -> Iterator[Caller]:
    namespace = namespace_create(name=f"evaluation-{secrets.token_hex(6)}")
    try:
        yield as_operator(namespace)
    finally:
        namespace_delete(name=namespace.name, confirm=namespace.name)


def _stored(caller: Caller, pool: Sequence[Conversation], progress: Progress) -> dict[UUID, str]:
    """Store the memories in order; return which memory of the sets each grain is."""
    sources: dict[UUID, str] = {}
    for conversation in pool:
        for start in range(0, len(conversation.memories), BATCH):
            batch = conversation.memories[start : start + BATCH]
            stored = grain_store_batch(caller=caller, drafts=[_draft(conversation.id, memory) for memory in batch])
            for memory, one in zip(batch, stored, strict=True):
                sources.setdefault(one.id, f"{conversation.id}/{memory.id}")
            progress("+")
    return sources


def _draft(conversation: str, memory: SetMemory) -> Draft:
    session = f"{conversation}/{memory.session}" if memory.session else ""
    return Draft(memory.text, author=memory.author, session=session, occurred_at=memory.occurred_at)
