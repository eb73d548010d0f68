"""When to alert: once a fire, and not again before the quiet time of that signal is over."""

from datetime import datetime, timedelta

from accounts.door import Caller
from accounts.namespace_settings import setting_of
from accounts.webhooks.events import send_event
from learning.health.settings import ALERT_HOURS
from learning.health.signals import SIGNALS
from learning.health.watching import Turn
from learning.models import Alert, HealthSignal

ALERT, CLEAR = "health.alert", "health.clear"  # the kinds of events that webhooks subscribe to


def alert_raise(*, caller: Caller, row: HealthSignal, turn: Turn, now: datetime) -> Alert | None:
    """Write an alert when one is due, and tell webhooks, inside the open door; `row.alerted_at` says so.

    A fire within the quiet time is told when that is over, if it lasts. Clearing is told to webhooks alone.
    """
    if turn == Turn.CLEARED:
        send_event(caller.namespace_id, CLEAR, _told(row, turn, now), using="default")
    if not row.firing or not _due(caller, row, turn, now):
        return None
    row.alerted_at = now
    told = turn if turn != Turn.NONE else Turn.FIRED
    send_event(caller.namespace_id, ALERT, _told(row, told, now), using="default")
    return Alert.objects.create(
        namespace_id=caller.namespace_id,
        signal=row.name,
        turn=str(told),
        severity=row.severity,
        value=row.value,
        at=now,
    )


def _due(caller: Caller, row: HealthSignal, turn: Turn, now: datetime) -> bool:
    if row.alerted_at is None:
        return True
    untold = turn != Turn.NONE or (row.fired_at is not None and row.fired_at > row.alerted_at)
    return untold and now - row.alerted_at >= timedelta(hours=setting_of(caller.namespace_id, ALERT_HOURS))


def _told(row: HealthSignal, turn: Turn, now: datetime) -> dict[str, object]:
    return {
        "signal": row.name,
        "turn": str(turn),
        "severity": row.severity,
        "value": round(row.value, 4),
        "healthy": SIGNALS[row.name].range,
        "at": now.isoformat(),
    }
