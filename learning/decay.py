"""Lazy decay: what a conduit is worth now, as a pure function. Nothing is rewritten because time passes."""

import numpy as np
from numpy.typing import NDArray

from grains.models import MemoryType
from learning.constants import GRACE_HOURS, HALF_LIFE_HOURS, KEPT_TAUGHT, KEPT_WIRED
from learning.models import DecayClass

TAUGHT = ("feedback", "shortcut")  # provenances of what callers said; everything else is wiring
Floats = NDArray[np.float64]
Terms = NDArray[np.float32]
_PER_SECOND = np.zeros(max(DecayClass) + 1)
_PER_SECOND[[int(one) for one in HALF_LIFE_HOURS]] = [1 / (3600 * hours) for hours in HALF_LIFE_HOURS.values()]


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


def fading_terms(weight: Floats, age: Floats, decay_class: NDArray[np.integer], taught: NDArray[np.bool_]) -> Terms:
    """What `faded` needs of conduits, a row each: what stays, what goes, half of the grace left, half-lives a second.

    `weight` and `age` (seconds) are those of the last use; `taught` says which of the two shares time never takes.
    """
    keeps = np.where(taught, KEPT_TAUGHT, KEPT_WIRED)
    grace = np.maximum(GRACE_HOURS * 3600 - np.maximum(age, 0.0), 0.0)
    columns = [weight * keeps, weight * (1 - keeps), grace / 2, _PER_SECOND[decay_class]]
    return np.stack(columns, axis=1).astype(np.float32)


def faded(terms: Terms, idle: Floats) -> Floats:
    """What conduits are worth after `idle` seconds without use: weight times fading(), of many at once."""
    idle = np.maximum(idle, 0.0)
    aged = np.maximum(idle / 2, idle - terms[:, 2])  # in its youth time runs at half speed
    return np.asarray(terms[:, 0] + terms[:, 1] * np.exp2(-aged * terms[:, 3]), np.float64)


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


def class_sql(target: str, namespace: str) -> str:
    """The decay class of a conduit to the grain `target`, in SQL (both are expressions): its lessons fade as it does.

    Core memories' fade slowly, those of memories of the type `working` (notes for the task at hand) fast.
    """
    return f"""(
    SELECT CASE
        WHEN vitals.core THEN {DecayClass.CORE:d}
        WHEN grain.memory_type = '{MemoryType.WORKING}' THEN {DecayClass.EPHEMERAL:d}
        ELSE {DecayClass.WORKING:d}
    END
    FROM grains_grain AS grain
    JOIN grains_vitals AS vitals
      ON vitals.namespace_id = grain.namespace_id AND vitals.grain_number = grain.number
    WHERE grain.namespace_id = {namespace} AND grain.number = {target}
)"""  # noqa: S608 (expressions of our own)
