"""When a signal fires and when it clears: pure, with hysteresis, so that noise rings no bell twice."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from learning.health.signals import Severity, Signal

DWELL = 2  # looks in a row before a state changes


class Turn(StrEnum):
    """What one look has changed."""

    NONE = "none"
    FIRED = "fired"
    REFIRED = "refired"  # fired again after it had cleared, or become critical
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered of a signal. `severity` is empty while it does not fire."""

    value: float = 0.0
    warm: bool = False
    severity: str = ""
    streak: int = 0
    fires: int = 0
    fired_at: datetime | None = None
    cleared_at: datetime | None = None


def watched(signal: Signal, state: State, value: float, now: datetime, *, warm: bool) -> tuple[State, Turn]:
    """The state after a look, and what it changed.

    A signal fires after DWELL looks in a row out of range, and clears after DWELL looks well inside it. One that is not
    warm neither fires nor clears. One that turns critical while firing fires again at once.
    """
    seen = replace(state, value=value, warm=warm)
    if not warm:
        return replace(seen, streak=0), Turn.NONE
    if state.severity:
        return _while_firing(signal, seen, now)
    if signal.healthy(value):
        return replace(seen, streak=0), Turn.NONE
    if state.streak + 1 < DWELL:
        return replace(seen, streak=state.streak + 1), Turn.NONE
    fired = replace(
        seen, streak=0, severity=str(signal.severity_of(value)), fires=state.fires + 1, fired_at=now, cleared_at=None
    )
    return fired, Turn.REFIRED if state.fires else Turn.FIRED


def _while_firing(signal: Signal, seen: State, now: datetime) -> tuple[State, Turn]:
    if signal.clear(seen.value):
        if seen.streak + 1 < DWELL:
            return replace(seen, streak=seen.streak + 1), Turn.NONE
        return replace(seen, streak=0, severity="", cleared_at=now), Turn.CLEARED
    severity = signal.severity_of(seen.value) if not signal.healthy(seen.value) else Severity(seen.severity)
    worse = severity == Severity.CRITICAL != seen.severity
    return replace(seen, streak=0, severity=str(severity)), Turn.REFIRED if worse else Turn.NONE
