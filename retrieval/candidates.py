"""Candidates of a recall: two pipelined round trips of small statements, each answered with arrays.

The first finds the nearest passages and the postings of the question's terms, the second reads what the ranking
needs of the pool: the best of both and their neighbours in their sessions. The namespace stands in every condition
beside row-level security; as a literal where a partial index must be recognised. The SQL is in retrieval/sql/.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from accounts.door import Caller
from grains.identity import term_keys
from retrieval.arrays import Statement, pipelined, statement
from retrieval.bm25 import Lexical, Postings, bm25
from retrieval.channels import Asking, Heard, Reached, channels
from retrieval.followers import followed_by
from retrieval.fusion import UNKNOWN_DAY, Pool
from retrieval.fusion.weights import WINDOW_DISCOUNT
from retrieval.past import Past, past_of
from retrieval.question import Question
from retrieval.quoted import with_quoted
from retrieval.search import Search
from retrieval.sizes import FREQUENCY_SQL, Size, frequencies_known, frequency_keep
from retrieval.stages import stage
from retrieval.understanding import Presumed

NEAREST = 60  # by vector; 30 lose nothing on LoCoMo dev, BEAM wants more
RAREST = 60  # by BM25
NEIGHBOURED = 60  # members of the pool whose neighbours in the session join it; 40: LoCoMo recall@10 -.003
COMMON = 2_000  # postings from which a term is read for the pool only
# How much the best BM25 of a pool is worth beside a cosine, to choose whose neighbours are read (fusion decides).
WORDS_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on its way: its vector, the keys of its terms, the namespace's size."""

    question: Question
    vector: NDArray[np.float32] | None  # None leaves the vector channel out
    terms: list[int]
    exact: frozenset[int]  # keys of the terms that nobody would paraphrase
    size: Size
    presumed: Presumed | None = None  # what the first trip checks

    @classmethod
    def of(
        cls,
        caller: Caller,
        question: Question,
        vector: NDArray[np.float32] | None,
        size: Size,
        presumed: Presumed | None = None,
    ) -> "Asked":
        """Key the question's terms for the caller's namespace."""
        keys = term_keys(caller.namespace_id, question.terms)
        exact = frozenset(key for key, term in zip(keys, question.terms, strict=True) if term in question.exact)
        return cls(question, vector, keys, exact, size, presumed)


@dataclass(frozen=True, slots=True)
class Found:
    """The pool, and which of its grains each channel brought."""

    pool: Pool
    by_vector: frozenset[int]
    by_words: frozenset[int]
    superseded: NDArray[np.bool_]  # rows of the pool whose place another has taken
    lexical: Lexical  # of the candidates; explain reads it
    nearest: tuple[NDArray[np.int64], NDArray[np.float64]]
    reached: Mapping[str, Reached] = field(default_factory=dict)  # by channel of an app above


def gather(caller: Caller, search: Search, asked: Asked) -> Found:
    """The candidates of a search, inside the open door."""
    common = frequencies_known(caller.namespace_id, asked.terms)
    allowed = search.allowed(caller.namespace_id) if search.restricted else _ALL
    with stage("first trip"):
        nearest, postings, reached = _first_trip(caller, search, asked, common, allowed)
        newest = _newest(caller, search) if search.newest_too else _NONE
    with stage("bm25"):
        keys = dict(zip(asked.question.terms, asked.terms, strict=True))
        rare, often = _rare(asked, postings, common, past_of(caller, search, keys, allowed))
        common |= _counted(caller, often)
        lexical = bm25(rare, asked.size.grains, asked.size.words)
        pool, best = _pool_of(nearest[:2], lexical, max(search.limit, NEAREST))
        if asked.size.stream:  # what was stored right before and after them, should they be in no session
            pool = np.union1d(pool, np.concatenate([best - 1, best + 1]))
        pool = np.union1d(pool, newest) if len(newest) else pool
        if search.as_of is None:
            reached = reached | followed_by(caller, best)
        for one in reached.values():
            pool = np.union1d(pool, one.brought()) if len(one.number) else pool
    with stage("second trip"):
        superseded, *columns = _second_trip(caller, search, asked, _Wanted(pool, best, nearest), allowed)
    if common and len(columns[0]):
        with stage("common terms"):
            lexical = _with_common(caller, asked, rare, common, columns[0])
    return Found(
        with_quoted(caller, search, asked.question, _pool(asked, columns, lexical, reached)),
        by_vector=frozenset(nearest[0].tolist()),
        by_words=frozenset(lexical.grains.tolist()),
        superseded=superseded.astype(bool),
        lexical=lexical,
        nearest=nearest[:2],
        reached=reached,
    )


