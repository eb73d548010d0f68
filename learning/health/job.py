"""The job that looks at a namespace's health, remembers what it saw, and says when a signal fires or clears."""

from collections.abc import Mapping
from datetime import timedelta

from accounts.namespace_settings import setting_of
from learning.alerts.raising import alert_raise
from learning.alerts.sending import alerts_send
from learning.health.measuring import Measured, measured
from learning.health.metrics import TURNS
from learning.health.settings import HEALTH, WARM_UP
from learning.health.signals import SIGNALS
from learning.health.watching import State, Turn, watched
from learning.jobs import Work, job
from learning.models import HealthSample, HealthSignal

KEEP = timedelta(days=30)  # samples (Flux)
BETWEEN = timedelta(minutes=5)  # samples at least (Flux): looks asked for by hand do not crowd the charts
_STATE = ("value", "warm", "severity", "streak", "fires", "fired_at", "cleared_at")


@job("health", every=timedelta(minutes=15))
def health(work: Work) -> None:
    """Look at the namespace's health; say when a signal fires or clears."""
    if not setting_of(work.caller.namespace_id, HEALTH):
        return
    share = setting_of(work.caller.namespace_id, WARM_UP)
    with work.step():
        look = measured(work.caller, work.now)
        turns = _watch(work, look, share)
        _sample(work, look.values)
    if not work.is_preview:
        for name, turn in turns.items():
            TURNS.labels(name, str(turn)).inc()
        alerts_send(work)


def _watch(work: Work, look: Measured, share: float) -> dict[str, Turn]:
    """Remember the state of every signal; which ones turned."""
    mine = HealthSignal.objects.filter(namespace_id=work.caller.namespace_id)
    known = {row.name: row for row in mine.order_by("name").select_for_update()}
    turns: dict[str, Turn] = {}
    for name, value in look.values.items():
        if value is None and name not in known:
            continue
        row = known.get(name) or HealthSignal(namespace_id=work.caller.namespace_id, name=name, value=0.0)
        before = State(**{field: getattr(row, field) for field in _STATE})
        warm = value is not None and look.warm(SIGNALS[name].warmth, share)
        shown = row.value if value is None else value
        state, turn = watched(SIGNALS[name], before, shown, work.now, warm=warm)
        for field in _STATE:
            setattr(row, field, getattr(state, field))
        row.seen_at = work.now
        if turn != Turn.NONE:
            turns[name] = turn
            work.count(**{str(turn): 1})
        alert_raise(caller=work.caller, row=row, turn=turn, now=work.now)
        row.save(force_insert=name not in known)
    return turns


def _sample(work: Work, values: Mapping[str, float | None]) -> None:
    mine = HealthSample.objects.filter(namespace_id=work.caller.namespace_id)
    mine.filter(at__lt=work.now - KEEP).delete()
    if not mine.filter(at__gt=work.now - BETWEEN).exists():
        shown = {name: round(value, 4) for name, value in values.items() if value is not None}
        HealthSample.objects.create(namespace_id=work.caller.namespace_id, at=work.now, values=shown)
