"""The database: version, migrations, indexes, partitions, rows that belong together, clocks."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from django.db import connections
from django.db.migrations.executor import MigrationExecutor

import clock
from accounts.models import Namespace
from accounts.operator import operator, owner_alias
from accounts.partitions import AHEAD_DAYS, NAMES_SQL, PARTITIONED, partitions_ensure
from grains.indexes import index_tend
from grains.models import Vitals
from runtime.doctor.findings import Finding

SKEW = timedelta(seconds=2)
AHEAD_AT_LEAST = 3  # days of partitions; the worker keeps AHEAD_DAYS
UNUSED_FROM = 50 * 1024 * 1024  # bytes: smaller indexes are not worth a word

INVALID_SQL = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
UNUSED_SQL = """
SELECT indexrelid::regclass::text, pg_relation_size(indexrelid) FROM pg_stat_user_indexes
JOIN pg_index USING (indexrelid)
WHERE idx_scan = 0 AND NOT indisunique AND pg_relation_size(indexrelid) >= %s
"""
# A grain without one of these is not found by a recall, or breaks learning; each pair is written in one transaction.
LACKING_SQL = {
    "a current version": """
      SELECT count(*) FROM grains_grain AS grain WHERE NOT EXISTS (
        SELECT FROM grains_version AS version WHERE version.namespace_id = grain.namespace_id
        AND version.grain_id = grain.id AND version.ended_at IS NULL)""",
    "a vector": """
      SELECT count(*) FROM grains_grain AS grain WHERE NOT EXISTS (
        SELECT FROM grains_passage AS passage WHERE passage.namespace_id = grain.namespace_id
        AND passage.grain_number = grain.number AND passage.current AND passage.n = 0)""",
    "vitals": """
      SELECT count(*) FROM grains_grain AS grain WHERE NOT EXISTS (
        SELECT FROM grains_vitals AS vitals WHERE vitals.namespace_id = grain.namespace_id
        AND vitals.grain_number = grain.number)""",
    "a term": """
      SELECT count(*) FROM grains_grain AS grain WHERE NOT EXISTS (
        SELECT FROM grains_posting AS posting WHERE posting.namespace_id = grain.namespace_id
        AND posting.grain_number = grain.number)""",
}
WORDLESS = "a term"  # a memory of signs alone, or a sealed one, has none: told, not held against it


def versions() -> Iterator[Finding]:
    """Which PostgreSQL and pgvector serve."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), extversion FROM pg_extension WHERE extname = 'vector'"
        )
        found = cursor.fetchone()
    text = f"PostgreSQL {found[0]}, pgvector {found[1]}" if found else "pgvector is missing"
    yield Finding("versions", ok=found is not None, message=text)


def migrations() -> Iterator[Finding]:
    """Whether the schema is this version's."""
    executor = MigrationExecutor(connections[owner_alias()])
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    message = f"{len(missing)} are missing: run `manage.py prepare`, or start anew" if missing else "all applied"
    yield Finding("migrations", ok=not missing, message=message)


def indexes() -> Iterator[Finding]:
    """Whether every index is whole, and used if it is large."""
    with connections[owner_alias()].cursor() as cursor:
        cursor.execute(INVALID_SQL)
        invalid = [name for (name,) in cursor.fetchall()]
        cursor.execute(UNUSED_SQL, [UNUSED_FROM])
        unused = cursor.fetchall()
    for name in invalid:
        yield Finding("indexes", ok=False, message=f"{name} is not valid", repair=partial(_rebuild, name))
    if not invalid:
        yield Finding("indexes", ok=True, message="all valid")
    for name, size in unused:
        yield Finding(
            "indexes", ok=True, message=f"{name} ({size >> 20} MiB) has not been used since the statistics began"
        )


def _rebuild(name: str) -> str:
    hnsw = name.removeprefix("passage_hnsw_")
    if hnsw.isdecimal():
        return f"{name}: {index_tend(int(hnsw)).done}"
    with connections[owner_alias()].cursor() as cursor:
        cursor.execute(f"REINDEX INDEX CONCURRENTLY {name}")
    return f"{name}: built anew"


def partitions() -> Iterator[Finding]:
    """Whether the logs have partitions for the next days, and no rows outside of them."""
    today = clock.now().date()
    wanted = today + timedelta(days=AHEAD_AT_LEAST)
    with connections[owner_alias()].cursor() as cursor:
        for parent in PARTITIONED:
            cursor.execute(NAMES_SQL, [parent])
            names = {name for (name,) in cursor.fetchall()}
            ok = f"{parent}_{wanted:%Y%m%d}" in names
            message = f"{parent}: {len(names) - 1} days" if ok else f"{parent}: none for {wanted}; does the worker run?"
            yield Finding("partitions", ok=ok, message=message, repair=_make_partitions)
    for parent in PARTITIONED:
        count = _strays(parent)
        stray = f"{parent}: {count} rows lie outside of the days' partitions and are not dropped with their retention"
        yield Finding("partitions", ok=not count, message=stray if count else f"{parent}: no stray rows")


def _make_partitions() -> str:
    partitions_ensure(using=owner_alias(), today=clock.now().date())
    return f"{AHEAD_DAYS} days of partitions made"


def _strays(parent: str) -> int:
    with operator(_everybody()) as alias, connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {parent}_default")  # noqa: S608 (our own tables)
        return int(cursor.fetchone()[0])


def counts() -> Iterator[Finding]:
    """Whether every memory has what is written with it."""
    with operator(_everybody()) as alias, connections[alias].cursor() as cursor:
        for what, statement in LACKING_SQL.items():
            cursor.execute(statement)
            (count,) = cursor.fetchone()
            fits = not count or what == WORDLESS
            repair = _give_vitals if what == "vitals" else None
            yield Finding("counts", ok=fits, message=f"{count} memories without {what}", repair=repair)


def _give_vitals() -> str:
    with operator(_everybody()) as alias, connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT grain.namespace_id, grain.number FROM grains_grain AS grain LEFT JOIN grains_vitals AS vitals ON "
            "vitals.namespace_id = grain.namespace_id AND vitals.grain_number = grain.number "
            "WHERE vitals.grain_number IS NULL"
        )
        lacking = cursor.fetchall()
        Vitals.objects.using(alias).bulk_create(
            [Vitals(namespace_id=namespace_id, grain_number=number) for namespace_id, number in lacking]
        )
    return f"{len(lacking)} memories given vitals"


def clocks() -> Iterator[Finding]:
    """Whether the database's clock agrees with ours."""
    before = clock.now()
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (theirs,) = cursor.fetchone()
    after = clock.now()
    skew = max(before - theirs, theirs - after, timedelta(0))
    yield Finding("clock", ok=skew <= SKEW, message=f"the database's clock is off by {skew.total_seconds():.1f} s")


def _everybody() -> list[int]:
    return list(Namespace.objects.values_list("pk", flat=True))
