"""Candidates that come with others: who knows what belongs together registers here (an app above this one).

Asked between a recall's two trips to the database, for what the channels brought; one small statement of its own, and
none in a namespace that does not want it.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from accounts.door import Caller
from retrieval.arrays import Statement, pipelined
from retrieval.channels import Reached


class Follower(Protocol):
    """Brings candidates that belong to others."""

    name: str

    def statement(self, caller: Caller, numbers: NDArray[np.int64]) -> Statement | None:
        """What to ask about the best candidates so far, best first; None when there is nothing to ask."""

    def reached(self, rows: Sequence[tuple[Any, ...]]) -> Reached:
        """The candidates that come with them."""


_registered: dict[str, Follower] = {}


def register(follower: Follower) -> None:
    """Make a follower part of every recall of this process. The same name again replaces it."""
    _registered[follower.name] = follower


def followed_by(caller: Caller, numbers: NDArray[np.int64]) -> dict[str, Reached]:
    """What follows these grains into the pool, by who brought it, inside the open door."""
    asking = [(one, asked) for one in _registered.values() if (asked := one.statement(caller, numbers)) is not None]
    if not asking or not len(numbers):
        return {}
    answers = pipelined([asked for _, asked in asking])
    return {one.name: one.reached(rows) for (one, _), rows in zip(asking, answers, strict=True)}
