"""Whether a namespace's logs are what was sealed; if not, which seal and which row is the first that is wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby, zip_longest
from typing import Any
from uuid import UUID

from accounts.errors import KeyringUnusable
from accounts.sealing.chain import FIRST, NAMES, NOWHERE, Link, Row, digest_of, is_sound, mark_of, marks_read
from accounts.sealing.heads import Heads
from accounts.sealing.rows import LOGS, ZONE_SQL, columns_of, rows_between

SEALS_AT_ONCE = 500
BEHIND = timedelta(minutes=1)  # a row unsealed for longer means that no sealer runs

_FIELDS = ", ".join(NAMES)
SEALS_SQL = f"SELECT {_FIELDS} FROM accounts_seal WHERE namespace_id = %s AND n > %s ORDER BY n LIMIT %s"  # noqa: S608
DROPPED_SQL = f"SELECT {_FIELDS} FROM accounts_seal WHERE namespace_id = %s AND kind = 'dropped'"  # noqa: S608
ACCEPTED_SQL = "SELECT max(n) FROM accounts_seal WHERE namespace_id = %s AND kind = 'accepted'"
LINES_SQL = "SELECT log, xid FROM accounts_sealline"
DELETED_SQL = """
SELECT NOT EXISTS (SELECT FROM accounts_namespace WHERE id = %s)
  AND EXISTS (SELECT FROM accounts_deed WHERE namespace_id = %s AND verb = 'namespace.delete')
