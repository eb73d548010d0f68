"""Evaluation sets: JSON lines, plain or gzipped, one conversation a line.

    {"id", "memories": [{"id", "text", "author", "session", "ts"}],
     "queries": [{"text", "category", "relevant": [ids of memories]}]}

author, session and ts may be empty or absent; a query without relevant memories asks for nothing to be found.
A `.json` file is read as LoCoMo's own format (retrieval/evaluation/locomo.py).
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from retrieval.evaluation.locomo import conversation_row


@dataclass(frozen=True, slots=True)
class SetMemory:
    """A memory of a set; "" and None are unknown. `occurred_at` is aware."""

    id: str
    text: str
    author: str = ""
    session: str = ""
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SetQuery:
    """A query and the ids of the memories that answer it."""

    text: str
    category: str
    relevant: frozenset[str]


@dataclass(frozen=True, slots=True)
class Conversation:
    """Memories in order of arrival, and what is asked of them."""

    id: str
    memories: tuple[SetMemory, ...]
    queries: tuple[SetQuery, ...]


class BadSet(ValueError):
    """A line of a set is not a conversation; its text names file and line."""


def conversations(path: Path) -> Iterator[Conversation]:
    """Read a set line by line. Raises OSError, or BadSet for a line that is none."""
    if path.suffix == ".json":
        yield from _locomo(path)
        return
    with _opened(path) as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield _conversation(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise BadSet(f"{path.name}, line {number}: {error!r}") from error


def labelled(conversation: Conversation, label: str) -> Conversation:
    """The conversation as one of a set among several: its id and its queries' categories begin with `label`."""
    queries = tuple(replace(query, category=f"{label}: {query.category}") for query in conversation.queries)
    return replace(conversation, id=f"{label}: {conversation.id}", queries=queries)


def _locomo(path: Path) -> Iterator[Conversation]:
    try:
        samples = list(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise BadSet(f"{path.name} is no list of LoCoMo samples: {error!r}") from error
    for number, sample in enumerate(samples, 1):
        try:
            yield _conversation(conversation_row(sample))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadSet(f"{path.name}, sample {number}: {error!r}") from error


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")


def _conversation(row: dict[str, Any]) -> Conversation:
    conversation = Conversation(
        id=row["id"],
        memories=tuple(_memory(memory) for memory in row["memories"]),
        queries=tuple(SetQuery(q["text"], q["category"], frozenset(q["relevant"])) for q in row["queries"]),
    )
    known = {memory.id for memory in conversation.memories}
    strangers = set().union(*(query.relevant for query in conversation.queries)) - known
    if strangers:
        raise ValueError(f"queries name memories that are not there: {sorted(strangers)[:3]}")
    return conversation


def _memory(row: dict[str, Any]) -> SetMemory:
    moment = datetime.fromisoformat(row["ts"]) if row.get("ts") else None
    if moment and moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return SetMemory(row["id"], row["text"], row.get("author") or "", row.get("session") or "", moment)
