"""What the health of all namespaces looks like from outside. Never a namespace's name."""

from prometheus_client import Counter

TURNS = Counter(
    "garner_health_turns", "Signals that fired, fired again or cleared, over all namespaces.", ["signal", "turn"]
)
ALERTS = Counter("garner_alerts", "Alerts of signals, by what became of them.", ["state"])
