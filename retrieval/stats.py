"""What a namespace's admins can read of it: indexes, terms, agents, trust, remembered vectors. Nobody else's."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from django.db import connection

from accounts.door import Caller, tenant
from accounts.outbox import backlog
from embedding.remembered import Remembered, forget_remembered, remembered
from grains.identity import term_keys
from grains.models import Grain, Status
from grains.selectors import with_content
from retrieval.bm25 import idf
from retrieval.models import Source
from retrieval.trust import SOURCE_PRIOR, reputation
from text.tokens import terms

SHOWN = 10  # terms on either side, memoryOSS's
SOURCES = 1000  # reputations that are listed, the best known first
AGENTS, TOPICS = 1000, 50  # agents that are listed, and tags of each

_INDEX_SQL = """
SELECT
    (SELECT count(*) FROM grains_passage WHERE namespace_id = %s AND current),
    (SELECT count(*) FROM grains_grain WHERE namespace_id = %s AND status = %s),
    (SELECT coalesce(max(number), 0) FROM grains_grain WHERE namespace_id = %s),
    to_regclass('passage_hnsw_' || %s) IS NOT NULL
"""
_COUNT_SQL = """
SELECT count(*) AS terms FROM (SELECT FROM grains_posting WHERE namespace_id = %s GROUP BY term) AS one
"""
# Of equals the one with the smaller key: always the same ones.
_TERMS_SQL = """
SELECT term, count(*) AS frequency, min(grain_number) FROM grains_posting
WHERE namespace_id = %s GROUP BY term ORDER BY frequency {order}, term LIMIT {limit}
"""
_SPACE_SQL = """
SELECT grain.agent, count(*), sum(octet_length(version.content)), min(grain.created_at), max(grain.created_at)
FROM grains_grain AS grain
JOIN grains_version AS version
  ON version.namespace_id = grain.namespace_id AND version.grain_id = grain.id AND version.ended_at IS NULL
WHERE grain.namespace_id = %s
GROUP BY grain.agent ORDER BY count(*) DESC, grain.agent LIMIT %s
"""
_TOPICS_SQL = """
SELECT agent, array_agg(tag ORDER BY uses DESC, tag) FROM (
    SELECT agent, tag, count(*) AS uses, row_number() OVER (PARTITION BY agent ORDER BY count(*) DESC, tag) AS place
    FROM grains_grain CROSS JOIN unnest(tags) AS tag WHERE namespace_id = %s GROUP BY agent, tag
) AS ranked WHERE place <= %s GROUP BY agent
"""


@dataclass(frozen=True, slots=True)
class IndexHealth:
    """How large the indexes are. They are written in the transaction of a memory, so they never lag behind."""

    passages: int
    grains: int
    written: int  # the number of the last grain that was stored
    approximate: bool  # whether the namespace has an HNSW index of its own
    waiting: int  # changes that learning and webhooks have not seen yet


@dataclass(frozen=True, slots=True)
class Term:
    """A search term; `word` is None where the memory that told it has gone meanwhile."""

    word: str | None
    frequency: int
    idf: float


@dataclass(frozen=True, slots=True)
class Terms:
    """The extremes of a namespace's vocabulary."""

    grains: int
    unique: int
    most_common: Sequence[Term]
    most_rare: Sequence[Term]


@dataclass(frozen=True, slots=True)
class Space:
    """What one agent's memories take, in bytes of UTF-8."""

    agent: str
    count: int
    bytes: int
    topics: Sequence[str]
    earliest: Any
    latest: Any


@dataclass(frozen=True, slots=True)
class Reputation:
    """A source with the 95 % interval of its reputation (normal approximation of the Beta distribution)."""

    source: Source
    mean: float
    low: float
    high: float


def index_health(*, caller: Caller) -> IndexHealth:
    """The indexes of the caller's namespace."""
    ns = caller.namespace_id
    with tenant(caller, durable=False):
        ((passages, grains, written, approximate),) = _rows(_INDEX_SQL, [ns, ns, Status.ACTIVE, ns, str(ns)])
    return IndexHealth(passages, grains, written, approximate, backlog(ns))


def term_statistics(*, caller: Caller) -> Terms:
    """The most common and the rarest terms. The table holds keyed hashes: a memory that has a term tells its word."""
    ns = caller.namespace_id
    with tenant(caller, durable=False):
        total = Grain.objects.filter(namespace_id=ns).count()
        ((unique,),) = _rows(_COUNT_SQL, [ns])
        common = _terms(caller, _rows(_TERMS_SQL.format(order="DESC", limit=SHOWN), [ns]), total)
        rare = _terms(caller, _rows(_TERMS_SQL.format(order="ASC", limit=SHOWN), [ns]), total)
    return Terms(total, unique, common, rare)


def space_used(*, caller: Caller) -> list[Space]:
    """What each agent has stored, those with most memories first; "" are those of no agent."""
    ns = caller.namespace_id
    with tenant(caller, durable=False):
        topics = dict(_rows(_TOPICS_SQL, [ns, TOPICS]))
        rows = _rows(_SPACE_SQL, [ns, AGENTS])
    return [Space(agent, count, int(size), topics.get(agent, []), *span) for agent, count, size, *span in rows]


def reputations(*, caller: Caller) -> list[Reputation]:
    """The sources of the caller's namespace that were ever rated, those with most verdicts first."""
    with tenant(caller, durable=False):
        mine = list(Source.objects.filter(namespace_id=caller.namespace_id))
    known = sorted(mine, key=lambda one: (-(one.a + one.b), one.kind, one.name))[:SOURCES]
    return [_reputation(source) for source in known]


def vectors_remembered(*, caller: Caller) -> Remembered:
    """The vectors of queries that are remembered for this namespace."""
    return remembered(scope=str(caller.namespace_id))


def vectors_forget(*, caller: Caller) -> int:
    """Forget them; return how many there were. Other processes' own copies go within their hour."""
    return forget_remembered(scope=str(caller.namespace_id))


def _reputation(source: Source) -> Reputation:
    a, b = source.a + SOURCE_PRIOR, source.b + SOURCE_PRIOR
    mean = reputation(source.a, source.b)
    spread = 1.96 * sqrt(a * b / ((a + b) ** 2 * (a + b + 1)))
    return Reputation(source, mean, max(mean - spread, 0.0), min(mean + spread, 1.0))


def _terms(caller: Caller, rows: Sequence[tuple[int, int, int]], total: int) -> list[Term]:
    words = _words(caller, {term: number for term, _, number in rows})
    return [Term(words.get(term), frequency, round(idf(total, frequency), 6)) for term, frequency, _ in rows]


def _words(caller: Caller, witnesses: dict[int, int]) -> dict[int, str]:
    """The words behind keys, out of the content of a grain that has each."""
    grains = Grain.objects.filter(namespace_id=caller.namespace_id, number__in=witnesses.values())
    told: dict[int, str] = {}
    for memory in with_content(caller, list(grains)):
        own = list(dict.fromkeys(terms(memory.content)))
        told |= dict(zip(term_keys(caller.namespace_id, own), own, strict=True))
    return {term: told[term] for term in witnesses if term in told}


def _rows(sql: str, params: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
