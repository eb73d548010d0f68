"""Re-ranking: the first few of a ranking in the order of a cross-encoder. Optional, off by default.

It fails open: an endpoint that is away, slow or wrong leaves the ranking as it is, and is left alone for a while.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache

import numpy as np
import structlog
from django.conf import settings
from numpy.typing import NDArray
from prometheus_client import Counter

from accounts.door import Caller
from accounts.namespace_settings import NamespaceSetting, register, setting_of
from retrieval.deadline import Deadline
from retrieval.fusion import Pool
from retrieval.known import known_of
from retrieval.rerankers import CrossEncoderReranker, EndpointReranker, Reranker
from retrieval.scoring import Ranked
from retrieval.search import Search
from retrieval.stages import stage

log = structlog.get_logger(__name__)
RERANKS = Counter("garner_reranks_total", "Recalls that were to be re-ranked, by what became of it.", ["outcome"])
SHAPES = ("cohere", "tei")
KINDS = ("", "sentence-transformers", *SHAPES)
AT_ONCE = 4  # re-rankings of a process: more wait for their deadline
PAUSE = 5.0  # seconds for which a re-ranker is left alone after it failed: its deadline must not be each recall's cost
WANTED = register(
    NamespaceSetting(
        "rerank",
        bool,
        lambda: True,
        None,
        "Whether recalls are re-ranked, where the instance has a re-ranker: its memories' texts are sent there.",
    )
)
_failed_at = [-PAUSE]


def reranked(caller: Caller, search: Search, pool: Pool, ranking: Ranked, deadline: Deadline) -> Ranked:
    """The ranking with its first RERANK_TOP memories in the re-ranker's order, or as it is.

    Scores stay in place: the k-th memory has the k-th score, which says how sure the ranking is of that place. The
    signal `rerank` is the cross-encoder's own number. Ciphertext keeps its place and is sent nowhere.
    """
    if not settings.RERANKER or not len(ranking.order) or not setting_of(caller.namespace_id, WANTED):
        return ranking
    if time.monotonic() - _failed_at[0] < PAUSE:
        RERANKS.labels("paused").inc()
        return ranking
    with stage("rerank"):
        rows, texts = _readable(caller, search, pool, ranking)
        within = min(settings.RERANK_SECONDS, deadline.left)
        relevance = _relevance(search.query, texts, within) if len(rows) > 1 else None
    return ranking if relevance is None else _in_order(ranking, rows, np.array(relevance))


def _readable(caller: Caller, search: Search, pool: Pool, ranking: Ranked) -> tuple[NDArray[np.intp], list[str]]:
    """The rows of the first memories that may be read, in the ranking's order, with their texts."""
    rows = ranking.order[: settings.RERANK_TOP]
    known, _ = known_of(caller, search, pool.number[rows].astype(np.int64))
    readable = [
        (row, one.memory.content)
        for row in rows
        if (one := known.get(int(pool.number[row]))) and not one.memory.grain.zero_knowledge
    ]
    return np.array([row for row, _ in readable], np.intp), [text for _, text in readable]


def _relevance(query: str, texts: list[str], seconds: float) -> list[float] | None:
    """What the re-ranker says in time; None otherwise."""
    asked = _threads().submit(lambda: _reranker().relevance(query, texts))
    try:
        relevance = asked.result(timeout=seconds)
    except Exception as error:  # noqa: BLE001 - failing open: whatever it is, recall goes on without
        asked.cancel()
        _failed_at[0] = time.monotonic()
        outcome = "late" if isinstance(error, TimeoutError) else "failed"
        RERANKS.labels(outcome).inc()
        log.warning("rerank_failed", outcome=outcome, error=type(error).__name__)
        return None
    RERANKS.labels("ok").inc()
    return relevance


def _in_order(ranking: Ranked, rows: NDArray[np.intp], relevance: NDArray[np.float64]) -> Ranked:
    best = rows[np.argsort(-relevance, kind="stable")]
    order, score = ranking.order.copy(), ranking.score.copy()
    order[np.isin(order, rows)] = best  # in the places that these rows had
    score[best] = ranking.score[rows]
    column = np.zeros(len(ranking.score))
    column[rows] = relevance
    return replace(ranking, order=order, score=score, signals={**ranking.signals, "rerank": column})


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="rerank")


@lru_cache(maxsize=1)
def _reranker() -> Reranker:
    """The one that the settings name; made at the first recall, which may be too late for that recall."""
    if settings.RERANKER == "sentence-transformers":
        return CrossEncoderReranker(settings.RERANKER_MODEL)
    return EndpointReranker(
        shape=settings.RERANKER,
        url=settings.RERANKER_URL,
        model=settings.RERANKER_MODEL,
        key=settings.RERANKER_API_KEY,
        seconds=settings.RERANK_SECONDS,
    )
