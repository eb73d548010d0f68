"""The learning curve: what rounds of ratings do to rated questions, to the same in other words, and to the others.

Half of a set's questions, by a fixed shuffle, are asked and rated for some rounds: of what is returned, what answers
the question is useful and the rest is not, each verdict flipped with the probability `noise`.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from uuid import UUID

from accounts.door import Caller
from learning.services.feedback import feedback_give
from retrieval.evaluation.metrics import interval
from retrieval.evaluation.run import APART, stored_set, throwaway_namespace
from retrieval.evaluation.sets import Conversation, SetQuery
from retrieval.recall import recall
from retrieval.search import Search
from retrieval.services.feedback import Verdict
from text.tokens import STOP_WORDS

K = 10
GROUPS = ("rated", "reworded", "unseen")


@dataclass(frozen=True, slots=True)
class Training:
    """How much is rated, and how well."""

    rounds: int = 2
    top: int = 20
    noise: float = 0.0


@dataclass(frozen=True, slots=True)
class Point:
    """Mean recall@10 of a group after a round, and the 95 % interval of its change since round 0."""

    group: str
    round: int
    recall: float
    change: tuple[float, float, float]  # low, mean, high


Scores = dict[str, list[list[float]]]  # by group: for each round, the recall of every query
Progress = Callable[[str], None]


def curve(conversations: Sequence[Conversation], training: Training, progress: Progress) -> tuple[list[Point], float]:
    """(the points, the share of rated questions' gap between recall@10 and recall@20 that was closed)."""
    scores: Scores = {group: [[] for _ in range(training.rounds + 1)] for group in GROUPS}
    at_20: list[float] = []
    for conversation in conversations:
        with throwaway_namespace() as caller:
            sources = stored_set(caller, [conversation], progress)
            _teach(_Class(caller, conversation, sources, training), scores, at_20)
        progress(".")
    points = [_point(group, n, rounds) for group, rounds in scores.items() for n in range(len(rounds))]
    before, after = fmean(scores["rated"][0]), fmean(scores["rated"][-1])
    return points, (after - before) / max(fmean(at_20) - before, 1e-9)


@dataclass(frozen=True, slots=True)
class _Class:
    caller: Caller
    conversation: Conversation
    sources: Mapping[UUID, str]
    training: Training

    def groups(self, dice: random.Random) -> dict[str, list[SetQuery]]:
        queries = [one for one in self.conversation.queries if one.relevant and one.category != APART]
        dice.shuffle(queries)
        return {"rated": queries[::2], "reworded": [_reworded(one) for one in queries[::2]], "unseen": queries[1::2]}

    def recalled(self, query: str, k: int) -> tuple[UUID, list[tuple[UUID, str]]]:
        """The trace, and each result's grain with the memory of the set that it is."""
        answer = recall(caller=self.caller, search=Search(query, k))
        ids = [result.memory.grain.id for result in answer.results]
        return answer.trace_id, [(id_, self.sources[id_].partition("/")[2]) for id_ in ids]

    def recall_at(self, query: SetQuery, k: int) -> float:
        _, found = self.recalled(query.text, k)
        return len({source for _, source in found} & query.relevant) / len(query.relevant)


def _teach(school: _Class, scores: Scores, at_20: list[float]) -> None:
    dice = random.Random(7)  # noqa: S311 (nothing secret)
    groups = school.groups(dice)
    at_20 += [school.recall_at(query, 2 * K) for query in groups["rated"]]
    for round_ in range(school.training.rounds + 1):
        for query in groups["rated"] if round_ else ():
            _rate(school, query, dice)
        for group, queries in groups.items():
            scores[group][round_] += [school.recall_at(query, K) for query in queries]


def _rate(school: _Class, query: SetQuery, dice: random.Random) -> None:
    trace, found = school.recalled(query.text, school.training.top)
    flips = [dice.random() < school.training.noise for _ in found]
    verdicts = [
        Verdict(id_, useful=(source in query.relevant) != flip)
        for (id_, source), flip in zip(found, flips, strict=True)
    ]
    feedback_give(caller=school.caller, trace_id=trace, verdicts=verdicts)


def _reworded(query: SetQuery) -> SetQuery:
    """The bare content words in reverse order: learning must not hang on the exact string."""
    words = [word for word in query.text.rstrip("?.! ").split() if word.lower().strip(",'\"") not in STOP_WORDS]
    return SetQuery(" ".join(reversed(words)) or query.text, query.category, query.relevant)


def _point(group: str, round_: int, rounds: list[list[float]]) -> Point:
    change = [after - before for after, before in zip(rounds[round_], rounds[0], strict=True)]
    low, high = interval(change)
    return Point(group, round_, fmean(rounds[round_]), (low, fmean(change), high))


def by_group(points: Sequence[Point]) -> Iterator[tuple[str, list[Point]]]:
    """The points of each group, round by round."""
    groups = defaultdict(list)
    for point in points:
        groups[point.group].append(point)
    yield from groups.items()