class _Nearest(NamedTuple):
    """Grains near to the question, ascending by number, each with the cosine of its nearest passage.

    `dense` is what the best of all its passages counts for, NaN where one that was not found may count for more.
    """

    grains: NDArray[np.int64]
    cosine: NDArray[np.float64]
    dense: NDArray[np.float64]


def _near(passages: NDArray[np.int64], distance: NDArray[np.float64], n: NDArray[np.integer]) -> _Nearest:
    """Grains of passages, the nearest first; n is 0 for a grain as a whole (or its beginning), more for windows."""
    grains, first, place = np.unique(passages, return_index=True, return_inverse=True)
    dense, whole = np.full(len(grains), -np.inf), np.zeros(len(grains), bool)
    np.maximum.at(dense, place, -distance - WINDOW_DISCOUNT * (n > 0))
    whole[place[n == 0]] = True  # a window that counts for more would be nearer, and have been found before it
    return _Nearest(grains, -distance[first], np.where(whole, dense, np.nan))


_Allowed = tuple[str, Sequence[Any]]  # which grains may be found: SQL of their (id, number), with its parameters
_ALL: _Allowed = ("", ())
# Row-level security makes the planner believe in a handful of rows (10 / number of namespaces of them), which it would
# rather scan and sort than ask the namespace's HNSW index for: among 5,000 namespaces up to some 100,000 grains.
PREFER_ORDERED: Statement = ("SELECT set_config('enable_sort', 'off', true)", ())


def _first_trip(
    caller: Caller, search: Search, asked: Asked, common: dict[int, int], allowed: _Allowed
) -> tuple[_Nearest, list[tuple[Any, ...]], dict[str, Reached]]:
    rare = [term for term in asked.terms if term not in common]
    heard = Heard(caller.namespace_id, asked.question, asked.terms, asked.vector, search.moment, search.profile)
    asking = _channels_asked(search, heard)
    words = [_postings_statement(caller, rare, allowed)] if rare else []
    checks = asked.presumed.statements if asked.presumed else []
    statements = [*checks, *words, *(one.statement for one in asking.values())]
    if asked.vector is not None:
        statements += [PREFER_ORDERED, _nearest_statement(caller, search, asked.vector, allowed)]
    answers = pipelined(statements) if statements else []
    if asked.presumed:
        asked.presumed.check([answers.pop(0) for _ in checks])
    postings = answers.pop(0) if words else []
    reached = {name: one.reached(rows) for (name, one), rows in zip(asking.items(), answers, strict=False)}
    nearest = answers[-1][0] if asked.vector is not None else (None, None, None)
    if nearest[0] is None:
        return _NOTHING_NEAR, postings, reached
    return _near(*nearest), postings, reached


def _channels_asked(search: Search, heard: Heard) -> dict[str, Asking]:
    """What the channels above ask, by name. What was learned is of today, so it says nothing of the past."""
    if search.as_of is not None:
        return {}
    asked = {channel.name: channel.asking(heard) for channel in channels()}
    return {name: one for name, one in asked.items() if one is not None}


def _newest(caller: Caller, search: Search) -> NDArray[np.int64]:
    """The newest grains that may be found: for profiles whose score is more than relevance."""
    allowed, params = search.allowed(caller.namespace_id)
    limit = max(search.limit, NEAREST)
    sql = statement("newest").format(namespace=int(caller.namespace_id), allowed=allowed, limit=limit)
    ((found,),) = pipelined([(sql, list(params))])[0]
    return _NONE if found is None else found


