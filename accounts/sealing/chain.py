"""What a seal says, and its arithmetic: pure functions of rows, keys and the seal before."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from accounts.keyring import derived_by

NOWHERE = UUID(int=0)
FIRST = bytes(32)  # what the first seal of a namespace names as its predecessor
MARK_BYTES = 8  # enough to tell which row of a broken run was changed; that it is broken says the whole digest
_STEP = 16 + MARK_BYTES
MOST_ROWS = 5000  # of one seal


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a log as the chain sees it. `digest` is the SHA-256 of its columns as one JSON text."""

    namespace_id: int
    xid: int
    id: UUID
    day: date
    at: datetime
    digest: bytes

    @property
    def place(self) -> tuple[int, UUID]:
        """Its place in the order of the log."""
        return self.xid, self.id


@dataclass(frozen=True, slots=True)
class Link:
    """One seal; the fields are those of accounts.sealing.models.Seal."""

    namespace_id: int
    n: int
    kind: str
    log: str
    day: date
    low: int
    low_id: UUID
    high: int
    high_id: UUID
    count: int
    late: int
    columns: str
    marks: bytes
    digest: bytes
    previous: bytes
    mac: bytes
    key_id: str
    at: datetime

    @property
    def start(self) -> tuple[int, UUID]:
        """The place behind which its rows begin."""
        return self.low, self.low_id

    @property
    def end(self) -> tuple[int, UUID]:
        """The place of its last row."""
        return self.high, self.high_id


NAMES = [field.name for field in fields(Link)]


def runs(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Rows of one namespace, in order, as runs of one day each and of at most MOST_ROWS."""
    for _, same_day in groupby(rows, key=lambda row: row.day):
        run = list(same_day)
        for start in range(0, len(run), MOST_ROWS):
            yield run[start : start + MOST_ROWS]


def digest_of(rows: Sequence[Row], key_id: str) -> bytes:
    """The digest of a run. Keyed: the digest of a short query alone would tell it to who guesses."""
    return hmac.digest(_key(key_id), b"".join(row.digest for row in rows), "sha256")


def marks_of(rows: Sequence[Row], key_id: str) -> bytes:
    """The id of each row and its mark, one after the other."""
    return b"".join(row.id.bytes + mark_of(row, key_id) for row in rows)


def mark_of(row: Row, key_id: str) -> bytes:
    """A few keyed bytes of a row's digest."""
    return hashlib.blake2b(row.digest, key=_key(key_id), digest_size=MARK_BYTES).digest()


def marks_read(marks: bytes) -> list[tuple[UUID, bytes]]:
    """The ids and marks of a run's rows, in order."""
    return [(UUID(bytes=marks[at : at + 16]), marks[at + 16 : at + _STEP]) for at in range(0, len(marks), _STEP)]


def mac_of(link: Link) -> bytes:
    """The HMAC-SHA256 over everything else that a seal says, the seal before included."""
    said = [
        hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else str(value)
        for name in NAMES
        if name not in {"mac", "at"}
        for value in [getattr(link, name)]
    ]
    text = json.dumps([*said, link.at.isoformat()], separators=(",", ":"))
    return hmac.digest(_key(link.key_id), text.encode(), "sha256")


def is_sound(link: Link) -> bool:
    """Whether a seal's own words are the ones that were sealed."""
    return hmac.compare_digest(mac_of(link), link.mac)


def _key(key_id: str) -> bytes:
    return derived_by(key_id, "seals")
