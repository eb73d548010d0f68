"""What sealing costs: rows a second that one sealer chains, its CPU beside a store's, and what writers notice.

Linux only: the CPU of our process and of its database processes is read from /proc, so the database must run here.
"""

import os
import secrets
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from uuid import UUID

from django.db import connection, connections

import clock
from accounts.door import Caller, tenant
from accounts.operator import owner_alias
from accounts.sealing.rounds import ONE_SEALER, seal_round
from accounts.services.namespaces import as_operator, namespace_create, namespace_delete
from grains.drafts import Draft
from grains.services.store import grain_store

_TICKS = os.sysconf("SC_CLK_TCK")
BATCH = 1000
ROUNDS = 100
# Rows as deed_append writes them, one transaction for BATCH of them: the sealer is to be measured, not the writing.
FILL_SQL = """
INSERT INTO accounts_deed (namespace_id, id, at, actor, verb, subjects, detail)
SELECT %s, unnest(%s::uuid[]), %s, 'measure', 'store', ARRAY[gen_random_uuid()], '{"version": 1}'
"""
WAITING_SQL = "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))"
LOOK_EVERY = 0.005  # seconds


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much one sealer chains. `cpu` is microseconds a row, of our process and of its database process.

    `idle` and `single` are milliseconds of CPU of a round that finds nothing, and of one that finds one row: what a
    second costs an instance on which little happens.
    """

    rows: int
    seconds: float
    cpu: float
    idle: float
    single: float

    @property
    def rows_a_second(self) -> float:
        """Chained rows, while nothing else is done."""
        return self.rows / self.seconds


@dataclass(frozen=True, slots=True)
class Stores:
    """Stores without and with a sealer at work: milliseconds, medians of each half; CPU without the sealer's."""

    cpu: float
    quiet: float
    sealed: float
    waited: int
    looks: int


@contextmanager
def namespace() -> Iterator[Caller]:
    """A namespace for measuring, gone afterwards (its deeds and seals stay)."""
    made = namespace_create(name=f"measure-{secrets.token_hex(6)}")
    try:
        yield as_operator(made)
    finally:
        namespace_delete(name=made.name, confirm=made.name)


def capacity(caller: Caller, rows: int) -> Capacity:
    """Write that many deeds, then time their sealing."""
    with _alone(), _cpu(owner_alias()) as cpu:
        _seal()
        for _ in range(rows // BATCH):
            moment = clock.now()
            with tenant(caller), connection.cursor() as cursor:
                cursor.execute(FILL_SQL, [caller.namespace_id, _ids(BATCH), moment])
        before = cpu()
        started = time.perf_counter()
        sealed = _seal()
        seconds = time.perf_counter() - started
        spent = cpu() - before
        idle, single = _rounds(caller, 0, cpu), _rounds(caller, 1, cpu)
    return Capacity(sealed, seconds, 1e6 * spent / sealed, idle, single)


def _rounds(caller: Caller, rows: int, cpu: Callable[[], float]) -> float:
    """Milliseconds of CPU of a round that finds so many rows: the mean of ROUNDS."""
    spent = 0.0
    for _ in range(ROUNDS):
        with tenant(caller), connection.cursor() as cursor:
            cursor.execute(FILL_SQL, [caller.namespace_id, _ids(rows), clock.now()])
        before = cpu()
        _seal()
        spent += cpu() - before
    return 1000 * spent / ROUNDS


def stores(caller: Caller, count: int) -> Stores:
    """Store that many memories, every other stretch of ten with a sealer at work all the time."""
    times: dict[bool, list[float]] = {False: [], True: []}
    waits: list[int] = []
    grain_store(caller=caller, draft=Draft(content="The first one warms everything up."))
    with _cpu("default") as cpu:
        for n in range(count // 10):
            with _sealing(waits) if n % 2 else _alone():
                times[bool(n % 2)] += [_store(caller, 10 * n + m) for m in range(10)]
        total = cpu()
    quiet, sealed = (1000 * statistics.median(times[which]) for which in (False, True))
    return Stores(1000 * total / count, quiet, sealed, sum(waits), len(waits))


def _store(caller: Caller, n: int) -> float:
    started = time.perf_counter()
    grain_store(caller=caller, draft=Draft(content=f"Measured memory {n} says {secrets.token_hex(8)}."))
    return time.perf_counter() - started


def _seal() -> int:
    sealed = 0
    while count := seal_round(clock.now()):
        sealed += count
    return sealed


@contextmanager
def _alone() -> Iterator[None]:
    """Nobody seals but this thread: the worker's sealer finds another at work and leaves."""
    with connections[owner_alias()].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ONE_SEALER])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ONE_SEALER])


@contextmanager
def _sealing(waits: list[int]) -> Iterator[None]:
    """A sealer without pauses beside the block, and somebody who looks for sessions that it keeps waiting."""
    over = Event()

    def seal() -> None:
        with _alone(), connections[owner_alias()].cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
            watcher = Thread(target=watch, args=[pid])
            watcher.start()
            while not over.is_set():
                seal_round(clock.now())
            watcher.join()
        connections.close_all()

    def watch(pid: int) -> None:
        with connection.cursor() as cursor:
            while not over.wait(LOOK_EVERY):
                cursor.execute(WAITING_SQL, [pid])
                waits.append(cursor.fetchone()[0])
        connections.close_all()

    sealer = Thread(target=seal)
    sealer.start()
    try:
        yield
    finally:
        over.set()
        sealer.join()


def _ids(count: int) -> list[UUID]:
    moment = clock.now()
    return [clock.new_id(moment) for _ in range(count)]


@contextmanager
def _cpu(alias: str) -> Iterator[Callable[[], float]]:
    """CPU seconds of this thread and of the connection's database process, since the block was entered."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    start = _spent(pid) + time.thread_time()
    yield lambda: _spent(pid) + time.thread_time() - start


def _spent(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