def _nearest_statement(caller: Caller, search: Search, vector: NDArray[np.float32], allowed: _Allowed) -> Statement:
    limit = max(search.limit, NEAREST) + 4  # long memories have several passages
    if not search.restricted:
        sql = statement("nearest").format(namespace=int(caller.namespace_id), limit=limit)
        return sql, [vector, vector]
    time, moments = time_of(search)
    sql = statement("nearest_allowed").format(
        namespace=int(caller.namespace_id), limit=limit, allowed=allowed[0], time=time
    )
    return sql, [*allowed[1], vector, *moments]


def _postings_statement(caller: Caller, terms: list[int], allowed: _Allowed) -> Statement:
    wanted = np.array(terms, np.int64)
    if not allowed[0]:
        return statement("postings"), [caller.namespace_id, COMMON + 1, wanted]
    sql = statement("postings_allowed").format(allowed=allowed[0])
    return sql, [*allowed[1], caller.namespace_id, COMMON + 1, wanted]


def time_of(search: Search) -> tuple[str, list[Any]]:
    """Which versions' passages count: the current ones, or those of the moment looked at."""
    if search.as_of is None:
        return "passage.current", []
    return statement("version_at"), [search.as_of, search.as_of]


def _rare(
    asked: Asked, rows: list[tuple[Any, ...]], common: dict[int, int], past: Past
) -> tuple[list[Postings], list[int]]:
    """Postings of the terms that are not known to be common, and those terms that turn out to be."""
    wanted = [term for term in asked.terms if term not in common]
    found = {wanted[place - 1]: packed for place, packed in rows}
    often = [term for term, packed in found.items() if len(packed) > COMMON]
    today = {term: Postings(found[term], len(found[term]), term in asked.exact) for term in wanted if term not in often}
    return [past.of(term, postings) for term, postings in today.items()], often


_NONE = np.empty(0, np.int64)
_NOTHING_NEAR = _Nearest(_NONE, np.empty(0), np.empty(0))


def _counted(caller: Caller, terms: list[int]) -> dict[int, int]:
    """Document frequencies of terms that were just found to be common; they are remembered."""
    if not terms:
        return {}
    (rows,) = pipelined([(FREQUENCY_SQL, [caller.namespace_id, np.array(terms, np.int64)])])
    for place, frequency in rows:
        frequency_keep(caller.namespace_id, terms[place - 1], frequency)
    return {terms[place - 1]: frequency for place, frequency in rows}


