"""Who reads the outbox: registered in AppConfig.ready, so that every worker knows all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from accounts.models import Deed


@dataclass(frozen=True, slots=True)
class Batch:
    """Deeds of one namespace in order, and the connection whose open transaction acknowledges them."""

    namespace_id: int
    deeds: Sequence[Deed]
    using: str


@dataclass(frozen=True, slots=True)
class Consumer:
    """A reader of deeds. `name` is for good: the place reached is kept under it.

    `verbs` are the deeds wanted, None for every one. A consumer that was never seen before starts with the oldest
    deed that is kept, or with `from_start=False` with the next one.
    """

    name: str
    verbs: frozenset[str] | None
    handle: Callable[[Batch], None]
    from_start: bool = True

    def wants(self, verb: str) -> bool:
        """Whether deeds of this verb are handed to it."""
        return self.verbs is None or verb in self.verbs


_registered: dict[str, Consumer] = {}


def register(consumer: Consumer) -> None:
    """Make a consumer known to this process. Registering the same name again replaces it."""
    if len(consumer.name) > 32:
        raise ValueError("a consumer's name has at most 32 characters")
    _registered[consumer.name] = consumer


def consumers() -> list[Consumer]:
    """Every registered consumer."""
    return list(_registered.values())


def consumer_named(name: str) -> Consumer:
    """The registered consumer of this name. Raises LookupError."""
    return _registered[name]
