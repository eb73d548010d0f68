"""Time and time-ordered identities. Logic takes `now` as an argument; only the edges ask this module."""

from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def new_id(moment: datetime) -> UUID:
    """A UUIDv7 (RFC 9562) whose leading 48 bits are `moment` in milliseconds."""
    return uuid7(nanoseconds=int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1000)


def moment_of(identity: UUID) -> datetime | None:
    """When a UUIDv7 was made (to the millisecond); None for any other UUID version."""
    if identity.version != 7:
        return None
    return datetime.fromtimestamp((identity.int >> 80) / 1000, UTC)
