"""When to alert: once a fire, and not again before the quiet time of that signal is over."""

from datetime import datetime, timedelta

from accounts.deeds import deed_append
from accounts.door import Caller
from accounts.namespace_settings import setting_of
from learning.health.settings import ALERT_HOURS
from learning.health.watching import Turn
from learning.models import Alert, HealthSignal

VERB = "health.alert"  # of the deed: what webhooks subscribe to


def alert_raise(*, caller: Caller, row: HealthSignal, turn: Turn, now: datetime) -> Alert | None:
    """Write an alert and its deed when one is due, inside the open door; `row.alerted_at` says so.

    A fire within the quiet time is told when that is over, if it lasts. Clearing is a deed of its own.
    """
    if turn == Turn.CLEARED:
        deed_append(caller=caller, verb="health.clear", subjects=[], detail=_told(row, turn))
    if not row.firing or not _due(caller, row, turn, now):
        return None
    row.alerted_at = now
    told = turn if turn != Turn.NONE else Turn.FIRED
    deed_append(caller=caller, verb=VERB, subjects=[], detail=_told(row, told))
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


def _told(row: HealthSignal, turn: Turn) -> dict[str, object]:
    return {"signal": row.name, "turn": str(turn), "severity": row.severity, "value": round(row.value, 4)}
