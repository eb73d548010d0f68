"""Draining as a test needs it: to the end, however much the tests before have written."""

from datetime import datetime

from accounts.outbox import Consumer, drain

ALL = 10_000_000  # deeds


def drain_all(consumer: Consumer | str, *, now: datetime | None = None) -> int:
    return drain(consumer, limit=ALL, now=now)
