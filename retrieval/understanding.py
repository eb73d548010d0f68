"""Understand queries with what their namespace knows: its authors, its common names, its size."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.door import Caller
from retrieval.arrays import Statement, pipelined
from retrieval.names import Known, known_of, names_keep, names_remembered, names_statement
from retrieval.question import Question, understand
from retrieval.search import Search
from retrieval.sizes import Size, size_keep, size_known, size_statement


class Misunderstood(Exception):
    """The namespace knows other names than were presumed."""


@dataclass(frozen=True, slots=True)
class Presumed:
    """What this process remembers of a namespace's names, to be checked by the next trip to the database."""

    caller: Caller
    searches: Sequence[Search]
    size: Size
    known: Sequence[Known]

    @property
    def statements(self) -> list[Statement]:
        """What tells how it is."""
        return [names_statement(self.caller.namespace_id, search.query) for search in self.searches]

    def check(self, answers: Sequence[Sequence[tuple[Any, ...]]]) -> None:
        """Raise Misunderstood when the answers to `statements` say something else; they are remembered then."""
        for search, rows, presumed in zip(self.searches, answers, self.known, strict=True):
            if known_of(rows, self.size) != presumed:
                names_keep(self.caller.namespace_id, search.query, rows)
                raise Misunderstood


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
    known = [known_of(names, size) for names in answers]
    return [_understood(search, one, search.asked_at or now) for search, one in zip(searches, known, strict=True)], size


def presumed_all(caller: Caller, searches: Sequence[Search]) -> tuple[list[Question], Presumed] | None:
    """The questions understood by what is remembered, which saves a round trip: names are few, and rarely new.

    None where the namespace's size is not remembered.
    """
    size = size_known(caller.namespace_id)
    if size is None:
        return None
    remembered = [known_of(names_remembered(caller.namespace_id, search.query), size) for search in searches]
    questions = [_understood(search, one, search.asked_at) for search, one in zip(searches, remembered, strict=True)]
    return questions, Presumed(caller, searches, size, remembered)


def _understood(search: Search, known: Known, now: datetime | None) -> Question:
    latin_only = settings.EMBEDDING_BACKEND == "onnx"
    return understand(
        search.query, known.authors, common=known.common, today=now.date() if now else None, latin_only=latin_only
    )
