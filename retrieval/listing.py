"""A ranking as it is returned: grain numbers with their scores, what was cut from it and why, who follows whom.

Pure: numbers in, numbers out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from retrieval.fusion.pool import Floats


@dataclass(frozen=True, slots=True)
class Cut:
    """Why a candidate was not returned; `by` is the grain that stands for it, `value` and `bound` what it missed."""

    reason: str
    value: float | None = None
    bound: float | None = None
    by: int | None = None


@dataclass(slots=True)
class Listing:
    """Grain numbers, best first, with their scores; and what has happened to the ranking on the way."""

    numbers: list[int]
    scores: list[float]
    cuts: dict[int, Cut] = field(default_factory=dict)
    raised: dict[int, int] = field(default_factory=dict)  # successors, by the grain whose place each took
    likes: dict[int, list[int]] = field(default_factory=dict)  # near-duplicates, by the one that is shown

    @classmethod
    def of(cls, number: NDArray[np.integer], score: Floats, order: NDArray[np.intp]) -> "Listing":
        """The pool's rows in this order."""
        return cls(number[order].tolist(), score[order].tolist())

    def forget(self, gone: Sequence[int]) -> None:
        """Leave out what is no longer there."""
        if gone:
            self.keep([number not in gone for number in self.numbers], {number: Cut("forgotten") for number in gone})

    def keep(self, kept: Sequence[bool], cut: Mapping[int, Cut]) -> None:
        """Leave out what is not kept, with the reasons."""
        pairs = [pair for pair, stays in zip(zip(self.numbers, self.scores, strict=True), kept, strict=True) if stays]
        self.numbers, self.scores = [number for number, _ in pairs], [score for _, score in pairs]
        self.cuts |= cut


def followed(listing: Listing, chains: Mapping[int, Sequence[int]]) -> None:
    """Put what took a grain's place before it, with its score at the least; the latest is brought in if it is missing.

    `chains` has the visible successors of a superseded grain, the latest first.
    """
    own = dict(zip(listing.numbers, listing.scores, strict=True))
    numbers: dict[int, float] = {}
    for number, score in own.items():
        for place, later in enumerate(chains.get(number, ())):
            if later not in numbers and (place == 0 or later in own):
                numbers[later] = score
                listing.raised[later] = number
        numbers.setdefault(number, score)
    listing.numbers, listing.scores = list(numbers), list(numbers.values())


def gated(listing: Listing, least: float, values: Mapping[int, float], reason: str) -> None:
    """Cut what has less than `least` of a value, or none."""
    if least <= 0:
        return
    cut = {
        number: Cut(reason, values.get(number, 0.0), least)
        for number in listing.numbers
        if values.get(number, 0.0) < least
    }
    listing.keep([number not in cut for number in listing.numbers], cut)


def diverse(listing: Listing, vectors: Mapping[int, Floats], diversity: float, limit: int) -> None:
    """Reorder the first `limit` by maximal marginal relevance (Carbonell and Goldstein 1998) on cosines.

    Each next one has the largest (1 - diversity) * score - diversity * its largest cosine with those before it. Those
    without a vector are like nothing. What falls behind the limit keeps its order there.
    """
    window = [number for number in listing.numbers if number in vectors]
    if diversity <= 0 or len(window) < 2:
        return
    score = dict(zip(listing.numbers, listing.scores, strict=True))
    chosen = _marginal(np.stack([vectors[n] for n in window]), np.array([score[n] for n in window]), diversity, limit)
    first = [window[row] for row in chosen]
    was = set(listing.numbers[:limit])
    taken = set(first)
    listing.numbers = [*first, *(number for number in listing.numbers if number not in taken)]
    listing.scores = [score[number] for number in listing.numbers]
    listing.cuts |= {number: Cut("diversity", score[number], by=first[0]) for number in was - taken}


def _marginal(vectors: Floats, scores: Floats, diversity: float, limit: int) -> list[int]:
    chosen = [0]
    like = np.maximum(vectors @ vectors[0], 0.0)
    open_ = np.ones(len(scores), np.bool_)
    open_[0] = False
    while len(chosen) < min(limit, len(scores)):
        worth = np.where(open_, (1 - diversity) * scores - diversity * like, -np.inf)
        best = int(np.argmax(worth))
        chosen.append(best)
        open_[best] = False
        like = np.maximum(like, vectors @ vectors[best])
    return chosen


def budgeted(listing: Listing, sizes: Mapping[int, int], tokens: int, limit: int) -> tuple[list[int], int]:
    """The first `limit` that fit into a budget together, and what they take. The others stay in the listing.

    A shorter memory further behind may still fit: the budget is filled in the order of the ranking.
    """
    shown: list[int] = []
    spent = 0
    for number in listing.numbers:
        if len(shown) == limit or number not in sizes:
            break
        if spent + sizes[number] > tokens:
            listing.cuts[number] = Cut("budget", float(sizes[number]), float(tokens - spent))
            continue
        spent += sizes[number]
        shown.append(number)
    return shown, spent


def collapsed(listing: Listing, alike: Mapping[int, int]) -> None:
    """Leave out near-duplicates; `alike` has the better-ranked one that stands for each."""
    cut = {number: Cut("collapsed", by=by) for number, by in alike.items()}
    for number, by in alike.items():
        listing.likes.setdefault(by, []).append(number)
    listing.keep([number not in cut for number in listing.numbers], cut)
