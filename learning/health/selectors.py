"""Reading a namespace's health: what the last look saw, and how it got there. Looks itself where nobody has yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import clock
from accounts.door import Caller, tenant
from accounts.errors import Invalid
from learning.health.measuring import measured
from learning.health.signals import SIGNALS, Severity, Signal
from learning.models import Alert, HealthSample, HealthSignal

MOST_HOURS = 720  # samples are kept for 30 days
MOST_SAMPLES = 500
RECENT = 20  # alerts


@dataclass(frozen=True, slots=True)
class Reading:
    """One signal as it stands."""

    signal: Signal
    row: HealthSignal

    @property
    def healthy(self) -> bool:
        """Whether it is not firing."""
        return not self.row.firing


@dataclass(frozen=True, slots=True)
class Health:
    """All signals of a namespace that have anything to say, in the catalogue's order; when they were looked at."""

    readings: Sequence[Reading]
    seen_at: datetime

    @property
    def status(self) -> str:
        """critical, warning or healthy: what the worst firing signal is. INFO alone is healthy, as in Flux."""
        severities = {reading.row.severity for reading in self.readings}
        if Severity.CRITICAL in severities:
            return "critical"
        return "warning" if Severity.WARNING in severities else "healthy"

    @property
    def firing(self) -> Sequence[Reading]:
        """Those that are out of range, the worst first."""
        order = [Severity.CRITICAL, Severity.WARNING, Severity.INFO]
        found = [reading for reading in self.readings if not reading.healthy]
        return sorted(found, key=lambda reading: order.index(Severity(reading.row.severity)))


@dataclass(frozen=True, slots=True)
class History:
    """What signals were over time, oldest first, and the latest alerts, newest first."""

    samples: Sequence[HealthSample]
    alerts: Sequence[Alert]


def health_now(*, caller: Caller, now: datetime | None = None) -> Health:
    """The caller's namespace as the job saw it last; before its first look the values of this moment, none firing."""
    moment = now or clock.now()
    with tenant(caller, durable=False):
        rows = {row.name: row for row in HealthSignal.objects.filter(namespace_id=caller.namespace_id)}
        rows = rows or _unwatched(caller, measured(caller, moment).values, moment)
    readings = [Reading(signal, rows[name]) for name, signal in SIGNALS.items() if name in rows]
    return Health(readings, max((row.seen_at for row in rows.values()), default=moment))


def health_history(*, caller: Caller, hours: int = 24, now: datetime | None = None) -> History:
    """Samples of the last hours, thinned to MOST_SAMPLES. Raises Invalid for hours outside 1..MOST_HOURS."""
    if not 1 <= hours <= MOST_HOURS:
        raise Invalid(f"hours must be from 1 to {MOST_HOURS}.", field="hours")
    since = (now or clock.now()) - timedelta(hours=hours)
    with tenant(caller, durable=False):
        mine = HealthSample.objects.filter(namespace_id=caller.namespace_id, at__gt=since)
        samples = list(mine.order_by("at"))
        alerts = Alert.objects.filter(namespace_id=caller.namespace_id).order_by("-at")
        return History(samples[:: 1 + len(samples) // MOST_SAMPLES], list(alerts[:RECENT]))


def _unwatched(caller: Caller, values: Mapping[str, float | None], now: datetime) -> dict[str, HealthSignal]:
    return {
        name: HealthSignal(namespace_id=caller.namespace_id, name=name, value=value, seen_at=now)
        for name, value in values.items()
        if value is not None
    }
