"""Propagation: a question's signal along the conduits, bounded, and what it is worth.

In memory where this process remembers the namespace's conduits, else by SQL; both read the same conduits in the same
order. Each hop reads so many conduits of a grain, and the whole walk takes so many steps, so no hub slows it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from learning import constants as c
from learning.adjacency import Adjacency, Numbers, Read
from learning.decay import fading_sql
from retrieval.arrays import Statement
from retrieval.channels import Reached, Step
from retrieval.fusion.pool import Floats

_ONWARD = c.THRESHOLD / c.ATTENUATION  # no conduit weighs over 1, so a weaker signal ends where it is
_UP, _DOWN, _TOLD, _WIRED = range(4)  # what a signal from an entry speaks of


@dataclass(frozen=True, slots=True)
class Entrances:
    """The entries of one question: keys and gains, first `worded` wordings near it, then its own of these kinds."""

    keys: Numbers
    gains: Floats
    worded: int
    kinds: Mapping[int, str]

    def fans(self) -> Numbers:
        """How many conduits are read of each."""
        return np.where(np.arange(len(self.keys)) < self.worded, c.WORDING_FAN, c.ENTRY_FAN)


class Walked(NamedTuple):
    """Steps of a walk, short ways before longer ones: where to, the signal, hops, and the grain that it came from.

    Of a walk in memory a grain may have several steps; one by SQL has made them one, with the sum of their signals.
    """

    target: Numbers
    signal: Floats
    hop: NDArray[np.integer]
    via: Numbers

    def via_of(self, number: int) -> int | None:
        """Where the shortest way to a grain came from, of several the strongest; None where no way leads to it."""
        rows = np.flatnonzero(self.target == number)
        if not len(rows):
            return None
        hops = self.hop[rows]
        shortest = rows[hops == hops.min()]
        return int(self.via[shortest[np.argmax(self.signal[shortest])]])


@dataclass(frozen=True, slots=True)
class Entered:
    """What the entries themselves say of grains, a row each: four kinds of signal, and the strongest one's entry."""

    target: Numbers  # ascending
    signals: Floats  # rows x (up, down, told, wired)
    via: Numbers

    def front(self) -> tuple[Numbers, Floats]:
        """(grains, signals) from which the walk goes on, the strongest first."""
        signal = np.minimum(self.signals.sum(axis=1), 1.0)
        strong = np.flatnonzero(signal >= _ONWARD)
        best = strong[np.argsort(-signal[strong], kind="stable")[: c.FRONT]]
        return self.target[best], signal[best]


@cache
def lead_sql() -> str:
    """What entries lead to. Parameters: namespace, now, keys, how many conduits of each; the row's columns a Read's."""
    return _text("lead").format(fading=fading_sql("one", "asked.now"))


@cache
def onward_sql() -> str:
    """The walk from grain to grain. Parameters: namespace, now, grains, their signals; the row's columns a Walked's."""
    return _text("onward").format(
        grain_fan=c.GRAIN_FAN,
        threshold=c.THRESHOLD,
        attenuation=c.ATTENUATION,
        steps=c.STEPS,
        hops=c.HOPS,
        unwalked=", ".join(str(int(relation)) for relation in c.UNWALKED),
        fading=fading_sql("one", "(SELECT now FROM asked)"),
    )


def _text(name: str) -> str:
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text()


def lead_statement(namespace_id: int, now: float, entrances: Entrances) -> Statement:
    """What the entries lead to; `now` in epoch seconds."""
    return lead_sql(), [namespace_id, now, entrances.keys, entrances.fans()]


def onward_statement(namespace_id: int, now: float, grains: Numbers, signals: Floats) -> Statement:
    """The walk on from these grains."""
    return onward_sql(), [namespace_id, now, grains, signals.tolist()]


def entered(led: Read, entrances: Entrances) -> Entered:
    """The grains that the entries lead to. Of its own entries' signals each conduit has a share: the more, the less."""
    place = led.place
    shares = np.sqrt(np.maximum(np.bincount(place, minlength=len(entrances.keys)), 1))
    shares[: entrances.worded] = 1.0
    signal = (entrances.gains / shares)[place] * led.weight
    own = np.where(led.taught, _TOLD, _WIRED)
    kind = np.where(place < entrances.worded, np.where(signal < 0, _DOWN, _UP), own)
    target, row = np.unique(led.target, return_inverse=True)
    signals = np.bincount(4 * row + kind, signal, minlength=4 * len(target)).astype(np.float64).reshape(-1, 4)
    order = np.argsort(np.abs(signal), kind="stable")
    via = np.empty(len(target), np.int64)
    via[row[order]] = entrances.keys[place[order]]  # the last one written, which is the strongest, stays
    return Entered(target, signals, via)


