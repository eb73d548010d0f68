"""Channels of apps above this one: what they know of a question rides in the recall's first trip to the database.

A channel brings candidates of its own and adds to the score of any. It is registered in AppConfig.ready.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from retrieval.arrays import Statement
from retrieval.fusion.pool import Floats
from retrieval.profiles import Profile
from retrieval.question import Question

BROUGHT = 60  # candidates that one channel may add, as many as the others bring


@dataclass(frozen=True, slots=True)
class Heard:
    """What a channel is told: the question, the keys of its terms, its vector."""

    namespace_id: int
    question: Question
    terms: Sequence[int]
    vector: NDArray[np.float32] | None  # None where the encoder did not answer
    now: datetime
    profile: Profile = Profile.GARNER  # whose formula ranks


@dataclass(frozen=True, slots=True)
class Step:
    """How a grain was reached: from an entry of this kind, or from another grain."""

    origin: str
    number: int | None = None  # of the other grain ...
    id: UUID | None = None  # ... and its id
    key: int | None = None  # of the entry: for the trace, so that use can be counted


def step_shown(step: Step) -> dict[str, Any]:
    """A step as traces and answers show it."""
    return {"from": step.origin, **({"grain_id": step.id} if step.id else {})}


def path_shown(path: Sequence[Step]) -> list[dict[str, Any]]:
    """A path as traces and answers show it, first step first."""
    return [step_shown(step) for step in path]


@dataclass(frozen=True, slots=True)
class Reached:
    """Grains that a channel speaks of, one row each: equal-length columns."""

    number: NDArray[np.int64]  # unique
    lift: Floats  # added to the score, in cosine units; bounded by the channel
    signal: Floats  # how strongly it was reached, 0 to 1
    hops: NDArray[np.integer]
    steps: Mapping[int, Step] = field(default_factory=dict)  # the last step to each
    sure: float = 0.0  # how sure the channel is of its best, 0 to 1, where a profile asks for it

    def path(self, number: int) -> list[Step]:
        """The steps that led to a grain, first one first; none for a grain that was not reached."""
        found: list[Step] = []
        at: int | None = number
        while at is not None and at in self.steps and len(found) < int(self.hops.max(initial=0)):
            found.append(self.steps[at])
            at = self.steps[at].number
        return found[::-1]

    def brought(self) -> NDArray[np.int64]:
        """The grains that it adds to the candidates: those that it lifts most."""
        best = np.argsort(-self.lift, kind="stable")[:BROUGHT]
        return self.number[best[self.lift[best] > 0]]

    def columns(self, number: NDArray[np.integer]) -> tuple[Floats, Floats]:
        """(lift, signal) of these grains, 0 where it says nothing."""
        lift, signal = np.zeros(len(number)), np.zeros(len(number))
        if not len(self.number):
            return lift, signal
        order = np.argsort(self.number)
        place = np.searchsorted(self.number, number, sorter=order)
        known = place < len(order)
        rows = order[place[known]]
        same = self.number[rows] == number[known]
        at = np.flatnonzero(known)[same]
        lift[at], signal[at] = self.lift[rows[same]], self.signal[rows[same]]
        return lift, signal


NOBODY = Reached(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class Asking:
    """What a channel asks the database in the first trip, and what makes sense of the rows, inside the open door."""

    statement: Statement
    reached: Callable[[Sequence[tuple[Any, ...]]], Reached]


class Channel(Protocol):
    """One small statement a recall, and what its rows mean."""

    name: str

    def asking(self, heard: Heard) -> Asking | None:
        """What to ask; None when there is nothing to ask."""


_registered: dict[str, Channel] = {}


def register(channel: Channel) -> None:
    """Make a channel part of every recall of this process. The same name again replaces it."""
    _registered[channel.name] = channel


def channels() -> list[Channel]:
    """Every registered channel."""
    return list(_registered.values())
