"""Conduits in memory: columns of numbers, sorted by where they start, so that a few array operations read many.

Some 35 bytes a conduit. A changed origin's conduits are laid over the old ones until enough have changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from learning.decay import Terms, faded, fading_terms

Numbers = NDArray[np.int64]
MERGED_AT = 10_000  # changed conduits from which all are made one again, which takes 30 ms of a million


class Read(NamedTuple):
    """Conduits read of some origins, in their order: the origin's place, the target, and what it is worth now."""

    place: Numbers
    target: Numbers
    taught: NDArray[np.bool_]
    weight: NDArray[np.float64]


Columns = Sequence[Any]  # origin, target, place within the origin, last use, terms of its fading, taught


def columns_of(row: Sequence[Any]) -> Columns:
    """From the database's columns: origin, target, relation, weight, class, taught, last use, made; None for none."""
    if row[0] is None:
        return NO_COLUMNS
    origin, target, relation, weight, decay_class, taught, used, created = row
    return origin, target, relation, used, fading_terms(weight, used - created, decay_class, taught), taught


@dataclass(frozen=True, slots=True)
class Conduits:
    """Conduits, by origin and within one in the order of their targets."""

    origins: Numbers  # ascending, each once
    starts: Numbers  # one more than origins
    target: Numbers
    used: NDArray[np.float64]  # last use, seconds since the epoch
    terms: Terms
    taught: NDArray[np.bool_]

    @classmethod
    def of(cls, columns: Columns) -> "Conduits":
        """From unordered columns."""
        origin, target, place, *rest = columns
        order = np.lexsort((place, target, origin))
        origins, starts = np.unique(origin[order], return_index=True)
        return cls(origins, np.append(starts, len(origin)), *(column[order] for column in (target, *rest)))

    @property
    def nbytes(self) -> int:
        """What they take in memory."""
        return sum(getattr(self, name).nbytes for name in self.__slots__)

    def rows(self, wanted: Numbers, most: Numbers | int) -> tuple[Numbers, Numbers]:
        """(places, rows) of the first `most` conduits of each origin wanted."""
        if not len(self.origins):
            return _NONE, _NONE
        at = np.minimum(np.searchsorted(self.origins, wanted), len(self.origins) - 1)
        start = self.starts[at]
        count = np.minimum(self.starts[at + 1] - start, most) * (self.origins[at] == wanted)
        place = np.repeat(np.arange(len(wanted)), count)
        return place, (start - np.cumsum(count) + count)[place] + np.arange(len(place))

    def read(self, wanted: Numbers, most: Numbers | int, now: float) -> Read:
        """The first `most` conduits of each origin wanted, and what they are worth at `now`, epoch seconds."""
        place, rows = self.rows(wanted, most)
        weight = faded(self.terms.take(rows, axis=0), now - self.used.take(rows))
        return Read(place, self.target.take(rows), self.taught.take(rows), weight)

    def without(self, origins: Numbers) -> "Conduits":
        """These but for those of some origins."""
        kept = ~np.isin(self.origins, origins)
        if kept.all():
            return self
        sizes = np.diff(self.starts)
        rows = np.flatnonzero(np.repeat(kept, sizes))
        return Conduits(
            self.origins[kept],
            _starts(sizes[kept]),
            self.target[rows],
            self.used[rows],
            self.terms[rows],
            self.taught[rows],
        )

    def joined(self, other: "Conduits") -> "Conduits":
        """These and those of other origins, without sorting anything: a million take as long as to copy them."""
        at, sizes = np.searchsorted(self.origins, other.origins), np.diff(other.starts)
        rows = np.repeat(self.starts[at], sizes)
        return Conduits(
            np.insert(self.origins, at, other.origins),
            _starts(np.insert(np.diff(self.starts), at, sizes)),
            np.insert(self.target, rows, other.target),
            np.insert(self.used, rows, other.used),
            np.insert(self.terms, rows, other.terms, axis=0),
            np.insert(self.taught, rows, other.taught),
        )


