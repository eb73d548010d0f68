"""One round trip to the database: prepared statements, sent all at once, answered with numpy arrays.

psycopg's own pipeline sends statement by statement, and wakes the server for each. This one is libpq's, which
psycopg.pq wraps. A transaction that has not begun begins with its first trip and may end with its last.
"""

import re
import select
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import count
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import psycopg
from psycopg import errors, pq
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq.abc import PGconn, PGresult

from retrieval.adapters import Binary

Statement = tuple[str, Sequence[Any]]
Rows = list[tuple[Any, ...]]
Key = tuple[bytes, tuple[int, ...]]  # a statement, and the types of its parameters

PREPARED = 100  # statements that a connection keeps, psycopg's own bound: nearest.sql is another for each namespace


class _Sent(NamedTuple):
    """What the server owes an answer for: a statement's rows, or the preparation of one, or neither."""

    rows: bool = False
    prepares: Key | None = None


def trip(raw: psycopg.Connection[Any], statements: Sequence[Statement], *, commit: bool = False) -> list[Rows]:
    """Run the statements in the connection's transaction, in order; return each one's rows.

    Raises the psycopg error of the first that fails: those behind it have not run then, and nothing is committed.
    """
    session = _session(raw)
    with _pipeline(raw) as pgconn:
        begins = pgconn.transaction_status == pq.TransactionStatus.IDLE
        sent = [_command(pgconn, b"BEGIN")] if begins else []
        for sql, params in statements:
            sent += session.send(pgconn, sql, params)
        if commit:
            sent.append(_command(pgconn, b"COMMIT"))
        pgconn.pipeline_sync()
        results = _exchanged(pgconn, len(sent))
    return session.told(sent, results)


class _Session:
    """What a connection has prepared, and how it turns Python into parameters and results into Python."""

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        self.prepared: OrderedDict[Key, bytes] = OrderedDict()
        self.names = count()
        self.transformer = Transformer(Binary(raw))

    def send(self, pgconn: PGconn, sql: str, params: Sequence[Any]) -> list[_Sent]:
        """Put a statement on its way, prepared before if it is new here; return what is owed for it."""
        query = _numbered(sql)
        values = self.transformer.dump_sequence(params, [PyFormat.AUTO] * len(params))
        key = query, self.transformer.types or ()
        sent = []
        if (name := self.prepared.get(key)) is None:
            name = self.prepared[key] = f"garner_{next(self.names)}".encode()
            pgconn.send_prepare(name, query, param_types=key[1])
            sent.append(_Sent(prepares=key))
        else:
            self.prepared.move_to_end(key)
        formats = self.transformer.formats
        pgconn.send_query_prepared(name, values, param_formats=formats, result_format=pq.Format.BINARY)
        sent.append(_Sent(rows=True))
        while len(self.prepared) > PREPARED:
            sent.append(_command(pgconn, b"DEALLOCATE " + self.prepared.popitem(last=False)[1]))
        return sent

    def told(self, sent: Sequence[_Sent], results: Sequence[PGresult]) -> list[Rows]:
        """The rows of every statement, unless one failed."""
        failed = next((result for result in results if result.status == pq.ExecStatus.FATAL_ERROR), None)
        if failed is not None:
            for key in (one.prepares for one in sent if one.prepares):  # or not; the next time under another name
                self.prepared.pop(key, None)
            raise errors.error_from_result(failed, encoding="utf-8")
        return [self._rows(result) for one, result in zip(sent, results, strict=True) if one.rows]

    def _rows(self, result: PGresult) -> Rows:
        self.transformer.set_pgresult(result)
        rows = self.transformer.load_rows(0, result.ntuples, tuple)
        self.transformer.set_pgresult(None)
        return rows


_sessions: WeakKeyDictionary[psycopg.Connection[Any], _Session] = WeakKeyDictionary()


def _session(raw: psycopg.Connection[Any]) -> _Session:
    session = _sessions.get(raw)
    if session is None:
        session = _sessions[raw] = _Session(raw)
    return session


@lru_cache(maxsize=1000)
def _numbered(sql: str) -> bytes:
    """The statement with PostgreSQL's placeholders instead of Python's."""
    numbers = count(1)
    return re.sub("%[s%]", lambda found: "%" if found[0] == "%%" else f"${next(numbers)}", sql).encode()


def _command(pgconn: PGconn, command: bytes) -> _Sent:
    pgconn.send_query_params(command, None)
    return _Sent()


@contextmanager
def _pipeline(raw: psycopg.Connection[Any]) -> Iterator[PGconn]:
    raw.pgconn.enter_pipeline_mode()
    try:
        yield raw.pgconn
        raw.pgconn.exit_pipeline_mode()
    except BaseException:
        raw.close()  # with answers under way it is of no use to anybody
        raise


def _exchanged(pgconn: PGconn, owed: int) -> list[PGresult]:
    """One result for each command that is owed one, once all are there and the server says that it is done."""
    socket = select.poll()
    socket.register(pgconn.socket, select.POLLIN | select.POLLOUT)
    while pgconn.flush():  # the server may have to get rid of answers before it takes more questions
        if socket.poll()[0][1] & select.POLLIN:
            pgconn.consume_input()
    socket.modify(pgconn.socket, select.POLLIN)
    results: list[PGresult] = []
    while True:
        while pgconn.is_busy():
            socket.poll()
            pgconn.consume_input()
        result = pgconn.get_result()  # None stands between the results of two commands
        if result is None:
            continue
        if result.status == pq.ExecStatus.PIPELINE_SYNC:
            return results
        results.append(result)
