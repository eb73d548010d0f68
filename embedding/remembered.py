"""What is remembered of a scope's query vectors, and forgetting it."""

from dataclasses import dataclass

from embedding.cache import LocalLevel, ValkeyLevel, prefix_of
from embedding.service import encoder, levels


@dataclass(frozen=True, slots=True)
class Remembered:
    """Vectors of one scope: in this process, and shared by all."""

    local: int
    shared: int


def remembered(*, scope: str) -> Remembered:
    """How many vectors of queries are remembered for a scope; 0 shared ones while Valkey is away."""
    counts = {type(level): level.count(prefix_of(encoder().name, scope)) for level in levels()}
    return Remembered(counts.get(LocalLevel, 0), counts.get(ValkeyLevel, 0))


def forget_remembered(*, scope: str) -> int:
    """Forget them, here and in Valkey; return how many were remembered in the level that had most."""
    return max(level.forget(prefix_of(encoder().name, scope)) for level in levels())
