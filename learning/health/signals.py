"""The signals: Flux's fourteen under their names, and its provenance skew. What to do about each: docs/operations.md.

Where Flux's meaning cannot occur here, or its range could never be left, the difference stands beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from types import MappingProxyType

MARGIN = 0.05  # of a bound: a signal clears only so far inside its range


class Severity(StrEnum):
    """How much it matters, the least first."""

    INFO = "INFO"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"


@dataclass(frozen=True, slots=True)
class Warmth:
    """What must have happened before a signal says anything. Days are those of the namespace."""

    recalls: int = 0
    days: int = 0
    rated: int = 0


@dataclass(frozen=True, slots=True)
class Signal:
    """A number with a healthy range. Beyond a critical bound it is CRITICAL, whatever its severity."""

    name: str
    low: float
    high: float
    severity: Severity
    warmth: Warmth
    advice: str
    critical_low: float = -inf
    critical_high: float = inf

    def healthy(self, value: float) -> bool:
        """Whether the value is in range."""
        return self.low <= value <= self.high

    def clear(self, value: float) -> bool:
        """Whether it is far enough inside to call a firing signal off."""
        low = self.low + MARGIN * abs(self.low) if self.low > -inf else self.low
        high = self.high - MARGIN * abs(self.high) if self.high < inf else self.high
        return low <= value <= high or (self.low == self.high == value)

    def severity_of(self, value: float) -> Severity:
        """How bad an unhealthy value is."""
        beyond = value < self.critical_low or value > self.critical_high
        return Severity.CRITICAL if beyond else self.severity

    @property
    def range(self) -> str:
        """The range in words."""
        if self.high == inf:
            return f"at least {self.low:g}"
        return f"at most {self.high:g}" if self.low == 0 else f"{self.low:g} to {self.high:g}"


_RATED, _MONTH, _WEEK = Warmth(rated=100), Warmth(days=14), Warmth(days=7)
_BUSY = Warmth(recalls=100)

_ALL = (
    Signal("highway_count", 5, inf, Severity.INFO, _RATED, "Rate recalls: no conduit is strong yet."),
    Signal(
        "highway_growth_rate", 0.1, 100, Severity.INFO, Warmth(rated=100, days=14),
        "Nothing new is learned, or everything at once: look who rates, and what.",
    ),
    Signal(
        "shortcut_creation_rate", 0, 10, Severity.INFO, _RATED,
        # Flux wanted at least .5: here a namespace of single facts is no worse for having none.
        "Many memories are praised together: ask narrower questions, or rate only what helped.",
    ),
    Signal(
        "conduit_dissolution_rate", 0, 0.2, Severity.WARNING, _WEEK,
        # Flux warned when nothing dissolved. Share of all conduits that were tidied away in a day.
        "Much of what was learned is tidied away: look at the runs of the graph's jobs.", critical_high=0.5,
    ),
    Signal(
        "avg_weight_drop_on_failure", 0.05, 0.9, Severity.INFO, _RATED,
        # What a blamed wording's conduit weighs below zero; Flux's penalties were .05 to .20 of a weight.
        "Blame weighs next to nothing, or the same results are blamed again and again: correct the memories.",
    ),
    Signal("promotion_events", 0.001, inf, Severity.INFO, Warmth(rated=100, days=14), "Nothing proves useful broadly."),
    Signal(
        "avg_hops_per_retrieval", 0, 3, Severity.WARNING, Warmth(recalls=500),
        # Flux allowed as many as there could ever be, so it could not fire.
        "Answers are reached by long ways: rate recalls, so that questions lead to them directly.",
    ),
    Signal(
        "orphan_rate", 0, 0.15, Severity.WARNING, _WEEK,
        "Memories are not wired: look at the backlog of the outbox and at the worker.", critical_high=0.6,
    ),
    Signal(
        "avg_conduit_weight", 0.15, 0.75, Severity.WARNING, _WEEK,
        "Conduits are nearly all weak, or nearly all strong: praise and blame are out of balance.",
    ),
    Signal(
        "retrieval_success_rate", 0.5, 1, Severity.WARNING, _RATED,
        "Most rated recalls helped nobody: store facts in full sentences, look at what is asked.", critical_low=0.2,
    ),
    Signal(
        "fallback_trigger_rate", 0, 0.5, Severity.WARNING, _BUSY,
        # There is no fallback here, meaning is always searched: the share of recalls that found nothing worth showing.
        "Many questions find nothing worth showing: what is asked is not stored.", critical_high=0.9,
    ),
    Signal(
        "feedback_compliance_rate", 0.8, 1, Severity.WARNING, Warmth(recalls=20),
        "Few results are rated: have agents give feedback after each recall.",
    ),
    Signal(
        "core_grain_count", 1, inf, Severity.INFO, Warmth(rated=100, days=14),
        # Flux's could not be unhealthy.
        "No memory has become core: ratings come from too few kinds of questions.",
    ),
    Signal(
        "dormant_grain_rate", 0, 0.4, Severity.INFO, _MONTH,
        # Flux wanted some to sleep. Nothing sleeps here unless a policy says so.
        "Many memories sleep: the retention policy may be too strict.", critical_high=0.9,
    ),
    Signal(
        "provenance_skew", 0, 0.9, Severity.WARNING, Warmth(),
        "A caller says of nearly all it stores that the user said it: have it say ai_stated where that is so.",
    ),
)  # fmt: skip
SIGNALS: Mapping[str, Signal] = MappingProxyType({signal.name: signal for signal in _ALL})