def _pool_of(
    nearest: tuple[NDArray[np.int64], NDArray[np.float64]], lexical: Lexical, most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(the pool, those of it whose neighbours are wanted): the best of each channel, and the best of a rough sum."""
    numbers, dense = nearest
    near = numbers[np.argsort(-dense)[:most]]
    wordy = lexical.grains[np.argsort(-lexical.bm25)[:most]]
    pool = np.union1d(near, wordy)
    rough = np.full(len(pool), dense.min() if len(dense) else 0.0)
    at, where = _places(pool, numbers)
    rough[at] = dense[where]
    if len(wordy):
        at, where = _places(pool, lexical.grains)
        rough[at] += WORDS_SHARE * lexical.bm25[where] / lexical.bm25.max()
    return pool, pool[np.argsort(-rough)[:NEIGHBOURED]]


def _places(pool: NDArray[np.int64], grains: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where members of `grains` (ascending) stand in the pool, and where in `grains`."""
    where = np.searchsorted(grains, pool)
    hit = (
        (where < len(grains)) & (grains[np.minimum(where, max(len(grains) - 1, 0))] == pool)
        if len(grains)
        else np.zeros(len(pool), bool)
    )
    return np.flatnonzero(hit), where[hit]


class _Wanted(NamedTuple):
    """What the second trip reads: a pool, the neighbours of the best of it; and what of it is near, and how near."""

    pool: NDArray[np.int64]
    best: NDArray[np.int64]
    nearest: _Nearest

    def unknown(self) -> NDArray[np.int64]:
        """Those of the pool whose nearness is not known."""
        unknown = np.ones(len(self.pool), bool)
        unknown[_places(self.pool, self.nearest.grains[~np.isnan(self.nearest.dense)])[0]] = False
        return self.pool[unknown]

    def dense(
        self, numbers: NDArray[np.int64], passages: NDArray[np.int64] | None, counts: NDArray[np.float64] | None
    ) -> NDArray[np.float64]:
        """What the best passage of each grain counts for, as it is known or has been read; NaN for one without any."""
        dense = np.full(len(numbers), np.nan)
        if passages is not None and counts is not None:
            order = np.argsort(counts)  # of several passages of a grain the last, which is the best, remains
            at = np.minimum(np.searchsorted(numbers, passages[order]), len(numbers) - 1)
            there = numbers[at] == passages[order]
            dense[at[there]] = counts[order][there]
        at, where = _places(numbers, self.nearest.grains)
        known = ~np.isnan(self.nearest.dense[where])
        dense[at[known]] = self.nearest.dense[where[known]]
        return dense


def _second_trip(caller: Caller, search: Search, asked: Asked, wanted: _Wanted, allowed: _Allowed) -> tuple[Any, ...]:
    """The columns of the pool with the neighbours of its best, ascending by number."""
    nearness, vector = _nearness_asked(caller, search, asked, wanted)
    sql = statement("pool").format(
        unknown=UNKNOWN_DAY,
        statuses=literals(search.statuses),
        nearness=nearness,
        restriction=statement("restriction").format(allowed=allowed[0]) if allowed[0] else "",
    )
    ns = caller.namespace_id
    params = [ns, wanted.best, ns, asked.question.named or "", ns, wanted.pool, *allowed[1], *vector]
    ((row,),) = pipelined([(sql, params)])
    *columns, passages, counts = row
    if columns[0] is None:
        return tuple(_NONE for _ in row[1:])
    order = np.argsort(columns[_NUMBER])
    columns = [column[order] for column in columns]
    dense = wanted.dense(columns[_NUMBER], passages, counts) if vector else np.zeros(len(order))
    missing = np.isnan(dense)
    return (*columns, dense) if not missing.any() else tuple(column[~missing] for column in (*columns, dense))


_NUMBER = 1  # the column of pool.sql


def _nearness_asked(caller: Caller, search: Search, asked: Asked, wanted: _Wanted) -> tuple[str, list[Any]]:
    """The part of pool.sql that reads vectors, with its parameters; none without the question's own."""
    if asked.vector is None:
        return "SELECT NULL::bigint[], NULL::float8[]", []
    time, moments = time_of(search)
    sql = statement("nearness_at" if moments else "nearness").format(
        discount=WINDOW_DISCOUNT, time=time.replace("allowed.id", "grain.id")
    )
    return sql, [asked.vector, caller.namespace_id, wanted.unknown(), *moments]


def literals(statuses: Sequence[str]) -> str:
    """Our own words as SQL; none matches nothing."""
    return ", ".join(f"'{status}'" for status in statuses) or "NULL"


def _with_common(
    caller: Caller, asked: Asked, rare: list[Postings], common: dict[int, int], numbers: NDArray[np.int64]
) -> Lexical:
    """BM25 with the common terms too, of the pool's members."""
    terms = list(common)
    (rows,) = pipelined([(statement("common"), [np.array(terms, np.int64), caller.namespace_id, numbers])])
    found = {terms[place - 1]: packed for place, packed in rows}
    often = [Postings(found.get(term, _NONE), common[term], term in asked.exact) for term in terms]
    return bm25([*rare, *often], asked.size.grains, asked.size.words)


def _pool(asked: Asked, columns: Sequence[Any], lexical: Lexical, reached: Mapping[str, Reached]) -> Pool:
    number, session, turn, pieces, flags, authored, importance, occurred, lonely, dense = columns
    words, held, exact = (np.zeros(len(number)) for _ in range(3))
    at, where = _places(number, lexical.grains)
    words[at], held[at], exact[at] = lexical.bm25[where], lexical.held[where], lexical.exact[where]
    return Pool(
        number=number,
        dense=dense,
        bm25=words,
        held=held,
        pieces=pieces,
        flags=flags,
        authored=authored.astype(bool),
        session=session,
        turn=turn,
        alone=lonely.astype(bool),
        occurred=occurred,
        importance=importance,
        exact=exact if asked.exact else None,
        stream=asked.size.stream,
        memories=asked.size.grains,
        parts=lexical.parts.among(where, at, len(number)) if lexical.parts else None,
        learned=np.sum([one.columns(number)[0] for one in reached.values()], axis=0) if reached else None,
    )
