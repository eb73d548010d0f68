"""The candidates of one recall as columns."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

UNKNOWN_DAY = int(np.iinfo(np.int32).min)  # of a memory that does not say when it happened

_WHOLE = ("stream", "memories")  # what is said of the pool, not of its rows

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.integer]
Column = TypeVar("Column", bound=NDArray[Any])


@dataclass(frozen=True, slots=True)
class Pool:
    """n candidates, one row each, in any order; every column has length n. Raises ValueError when one does not.

    A column is neutral where it says nothing: bm25 and held 0, pieces 0, flags 0, authored False, session 0,
    alone False, occurred UNKNOWN_DAY, importance 1.
    """

    number: Integers  # grain numbers: unique, ascending by arrival
    dense: NDArray[np.floating]  # inner product with the question's vector, in cosine units
    bm25: NDArray[np.floating]  # >= 0, of the namespace
    held: NDArray[np.floating]  # share of the question's idf mass, 0 to 1
    pieces: Integers  # length in word pieces, not truncated
    flags: Integers  # text.cues.Cue bits
    authored: Flags  # its author is the one whom the question names
    session: Integers  # equal for memories of one session; 0: no session
    turn: Integers  # place in the session; neighbours differ by 1
    alone: Flags  # no other memory is in its session, or it has none
    occurred: Integers  # days since 1970-01-01, or UNKNOWN_DAY
    importance: NDArray[np.floating]  # 0 to 2; 1 is neutral
    exact: NDArray[np.floating] | None = None  # share of the exact terms' idf mass, 0 to 1; None: no such terms
    stream: float = 0.0  # how far memories without a session continue the one stored before, 0 to 1
    quoted: NDArray[np.floating] | None = None  # share of the quoted phrases, 0 to 1; None: nothing is quoted
    memories: int = 0  # of the namespace; 0: unknown
    parts: NDArray[np.floating] | None = None  # n rows: what bm25 is the sum of, a column a term; None: not known
    streaming: NDArray[np.floating] | None = None  # share of `stream` that holds at each, 0 to 1; None: all of it
    learned: NDArray[np.floating] | None = None  # what channels above add, in cosine units; None: they say nothing
    _derived: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        columns = [getattr(self, name) for name in COLUMNS]
        if len({len(column) for column in columns if column is not None}) > 1:
            raise ValueError("the columns of a pool have different lengths")

    def __len__(self) -> int:
        return len(self.number)

    def derived(self, name: Hashable, make: Callable[["Pool"], Column]) -> Column:
        """What follows from the columns alone, made when it is asked for first; not to be written to."""
        column = self._derived.get(name)
        if column is None:
            column = self._derived[name] = make(self)
        return cast("Column", column)

    @property
    def company(self) -> Floats:
        """How far a memory has mates: 1 in a session with others, `stream` in none, 0 alone in its session."""
        return self.derived("company", _company)

    @property
    def place(self) -> Integers:
        """Where a memory stands in its session, or, without one, among all that arrived."""
        return self.derived("place", _place)

    def taken(self, rows: NDArray[np.intp]) -> "Pool":
        """The pool with these rows, in this order."""
        columns: dict[str, Any] = {name: getattr(self, name) for name in COLUMNS}
        whole = {name: getattr(self, name) for name in _WHOLE}
        taken: dict[str, Any] = {name: None if column is None else column[rows] for name, column in columns.items()}
        return Pool(**taken, **whole)


COLUMNS = tuple(one.name for one in fields(Pool) if one.init and one.name not in _WHOLE)


def _place(pool: Pool) -> Integers:
    return np.where(pool.session == 0, pool.number, pool.turn)


def _company(pool: Pool) -> Floats:
    stream = pool.stream if pool.streaming is None else pool.stream * pool.streaming
    return np.where(pool.session == 0, stream, np.where(pool.alone, 0.0, 1.0))