def _starts(sizes: Numbers) -> Numbers:
    return np.concatenate([[0], np.cumsum(sizes)])


@dataclass(frozen=True, slots=True)
class Adjacency:
    """Conduits as they were read, and those of some origins as they are since."""

    read_first: Conduits
    changed: Numbers  # origins, ascending: what `read_first` has of them is of the past
    read_since: Conduits

    @classmethod
    def of(cls, columns: Columns) -> "Adjacency":
        """From unordered columns."""
        return cls(Conduits.of(columns), _NONE, NO_CONDUITS)

    @property
    def nbytes(self) -> int:
        """What they take in memory."""
        return self.read_first.nbytes + self.read_since.nbytes + self.changed.nbytes

    def read(self, wanted: Numbers, most: Numbers | int, now: float) -> Read:
        """The first `most` conduits of each origin wanted, in the order of the origins, and what they are worth now."""
        if not len(self.changed):
            return self.read_first.read(wanted, most, now)
        at = np.minimum(np.searchsorted(self.changed, wanted), len(self.changed) - 1)
        fresh = self.changed[at] == wanted
        before = self.read_first.read(wanted, np.where(fresh, 0, most), now)
        if not fresh.any():
            return before
        since = self.read_since.read(wanted, np.where(fresh, most, 0), now)
        order = np.argsort(np.concatenate([before.place, since.place]), kind="stable")
        return Read(*(np.concatenate(both)[order] for both in zip(before, since, strict=True)))

    def replaced(self, origins: Numbers, columns: Columns) -> "Adjacency":
        """These, with all that there is now of some origins, as columns."""
        since = self.read_since.without(origins).joined(Conduits.of(columns))
        found = replace(self, changed=np.union1d(self.changed, origins), read_since=since)
        return found.merged() if len(since.target) > MERGED_AT or len(found.changed) > MERGED_AT else found

    def merged(self) -> "Adjacency":
        """The same as one."""
        return Adjacency(self.read_first.without(self.changed).joined(self.read_since), _NONE, NO_CONDUITS)


@dataclass(frozen=True, slots=True)
class GrainIds:
    """Ids of grains by their numbers, which never change: 24 bytes each."""

    numbers: Numbers  # ascending
    wire: NDArray[np.uint8]  # a row of 16 each

    @classmethod
    def of(cls, numbers: Numbers | None, wire: bytes | None) -> "GrainIds":
        """From unordered numbers, and the ids' wire forms in a row."""
        if numbers is None or wire is None:
            return cls(_NONE, np.empty((0, 16), np.uint8))
        order = np.argsort(numbers)
        return cls(numbers[order], np.frombuffer(wire, np.uint8).reshape(-1, 16)[order])

    @property
    def nbytes(self) -> int:
        """What they take in memory."""
        return self.numbers.nbytes + self.wire.nbytes

    def get(self, number: int) -> UUID | None:
        """A grain's id, None for one that is not here."""
        row = int(np.searchsorted(self.numbers, number))
        known = row < len(self.numbers) and self.numbers[row] == number
        return UUID(bytes=self.wire[row].tobytes()) if known else None

    def with_more(self, more: "GrainIds") -> "GrainIds":
        """These and others."""
        new = ~np.isin(more.numbers, self.numbers)
        if not new.any():
            return self
        at = np.searchsorted(self.numbers, more.numbers[new])
        return GrainIds(
            np.insert(self.numbers, at, more.numbers[new]), np.insert(self.wire, at, more.wire[new], axis=0)
        )


_NONE = np.empty(0, np.int64)
NO_COLUMNS: Columns = (_NONE, _NONE, _NONE, np.empty(0), np.empty((0, 4), np.float32), np.empty(0, bool))
NO_CONDUITS = Conduits.of(NO_COLUMNS)
