"""Questions with their vectors, and their candidates, as far as the time allows: what is slow is left out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import structlog
from django.db import OperationalError, transaction
from psycopg.errors import QueryCanceled

from accounts.door import Caller
from embedding.cache import Vector
from embedding.errors import EmbeddingError
from retrieval.bm25 import Lexical
from retrieval.candidates import Asked, Found, gather
from retrieval.deadline import EMBEDDING_SHARE, FIRST_SHARE, UNDERSTANDING_SHARE, Deadline, embed_within
from retrieval.fusion import Pool
from retrieval.question import Question, understand
from retrieval.search import Search
from retrieval.sizes import Size
from retrieval.understanding import Presumed, presumed_all, understood_all

log = structlog.get_logger(__name__)
LeftOut = dict[str, str]  # channels that did not answer, and why

WORDLESS = 1.0  # a question without a vector is ranked as one that the encoder cannot read: words decide


@dataclass(frozen=True, slots=True)
class Understood:
    """Questions, the namespace's size, what did not answer in time; and what the next trip has to check."""

    questions: list[Question]
    size: Size
    left_out: LeftOut = field(default_factory=dict)
    presumed: Presumed | None = None


def understood_within(
    caller: Caller, searches: Sequence[Search], deadline: Deadline, *, presuming: bool = False
) -> Understood:
    """The questions understood, and the namespace's size; from their own words alone where that is not told in time.

    With presuming=True from what is remembered where there is no deadline: the recall may raise Misunderstood then.
    """
    if not deadline.bounded:
        if presuming and (found := presumed_all(caller, searches)):
            questions, presumed = found
            return Understood(questions, presumed.size, presumed=presumed)
        return Understood(*understood_all(caller, searches))
    try:
        with transaction.atomic(), deadline.statements_within(UNDERSTANDING_SHARE):
            return Understood(*understood_all(caller, searches))
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
    questions = [understand(search.query) for search in searches]
    return Understood(questions, Size(0, 0.0), {"statistics": "statement_timeout"})


def asked_all(
    caller: Caller, searches: Sequence[Search], questions: Sequence[Question], told: Understood, deadline: Deadline
) -> tuple[list[Asked], LeftOut]:
    """The questions with their vectors, made in one batch; without any where the embedder is slow or fails.

    What was presumed is checked with the candidates of the first.
    """
    own = [None if search.vector is None else np.array(search.vector, np.float32) for search in searches]
    texts = [question.embedded for question, vector in zip(questions, own, strict=True) if vector is None]
    made, left_out = _embedded(caller, texts, deadline) if texts else ([], {})
    fresh = iter(made)
    asked: list[Asked] = []
    for question, given in zip(questions, own, strict=True):
        vector = next(fresh) if given is None else given
        read = question if vector is not None else _wordless(question)
        asked.append(Asked.of(caller, read, vector, told.size, None if asked else told.presumed))
    return asked, left_out


def gathered(caller: Caller, search: Search, asked: Asked, deadline: Deadline) -> tuple[Asked, Found, LeftOut]:
    """The candidates, with a deadline from as many channels as answer in time; and the question that they got."""
    if not deadline.bounded:
        return asked, _enough(caller, search, asked), {}
    tries: list[tuple[Asked, LeftOut, float]] = [(asked, {}, FIRST_SHARE)]
    if asked.vector is not None:
        words_only = replace(asked, question=_wordless(asked.question), vector=None)
        vector_only = replace(asked, question=replace(asked.question, terms=(), exact=frozenset()), terms=[])
        tries += [(words_only, {"vector": "statement_timeout"}, FIRST_SHARE)]
        tries += [(vector_only, {"words": "statement_timeout"}, 1.0)]
    for wanted, left_out, share in tries:
        found = _within(caller, search, wanted, deadline, share)
        if found is not None:
            return wanted, found, left_out
    return asked, _nothing(), dict.fromkeys(("vector", "words"), "statement_timeout")


def _embedded(caller: Caller, texts: Sequence[str], deadline: Deadline) -> tuple[Iterable[Vector | None], LeftOut]:
    try:
        made = embed_within(texts, scope=str(caller.namespace_id), seconds=deadline.left * EMBEDDING_SHARE)
    except EmbeddingError as error:
        log.warning("embedding_failed", error=type(error).__name__)
        return [None] * len(texts), {"vector": "embedding_failed"}
    if made is None:
        return [None] * len(texts), {"vector": "embedding_slow"}
    return made, {}


def _wordless(question: Question) -> Question:
    return replace(question, unread=WORDLESS)


def _within(caller: Caller, search: Search, asked: Asked, deadline: Deadline, share: float) -> Found | None:
    """The candidates, or None when a statement was not done in time."""
    try:
        with transaction.atomic(), deadline.statements_within(share):
            return _enough(caller, search, asked)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return None


def _enough(caller: Caller, search: Search, asked: Asked) -> Found:
    """The candidates. When most of the nearest may not be shown (archived ones, say), again among those that may."""
    found = gather(caller, search, asked)
    near, pool = found.nearest[0], found.pool.number
    if search.restricted or not len(near):
        return found
    at = np.minimum(np.searchsorted(pool, near), max(len(pool) - 1, 0))
    visible = int((pool[at] == near).sum()) if len(pool) else 0
    return found if 2 * visible >= len(near) else gather(caller, replace(search, exact=True), asked)


def _nothing() -> Found:
    none = np.empty(0, np.int64)
    flags, floats = np.empty(0, np.bool_), np.empty(0)
    pool = Pool(
        number=none, pieces=none, flags=none, session=none, turn=none, occurred=none,
        dense=floats, bm25=floats, held=floats, importance=floats, authored=flags, alone=flags,
    )  # fmt: skip
    empty = Lexical(none, floats, floats, floats)
    return Found(pool, frozenset(), frozenset(), flags, empty, (none, np.empty(0)))
