"""What can be measured on a query: the product, the seeds' profiles, one channel alone, the fusion without a signal."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cached_property, partial
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from accounts.door import Caller, tenant
from embedding import embed
from grains.models import Grain
from retrieval.candidates import Asked, gather
from retrieval.fusion import Pool, fuse
from retrieval.fusion.weights import WEIGHTS, Weights
from retrieval.profiles import Profile
from retrieval.question import Question
from retrieval.recall import Recalled, recall
from retrieval.search import Search
from retrieval.understanding import understood


@dataclass
class Asking:
    """One query of a caller, at most k results; what several rankers need of it is computed once."""

    caller: Caller
    query: str
    k: int

    @cached_property
    def recalled(self) -> Recalled:
        """The product's answer."""
        return recall(caller=self.caller, search=Search(self.query, self.k))

    @cached_property
    def candidates(self) -> tuple[Question, Pool]:
        """The question understood, and the pool that the fusion ranks."""
        search = Search(self.query, self.k)
        with tenant(self.caller, durable=False):
            question, size = understood(self.caller, search)
            (vector,) = embed([question.embedded], scope=str(self.caller.namespace_id))
            return question, gather(self.caller, search, Asked.of(self.caller, question, vector, size)).pool

    def ids(self, rows: NDArray[np.intp]) -> list[UUID]:
        """The grains of these rows of the pool."""
        numbers = [int(number) for number in self.candidates[1].number[rows[: self.k]]]
        with tenant(self.caller, durable=False):
            grains = Grain.objects.filter(namespace_id=self.caller.namespace_id, number__in=numbers)
            ids = dict(grains.values_list("number", "id"))
        return [ids[number] for number in numbers]


Ranker = Callable[[Asking], list[UUID]]


def fused(asking: Asking) -> list[UUID]:
    """The product: recall()."""
    return [result.memory.grain.id for result in asking.recalled.results]


def by_profile(profile: Profile, asking: Asking) -> list[UUID]:
    """recall() with a seed's formula."""
    answer = recall(caller=asking.caller, search=Search(asking.query, asking.k, profile=profile))
    return [result.memory.grain.id for result in answer.results]


def by_column(column: str, asking: Asking) -> list[UUID]:
    """One channel of the pool alone."""
    score = getattr(asking.candidates[1], column)
    best = np.argsort(-score, kind="stable")
    return asking.ids(best[score[best] > 0])


def reweighted(weights: Weights, asking: Asking) -> list[UUID]:
    """The fusion with other weights."""
    question, pool = asking.candidates
    return asking.ids(fuse(pool, question, weights).order)


def blind(column: str, asking: Asking) -> list[UUID]:
    """The fusion of a pool whose channel says nothing."""
    question, pool = asking.candidates
    silent: dict[str, Any] = {column: np.zeros(len(pool))}
    return asking.ids(fuse(replace(pool, **silent), question).order)


CHANNELS: dict[str, Ranker] = {"vector": partial(by_column, "dense"), "words": partial(by_column, "bm25")}
PROFILES: dict[str, Ranker] = {
    str(profile): partial(by_profile, profile) for profile in Profile if profile != Profile.GARNER
}


def ablations() -> dict[str, Ranker]:
    """The fusion without each of its signals, and without each of its channels."""
    without: dict[str, Ranker] = {
        f"without {field.name}": partial(reweighted, replace(WEIGHTS, **{field.name: 0.0})) for field in fields(Weights)
    }
    return {"without vector": partial(blind, "dense"), "without bm25": partial(blind, "bm25"), **without}
