"""Understand queries with what their namespace knows: its authors, its common names, its size."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from accounts.door import Caller
from retrieval.arrays import Statement, pipelined
from retrieval.names import known_of, names_statement
from retrieval.question import Question, understand
from retrieval.search import Search
from retrieval.sizes import Size, size_keep, size_known, size_statement


def understood(caller: Caller, search: Search) -> tuple[Question, Size]:
    """The question, and the namespace's size, in one round trip inside the open door."""
    (question,), size = understood_all(caller, [search])
    return question, size


def understood_all(
    caller: Caller, searches: Sequence[Search], now: datetime | None = None
) -> tuple[list[Question], Size]:
    """The same of several questions. `now` is when those are asked that do not say it themselves."""
    size = size_known(caller.namespace_id)
    statements: list[Statement] = [names_statement(caller.namespace_id, search.query) for search in searches]
    if size is None:
        statements.append(size_statement(caller.namespace_id))
    answers = pipelined(statements)
    if size is None:
        size = size_keep(caller.namespace_id, answers.pop()[0])
    return [
        _understood(search, names, size, search.asked_at or now)
        for search, names in zip(searches, answers, strict=True)
    ], size


def _understood(
    search: Search, names: Sequence[tuple[str, Sequence[str] | None, int]], size: Size, now: datetime | None
) -> Question:
    known = known_of(names, size)
    latin_only = settings.EMBEDDING_BACKEND == "onnx"
    return understand(
        search.query, known.authors, common=known.common, today=now.date() if now else None, latin_only=latin_only
    )