def walked(conduits: Adjacency, now: float, grains: Numbers, signals: Floats) -> Walked | None:
    """The walk on from these grains, None where it leads nowhere; `now` in epoch seconds.

    A path goes on with the signal that came in by it, and not back to where it came from.
    """
    left, hop, steps = c.STEPS - len(grains), 1, []
    via = np.full(len(grains), -1)
    while True:
        hop += 1
        read = conduits.read(grains, c.GRAIN_FAN, now)
        further = signals.take(read.place) * (c.ATTENUATION * read.weight)
        on = np.flatnonzero((further >= c.THRESHOLD) & (read.target != via.take(read.place)))[:left]
        if not len(on):
            break
        target, signals, via = read.target.take(on), further.take(on), grains.take(read.place.take(on))
        steps.append((target, signals, np.full(len(on), hop), via))
        left -= len(on)
        strong = np.flatnonzero(signals >= _ONWARD)
        if hop == c.HOPS or not len(strong):
            break
        grains, signals, via = target.take(strong), signals.take(strong), via.take(strong)
    return Walked(*map(np.concatenate, zip(*steps, strict=True))) if steps else None


def lift(up: Floats, down: Floats, told: Floats, wired: Floats) -> Floats:
    """What a grain gains or loses in the ranking, in cosine units, at most MOST_LIFT either way.

    `up` (>= 0) and `down` (<= 0) come from wordings near the question, `told` from its terms as rated, `wired` from
    what nobody has rated.
    """
    total = c.LIFT_WORDED * up + c.SINK_WORDED * down + c.LIFT_TOLD * told + c.LIFT_WIRED * np.minimum(wired, 1.0)
    return np.asarray(np.clip(total, -c.MOST_LIFT, c.MOST_LIFT), np.float64)


Named = Callable[[int], UUID | None]  # a grain's id by its number


def reached_of(came: Entered, further: Walked | None, kinds: Mapping[int, str], named: Named) -> Reached:
    """What entries and walk say. A grain that was entered and walked to as well is one, reached by the shorter way."""
    steps, entered_at = _Steps(came, further, kinds, named), len(came.target)
    if further is None:
        return _reached(came.target, came.signals, np.ones(entered_at, np.int64), steps)
    number, row = np.unique(np.concatenate([came.target, further.target]), return_inverse=True)
    signals, hops = np.zeros((len(number), 4)), np.empty(len(number), np.int64)
    here, beyond = row[:entered_at], row[entered_at:]
    signals[here] = came.signals
    signals[:, _WIRED] += np.bincount(beyond, further.signal, len(number))
    hops[beyond[::-1]] = further.hop[::-1]  # the last one written, which is the shortest, stays
    hops[here] = 1
    return _reached(number, signals, hops, steps)


def _reached(number: Numbers, signals: Floats, hops: NDArray[np.int64], steps: Mapping[int, Step]) -> Reached:
    lifts = lift(signals[:, _UP], signals[:, _DOWN], signals[:, _TOLD], signals[:, _WIRED])
    return Reached(number, lifts, np.clip(signals.sum(axis=1), 0.0, 1.0), hops, steps)


class _Steps(Mapping[int, Step]):
    """The last step to each grain, made when somebody asks: a recall shows a few of hundreds."""

    __slots__ = ("_came", "_further", "_kinds", "_named")

    def __init__(self, came: Entered, further: Walked | None, kinds: Mapping[int, str], named: Named) -> None:
        self._came, self._further, self._kinds, self._named = came, further, kinds, named

    def __getitem__(self, number: int) -> Step:
        row = _row(self._came.target, number)
        if row is not None:
            key = int(self._came.via[row])
            return Step(self._kinds.get(key, "wording"), key=key)
        via = self._further.via_of(number) if self._further is not None else None
        if via is None:
            raise KeyError(number)
        return Step("grain", via, self._named(via))

    def __iter__(self) -> Iterator[int]:
        yield from self._came.target.tolist()
        if self._further is not None:
            yield from np.setdiff1d(self._further.target, self._came.target).tolist()

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _row(ascending: Numbers, number: int) -> int | None:
    row = int(np.searchsorted(ascending, number))
    return row if row < len(ascending) and ascending[row] == number else None