"""
# Rows behind the last seal: those that should have been sealed, those from the future, those that wait for long.
TAIL_SQL = """
SELECT id, xid < %(line)s::text::xid8, xid >= garner_next(), at < %(limit)s
FROM {table}
WHERE namespace_id = %(namespace)s AND (xid, id) > (%(xid)s::text::xid8, %(id)s::uuid)
ORDER BY xid, id LIMIT 100000
"""


@dataclass(frozen=True, slots=True)
class Break:
    """Where the log is not what was sealed. `row` is the id of the first wrong row, if one can be named."""

    kind: str
    message: str
    log: str = ""
    seal: int | None = None
    row: UUID | None = None


@dataclass(slots=True)
class Verdict:
    """What the check of one namespace found: sound as far as it is sealed, unless `broken` says otherwise."""

    namespace_id: int
    seals: int = 0
    rows: int = 0
    unsealed: int = 0
    broken: Break | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.broken is None


@dataclass(slots=True)
class _Walk:
    """What is known between one seal and the next."""

    namespace_id: int
    dropped: dict[tuple[str, date], int]  # days that went with their retention, and the seal that says so
    accepted: int  # what an operator has accepted before this seal
    emptied: bool  # the namespace was deleted, and its traces with it
    n: int = 0
    mac: bytes = FIRST
    places: dict[str, tuple[int, UUID]] = field(default_factory=lambda: dict.fromkeys(LOGS, (0, NOWHERE)))


def namespace_verify(cursor: Any, namespace_id: int, now: datetime, known: Heads) -> Verdict:
    """Check the whole chain of a namespace against its rows and against heads that were kept elsewhere.

    `known` must have been read before: what it names must be there. The cursor sees the namespace's rows, as its own
    caller or as the operator.
    """
    cursor.execute(ZONE_SQL)
    cursor.execute(LINES_SQL)
    lines = {log: max(xid, known.lines.get(log, (0, now))[0]) for log, xid in cursor.fetchall()}
    verdict, walk = Verdict(namespace_id), _walk(cursor, namespace_id)
    head = known.seals.get(namespace_id)
    for links in _chunks(cursor, namespace_id):
        verdict.broken = _links_check(cursor, walk, links, verdict) or _head_check(links, head)
        if verdict.broken:
            return verdict
        verdict.seals += len(links)
    verdict.broken = _reach_check(walk, head)
    for log in LOGS:
        verdict.broken = verdict.broken or _tail_check(cursor, walk, log, verdict, (lines.get(log, 0), now - BEHIND))
    return verdict


def _walk(cursor: Any, namespace_id: int) -> _Walk:
    cursor.execute(DROPPED_SQL, [namespace_id])
    links = [_link(row) for row in cursor.fetchall()]
    cursor.execute(ACCEPTED_SQL, [namespace_id])
    (accepted,) = cursor.fetchone()
    cursor.execute(DELETED_SQL, [namespace_id, namespace_id])
    (emptied,) = cursor.fetchone()
    return _Walk(namespace_id, {(link.log, link.day): link.n for link in links}, accepted or 0, emptied)


def _chunks(cursor: Any, namespace_id: int) -> Iterator[list[Link]]:
    n = 0
    while True:
        cursor.execute(SEALS_SQL, [namespace_id, n, SEALS_AT_ONCE])
        links = [_link(row) for row in cursor.fetchall()]
        if not links:
            return
        yield links
        n = links[-1].n


def _link(row: Sequence[Any]) -> Link:
    said: dict[str, Any] = {
        name: bytes(value) if isinstance(value, memoryview) else value for name, value in zip(NAMES, row, strict=True)
    }
    return Link(**said)


def _links_check(cursor: Any, walk: _Walk, links: Sequence[Link], verdict: Verdict) -> Break | None:
    starts = dict(walk.places)
    broken = None
    sound: list[Link] = []
    for link in links:
        broken = _link_check(walk, link)
        if broken:
            break
        sound.append(link)
        walk.n, walk.mac = link.n, link.mac
        if link.kind == "rows":
            walk.places[link.log] = link.end
    found = [broken] if broken else []
    for log in LOGS:
        own = [link for link in sound if link.kind == "rows" and link.log == log]
        count, wrong = _rows_check(cursor, walk, own, starts[log])
        verdict.rows += count
        found += [wrong] if wrong else []
    return min(found, key=lambda one: one.seal or 0, default=None)


def _link_check(walk: _Walk, link: Link) -> Break | None:
    """Whether a seal follows the one before and says what was sealed."""
    if link.n != walk.n + 1:
        return Break("seal_missing", f"Seal {walk.n + 1} is missing.", link.log, walk.n + 1)
    try:
        if not is_sound(link):
            return Break("seal_changed", f"Seal {link.n} was changed.", link.log, link.n)
    except KeyringUnusable as error:
        return Break("key_missing", error.message, link.log, link.n)
    begins = link.kind != "rows" or link.start == walk.places[link.log]
    if link.previous != walk.mac or not begins:
        return Break("chain_cut", f"Seal {link.n} does not follow the one before it.", link.log, link.n)
    if link.late and link.n > walk.accepted:
        message = f"Seal {link.n} covers {link.late} rows that claim another time than the one they were written in."
        return Break("backdated", message, link.log, link.n)
    return None


def _rows_check(cursor: Any, walk: _Walk, links: Sequence[Link], start: tuple[int, UUID]) -> tuple[int, Break | None]:
    """Compare the rows of one log, from `start`, with the seals that cover them; return how many are sound."""
    count, own = 0, list(links)
    while own:
        columns, log = own[0].columns, own[0].log
        if not set(columns.split(",")) <= set(columns_of(cursor, log).split(",")):
            return count, Break("column_gone", f"Seal {own[0].n} covers columns that are gone.", log, own[0].n)
        same = list(next(groupby(own, key=lambda link: link.columns))[1])
        rows = rows_between(cursor, walk.namespace_id, log, columns, (start, same[-1].end))
        for link, covered in _shared_out(same, rows):
            broken = _covered_check(walk, link, covered)
            if broken:
                return count, broken
            count += len(covered)
        start, own = same[-1].end, own[len(same) :]
    return count, None


def _shared_out(links: Sequence[Link], rows: Iterator[Row]) -> Iterator[tuple[Link, list[Row]]]:
    """Each seal with the rows of its range."""
    row = next(rows, None)
    for link in links:
        covered = []
        while row is not None and row.place <= link.end:
            covered.append(row)
            row = next(rows, None)
        yield link, covered


def _covered_check(walk: _Walk, link: Link, rows: Sequence[Row]) -> Break | None:
    if walk.dropped.get((link.log, link.day), 0) > link.n or (walk.emptied and link.log == "traces"):
        if rows:
            return Break("inserted", "A row stands in a day that was dropped.", link.log, link.n, rows[0].id)
        return None
    if len(rows) == link.count and digest_of(rows, link.key_id) == link.digest:
        return None
    return _first_wrong(link, rows)


def _first_wrong(link: Link, rows: Sequence[Row]) -> Break:
    """The first row that is not the one that was sealed at its place."""
    marks = marks_read(link.marks)
    for (id_, mark), row in zip_longest(marks, rows, fillvalue=(None, b"")):
        if not isinstance(row, Row):  # fewer rows than marks
            return Break("deleted", f"The row {id_} was deleted or moved away.", link.log, link.n, id_)
        if row.id != id_:
            return _misplaced(link, {known for known, _ in marks}, {one.id for one in rows}, (id_, row.id))
        if mark_of(row, link.key_id) != mark:
            return Break("changed", f"The row {id_} was changed.", link.log, link.n, id_)
    return Break("changed", f"The rows of seal {link.n} are not those that were sealed.", link.log, link.n)


def _misplaced(link: Link, sealed: set[UUID], present: set[UUID], pair: tuple[UUID | None, UUID]) -> Break:
    """Why another row stands where one was sealed."""
    wanted, found = pair
    if found not in sealed:
        return Break("inserted", f"The row {found} was added later.", link.log, link.n, found)
    if wanted not in present:
        return Break("deleted", f"The row {wanted} was deleted or moved away.", link.log, link.n, wanted)
    return Break("moved", f"The row {found} was moved.", link.log, link.n, found)


def _head_check(links: Sequence[Link], head: tuple[int, bytes] | None) -> Break | None:
    if head and links[0].n <= head[0] <= links[-1].n and links[head[0] - links[0].n].mac != head[1]:
        return Break("head_differs", f"Seal {head[0]} is not the one that was kept outside.", seal=head[0])
    return None


def _reach_check(walk: _Walk, head: tuple[int, bytes] | None) -> Break | None:
    """Whether the chain is as long as it was."""
    if head and head[0] > walk.n:
        message = f"The log was cut short: seals {walk.n + 1} to {head[0]} are gone."
        return Break("truncated", message, seal=walk.n + 1)
    if walk.n and not head:
        return Break("head_missing", "No head of this chain is kept outside the database.")
    return None


def _tail_check(cursor: Any, walk: _Walk, log: str, verdict: Verdict, bounds: tuple[int, datetime]) -> Break | None:
    line, limit = bounds
    xid, last_id = walk.places[log]
    wanted = {"namespace": walk.namespace_id, "xid": xid, "id": last_id, "line": line, "limit": limit}
    cursor.execute(TAIL_SQL.format(table=LOGS[log]), wanted)
    for id_, below_the_line, from_the_future, waits in cursor.fetchall():
        if below_the_line:
            return Break("inserted", f"The row {id_} was added after its time had been sealed.", log, None, id_)
        if from_the_future:
            return Break("inserted", f"The row {id_} claims a transaction that has not been.", log, None, id_)
        if waits:
            return Break("not_sealed", f"The row {id_} waits to be sealed: no sealer runs.", log, None, id_)
        verdict.unsealed += 1
    return None
