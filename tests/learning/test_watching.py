"""When a signal fires and clears: twice in a row, with a margin, and at once when it becomes critical."""

from datetime import UTC, datetime, timedelta

import pytest

from learning.health.signals import SIGNALS, Severity, Signal, Warmth
from learning.health.watching import DWELL, State, Turn, watched

FIRES = [Turn.NONE, Turn.FIRED]
RATE = Signal("rate", 0.5, 1, Severity.WARNING, Warmth(), "", critical_low=0.2)
THEN = datetime(2026, 1, 1, tzinfo=UTC)


def followed(values: list[float], signal: Signal = RATE, *, warm: bool = True) -> tuple[State, list[Turn]]:
    state, turns = State(), []
    for n, value in enumerate(values):
        state, turn = watched(signal, state, value, THEN + n * timedelta(minutes=15), warm=warm)
        turns.append(turn)
    return state, turns


@pytest.mark.parametrize(
    ("values", "turns"),
    [
        ([0.9, 0.9], [Turn.NONE, Turn.NONE]),
        ([0.4], [Turn.NONE]),
        ([0.4, 0.4], [Turn.NONE, Turn.FIRED]),
        ([0.4, 0.9, 0.4, 0.9], [Turn.NONE] * 4),
        ([0.4, 0.4, 0.4], [Turn.NONE, Turn.FIRED, Turn.NONE]),
        ([0.4, 0.4, 0.9, 0.9], [Turn.NONE, Turn.FIRED, Turn.NONE, Turn.CLEARED]),
        ([0.4, 0.4, 0.9, 0.4, 0.9], [Turn.NONE, Turn.FIRED, Turn.NONE, Turn.NONE, Turn.NONE]),
        (
            [0.4, 0.4, 0.9, 0.9, 0.4, 0.4],
            [*[Turn.NONE, Turn.FIRED] * 1, Turn.NONE, Turn.CLEARED, Turn.NONE, Turn.REFIRED],
        ),
        ([0.4, 0.4, 0.1, 0.1], [Turn.NONE, Turn.FIRED, Turn.REFIRED, Turn.NONE]),
    ],
)
def test_a_signal_turns_after_two_looks(values: list[float], turns: list[Turn]) -> None:
    assert followed(values)[1] == turns


def test_a_value_at_the_edge_does_not_clear() -> None:
    """.51 is in range, but by less than the margin: a rate that hangs about its bound rings once."""
    state, turns = followed([0.4, 0.4, *[0.51, 0.49] * 5])
    assert turns.count(Turn.FIRED) + turns.count(Turn.REFIRED) == 1
    assert state.severity == "WARNING"
    assert followed([0.4, 0.4, 0.53, 0.53])[0].severity == ""


def test_what_is_not_warm_neither_fires_nor_clears() -> None:
    assert followed([0.1] * 5, warm=False)[1] == [Turn.NONE] * 5
    state, _ = followed([0.4, 0.4])
    for _ in range(3):
        state, turn = watched(RATE, state, 0.9, THEN, warm=False)
        assert (turn, state.severity) == (Turn.NONE, "WARNING")


def test_a_state_remembers_when_and_how_often() -> None:
    state, _ = followed([0.4, 0.4, 0.9, 0.9, 0.4, 0.4])
    assert (state.fires, state.fired_at, state.cleared_at) == (2, THEN + 5 * timedelta(minutes=15), None)


@pytest.mark.parametrize("name", list(SIGNALS))
def test_every_range_can_be_left_and_come_back_to(name: str) -> None:
    """Flux's ranges had two that no value could leave."""
    signal = SIGNALS[name]
    outside = next(v for v in (signal.low / 2, signal.high + 0.01) if not signal.healthy(v))
    top = signal.high if signal.high != float("inf") else signal.low * 3 + 1
    inside = (signal.low + top) / 2
    assert signal.healthy(inside)
    assert signal.clear(inside)
    _, turns = followed([outside] * DWELL + [inside] * DWELL, signal)
    assert turns == [*FIRES, Turn.NONE, Turn.CLEARED]


@pytest.mark.parametrize("name", list(SIGNALS))
def test_every_signal_says_what_to_do(name: str) -> None:
    signal = SIGNALS[name]
    assert signal.advice.endswith(".")
    assert signal.critical_low <= signal.low
    assert signal.critical_high >= signal.high
