"""Store a set's memories in namespaces of their own, ask its queries, measure the rankings, clean up."""

import random
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from accounts.door import Caller
from accounts.services.namespaces import as_operator, namespace_create, namespace_delete
from grains.drafts import Draft
from grains.services.store import grain_store_batch
from retrieval.calibration import Decision
from retrieval.evaluation.metrics import Row, ranking_metrics
from retrieval.evaluation.rankers import Asking, Ranker
from retrieval.evaluation.sets import Conversation, SetMemory, SetQuery

BATCH = 100
APART = "adversarial"  # LoCoMo's questions that name the wrong person: reported, not in the mean
STRANGERS = 40  # queries of another set asked of each conversation
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Metrics of every query of a run, by category."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    @property
    def core(self) -> list[Row]:
        """The rows that count in the mean."""
        return [row for category, rows in self.rows.items() if not category.endswith(APART) for row in rows]

    def of(self, label: str) -> "Outcome":
        """The rows of one set among several (retrieval.evaluation.sets.labelled)."""
        return Outcome({category: rows for category, rows in self.rows.items() if category.startswith(f"{label}: ")})


@dataclass(frozen=True, slots=True)
class Judged:
    """What was decided of a query: the confidence (the best memory's score, 0 to 1) and whether it was injected."""

    confidence: float
    injected: bool


@dataclass(frozen=True, slots=True)
class Result:
    """Outcomes by ranker, and the decisions by kind of query: answerable, unanswerable, off-topic."""

    outcomes: dict[str, Outcome]
    decisions: dict[str, list[Judged]]


def evaluate(
    conversations: Sequence[Conversation],
    *,
    rankers: Mapping[str, Ranker],
    k: int,
    one_pool: bool,
    progress: Progress,
    strangers: Sequence[str] = (),
) -> Result:
    """Run each ranker over each query that has an answer; with `strangers`, judge also queries that nothing answers.

    `one_pool` puts all conversations into one namespace.
    """
    result = Result({name: Outcome() for name in rankers}, defaultdict(list))
    pools = [list(conversations)] if one_pool else [[conversation] for conversation in conversations]
    dice = random.Random(5)  # noqa: S311 - sampling, nothing secret
    for pool in pools:
        with throwaway_namespace() as caller:
            sources = stored_set(caller, pool, progress)
            for conversation in pool:
                _rank(caller, conversation, (rankers, sources, k), result)
                if strangers:
                    chosen = dice.sample(list(strangers), min(STRANGERS, len(strangers)))
                    _judge(caller, conversation, chosen, result.decisions)
            progress(".")
    return result


def _rank(
    caller: Caller,
    conversation: Conversation,
    how: tuple[Mapping[str, Ranker], Mapping[UUID, str], int],
    result: Result,
) -> None:
    rankers, sources, k = how
    for query in conversation.queries:
        if not query.relevant:
            continue
        asking = Asking(caller, query.text, k)
        relevant = {f"{conversation.id}/{id_}" for id_ in query.relevant}
        for name, ranker in rankers.items():
            ranking = [sources[id_] for id_ in ranker(asking)]
            result.outcomes[name].rows[query.category].append(ranking_metrics(ranking, relevant))


def _judge(
    caller: Caller, conversation: Conversation, strangers: Sequence[str], decisions: dict[str, list[Judged]]
) -> None:
    own = [(_kind(query), query.text) for query in conversation.queries if not query.category.endswith(APART)]
    for kind, text in [*own, *(("off-topic", text) for text in strangers)]:
        verdict = Asking(caller, text, 10).recalled.verdict
        decisions[kind].append(Judged(verdict.confidence, verdict.decision == Decision.INJECT))


def _kind(query: SetQuery) -> str:
    return "answerable" if query.relevant else "unanswerable"


@contextmanager
def throwaway_namespace() -> Iterator[Caller]:
    """An operator's caller in a namespace that is gone afterwards."""
    namespace = namespace_create(name=f"evaluation-{secrets.token_hex(6)}")
    try:
        yield as_operator(namespace)
    finally:
        namespace_delete(name=namespace.name, confirm=namespace.name)


def stored_set(caller: Caller, pool: Sequence[Conversation], progress: Progress) -> dict[UUID, str]:
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
