"""Which status may follow which. Erasing is open to all of them; being contested or stale is a verdict's work."""

from collections.abc import Mapping

from grains.models import Status

# From -> to. `quarantined` and `contested` wait for a person: only a verdict makes them active, and nobody puts a
# contested memory to sleep. Archived is no end: everything comes back.
LEGAL: Mapping[Status, frozenset[Status]] = {
    Status.ACTIVE: frozenset({Status.DORMANT, Status.ARCHIVED, Status.STALE, Status.CONTESTED, Status.QUARANTINED}),
    Status.QUARANTINED: frozenset({Status.ACTIVE, Status.CONTESTED, Status.ARCHIVED}),
    Status.CONTESTED: frozenset({Status.ACTIVE, Status.STALE, Status.ARCHIVED}),
    Status.STALE: frozenset({Status.ACTIVE, Status.ARCHIVED}),
    Status.DORMANT: frozenset({Status.ACTIVE, Status.ARCHIVED, Status.STALE}),
    Status.ARCHIVED: frozenset({Status.ACTIVE}),
}
# What somebody may ask for directly; the other moves come from verdicts, supersession and quarantine.
BY_HAND: Mapping[Status, frozenset[Status]] = {
    Status.ACTIVE: frozenset({Status.DORMANT, Status.ARCHIVED}),
    Status.DORMANT: frozenset({Status.ACTIVE, Status.ARCHIVED}),
    Status.STALE: frozenset({Status.ARCHIVED}),
    Status.CONTESTED: frozenset({Status.ARCHIVED}),
    Status.QUARANTINED: frozenset({Status.ARCHIVED}),
    Status.ARCHIVED: frozenset({Status.ACTIVE}),
}


def may_move(came_from: str, to: str, *, by_hand: bool = False) -> bool:
    """Whether a memory may go from one status to another; staying where it is is always allowed."""
    table = BY_HAND if by_hand else LEGAL
    return came_from == to or Status(to) in table[Status(came_from)]
