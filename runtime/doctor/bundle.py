"""The support bundle: what a helper needs to know about an instance, without content, names or secrets.

Everything in it is named here: numbers, versions, names of our own tables, states. No log lines (they may quote what a
library said), no settings' values except harmless ones, no names of namespaces, no addresses.
"""

import io
import json
import platform
import tarfile
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections

from accounts.operator import owner_alias
from accounts.outbox.state import backlog_of_consumers
from runtime.doctor.findings import Finding

# Numbers and choices that an operator sets; everything else is told as set or not, or not at all.
HARMLESS = (
    *("EMBEDDING_BACKEND", "WEB_THREADS", "HNSW_FROM_PASSAGES", "TRACE_RETENTION_DAYS", "DEED_RETENTION_DAYS"),
    *("DEAD_LETTER_RETENTION_DAYS", "GRAINS_PER_MINUTE", "REQUESTS_PER_SECOND", "NAMESPACE_GRAINS", "NAMESPACE_BYTES"),
    *("BROWSABLE_API", "OPEN_LOOPBACK", "METRICS_OPEN", "DEBUG", "LOG_LEVEL"),
)
SIZES_SQL = """
SELECT relname, reltuples::bigint, pg_total_relation_size(pg_class.oid) FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') ORDER BY 1
"""
INDEXES_SQL = """
SELECT relname, indexrelname, idx_scan, pg_relation_size(indexrelid) FROM pg_stat_user_indexes ORDER BY 1, 2
"""
NAMESPACES_SQL = "SELECT count(*) FROM accounts_namespace"
LEVELS = ("debug", "info", "warning", "error", "critical")


def bundle_write(path: Path, findings: Sequence[Finding], now: datetime) -> None:
    """Write the bundle (tar, gzipped, readable by its owner only)."""
    parts: Mapping[str, Any] = {
        "about.json": about(now),
        "doctor.json": [{"check": f.check, "ok": f.ok, "message": f.message} for f in findings],
        "database.json": database(),
        "queues.json": backlog_of_consumers(),
        "settings.json": {name: getattr(settings, name) for name in HARMLESS},
        "logs.json": log_levels(settings.HOME.logs),
    }
    path.touch(mode=0o600)
    with tarfile.open(path, "w:gz") as archive:
        for name, part in parts.items():
            text = json.dumps(part, indent=1, default=str).encode()
            entry = tarfile.TarInfo(f"garner-support/{name}")
            entry.size, entry.mtime = len(text), int(now.timestamp())
            archive.addfile(entry, io.BytesIO(text))


def about(now: datetime) -> dict[str, Any]:
    """Versions of everything."""
    return {
        "made_at": now.isoformat(),
        "python": platform.python_version(),
        "machine": [platform.system(), platform.release(), platform.machine()],
        "packages": sorted(f"{one.name}=={one.version}" for one in distributions()),
    }


def database() -> dict[str, Any]:
    """Sizes: rows as the planner estimates them."""
    with connections[owner_alias()].cursor() as cursor:
        cursor.execute(SIZES_SQL)
        tables = [{"table": name, "rows": rows, "bytes": size} for name, rows, size in cursor.fetchall()]
        cursor.execute(INDEXES_SQL)
        indexes = [dict(zip(("table", "index", "scans", "bytes"), row, strict=True)) for row in cursor.fetchall()]
        cursor.execute(NAMESPACES_SQL)
        (namespaces,) = cursor.fetchone()
    return {"namespaces": namespaces, "tables": tables, "indexes": indexes}


def log_levels(folder: Path) -> dict[str, dict[str, int]]:
    """How many lines of each level every process has logged."""
    return {file.name: _levels(file) for file in sorted(folder.glob("*.log*"))} if folder.is_dir() else {}


def _levels(file: Path) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for line in file.read_text(errors="replace").splitlines():
        try:
            level = json.loads(line).get("level")
        except (ValueError, AttributeError):
            level = None
        counts[level if level in LEVELS else "other"] += 1
    return dict(counts)
