"""Moments as agents send them."""

from datetime import UTC, datetime


def aware(moment: datetime | None) -> datetime | None:
    """The moment with a zone: one that names none is UTC."""
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
