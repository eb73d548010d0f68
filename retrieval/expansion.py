"""What lies beside a recall that found little: other memories of the same clusters, for callers who can show both.

Who knows of clusters registers here (an app above this one). They are no results: not ranked, not in the trace.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from accounts.door import Caller
from grains.selectors import Memory
from retrieval.recall import Recalled

UNSURE = 0.4  # confidence below which a recall is expanded: Flux's EXPANSION_CONFIDENCE_THRESHOLD ...
FEW = 2  # ... and results below which it is, however sure


@dataclass(frozen=True, slots=True)
class Beside:
    """A memory beside the results, with how near it is, 0 to 1."""

    memory: Memory
    score: float
    core: bool = False


class Expander(Protocol):
    """Finds memories beside the grains with these numbers."""

    def __call__(self, *, caller: Caller, numbers: Sequence[int]) -> list[Beside]:
        """The nearest first, few; none of `numbers`."""


_registered: list[Expander] = []


def register(expander: Expander) -> None:
    """Make this the one that expands recalls in this process."""
    _registered[:] = [expander]


def expansion(*, caller: Caller, found: Recalled) -> list[Beside]:
    """What lies beside a recall that is unsure or found few; nothing beside any other, or beside none."""
    numbers = [result.memory.grain.number for result in found.results]
    if not numbers or not _registered or (found.verdict.confidence >= UNSURE and len(numbers) >= FEW):
        return []
    return _registered[0](caller=caller, numbers=numbers)
