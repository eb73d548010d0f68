"""The signals as Flux Memory shows them."""

from datetime import datetime

from accounts.door import Caller
from learning.health.selectors import Health, Reading, health_now
from retrieval.dialects import flux as dialect
from retrieval.health import health_of, provenance_stored


def flux_health(*, caller: Caller, now: datetime) -> dialect.HealthShape:
    """Flux's health of the caller's namespace: all signals, and the caller's own feedback and provenance."""
    stores = dialect.provenance_of(dialect.caller_name_of(caller), provenance_stored(caller=caller, now=now))
    own = dialect.health(health_of(caller=caller, now=now), stores, now)
    seen = health_now(caller=caller, now=now)
    return {
        "status": seen.status,
        "signals": _signals(seen),
        "active_warnings": [_warning(reading) for reading in seen.firing],
        "caller_feedback": own["caller_feedback"],
        "caller_provenance": own["caller_provenance"],
        "computed_at": seen.seen_at,
    }


def _signals(seen: Health) -> dict[str, dialect.SignalShape]:
    return {
        reading.signal.name: {"value": round(reading.row.value, 4), "healthy": reading.healthy}
        for reading in seen.readings
    }


def _warning(reading: Reading) -> dialect.WarningShape:
    return {
        "signal": reading.signal.name,
        "severity": reading.row.severity,
        "current_value": round(reading.row.value, 4),
        "healthy_range": reading.signal.range,
        "first_seen": reading.row.fired_at or reading.row.seen_at,
        "last_seen": reading.row.seen_at,
        "suggestion": reading.signal.advice,
    }
