"""Lazy decay: what a conduit is worth now, as a pure function. Nothing is rewritten because time passes."""

from learning.constants import GRACE_HOURS, HALF_LIFE_HOURS, KEPT_TAUGHT, KEPT_WIRED
from learning.models import DecayClass

TAUGHT = ("feedback", "shortcut")  # provenances of what callers said; everything else is wiring


def kept(provenance: str) -> float:
    """The share of a weight that time never takes."""
    return KEPT_TAUGHT if provenance in TAUGHT else KEPT_WIRED


def fading(idle_hours: float, unused_at_hours: float, decay_class: int, keeps: float) -> float:
    """The share of a weight that is left after `idle_hours` without use, `keeps` to 1.

    `unused_at_hours` is the conduit's age when it was last used: in its first GRACE_HOURS time runs at half speed.
    Continuous, and falling with idle_hours; the same however often it is read.
    """
    idle = max(idle_hours, 0.0)
    slow = min(idle, max(GRACE_HOURS - max(unused_at_hours, 0.0), 0.0))
    half_lives = (idle - slow / 2) / HALF_LIFE_HOURS[DecayClass(decay_class)]
    return float(keeps + (1 - keeps) * 0.5**half_lives)


def fading_sql(conduit: str, now: str) -> str:
    """The same in SQL: `conduit` is the table's alias, `now` an expression of epoch seconds (float8)."""
    # date_part, since extract() is of type numeric and ten times as dear.
    used = f"date_part('epoch', {conduit}.last_used_at)"
    idle = f"greatest({now} - {used}, 0)"
    grace = (
        f"greatest({GRACE_HOURS * 3600}::float8 - greatest({used} - date_part('epoch', {conduit}.created_at), 0), 0)"
    )
    half_life = (
        f"CASE {conduit}.decay_class "
        + " ".join(f"WHEN {int(one)} THEN {hours * 3600}::float8" for one, hours in HALF_LIFE_HOURS.items())
        + " END"
    )
    taught = ", ".join(f"'{one}'" for one in TAUGHT)
    keeps = f"CASE WHEN {conduit}.provenance IN ({taught}) THEN {KEPT_TAUGHT}::float8 ELSE {KEPT_WIRED}::float8 END"
    faded = f"power(0.5::float8, ({idle} - least({idle}, {grace}) / 2) / ({half_life}))"
    return f"({keeps} + (1 - {keeps}) * {faded})"
