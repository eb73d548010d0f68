"""Checking the sealed logs, for operators over any namespaces and for a caller over its own."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, connections

from accounts.deeds import deed_append
from accounts.door import Caller, tenant
from accounts.errors import NotFound
from accounts.models import Namespace
from accounts.operator import operator, scan
from accounts.outbox.rebase import xids_rebase
from accounts.scopes import Scope
from accounts.sealing import heads
from accounts.sealing.retention import accepted
from accounts.sealing.rounds import ONE_SEALER, Round, chain_ends, links_write, seal_rest
from accounts.sealing.rows import ZONE_SQL, columns_of
from accounts.sealing.verify import Verdict, namespace_verify

SEALED_SQL = """
WITH RECURSIVE one AS (
  (SELECT namespace_id FROM accounts_seal ORDER BY namespace_id LIMIT 1)
  UNION ALL
  SELECT (SELECT namespace_id FROM accounts_seal WHERE namespace_id > one.namespace_id ORDER BY namespace_id LIMIT 1)
  FROM one WHERE one.namespace_id IS NOT NULL
)
SELECT namespace_id FROM one WHERE namespace_id IS NOT NULL
"""
HEADS_SQL = """
SELECT ns, head.n, head.mac FROM unnest(%s::bigint[]) AS ns, LATERAL (
  SELECT n, mac FROM accounts_seal WHERE namespace_id = ns ORDER BY n DESC LIMIT 1
) AS head
"""
LOCK_SQL = "SELECT pg_advisory_xact_lock(%s)"


def audit_verify(
    *, namespaces: Sequence[int], now: datetime, anchor: Mapping[int, tuple[int, bytes]] | None = None
) -> list[Verdict]:
    """Check the logs of these namespaces against their seals and the heads outside, or against an anchor's heads.

    As the operator; each namespace is looked at in a transaction of its own.
    """
    verdicts = []
    for namespace_id in namespaces:
        known = heads.heads_read() if anchor is None else heads.Heads(dict(anchor))
        with operator([namespace_id]) as alias, connections[alias].cursor() as cursor:
            verdicts.append(namespace_verify(cursor, namespace_id, now, known))
    return verdicts


def audit_verify_own(*, caller: Caller, now: datetime) -> Verdict:
    """Check the logs of the caller's namespace."""
    known = heads.heads_read()
    with tenant(caller, durable=False), connection.cursor() as cursor:
        return namespace_verify(cursor, caller.namespace_id, now, known)


def sealed_namespaces() -> list[int]:
    """Every namespace that has, had or should have a chain, deleted ones included. As the operator."""
    with scan() as alias, connections[alias].cursor() as cursor:
        cursor.execute(SEALED_SQL)
        sealed = {ns for (ns,) in cursor.fetchall()}
    return sorted(sealed | set(heads.heads_read().seals) | set(Namespace.objects.values_list("pk", flat=True)))


def chain_heads(*, namespaces: Sequence[int]) -> dict[int, tuple[int, bytes]]:
    """The last seal of each of these chains, for an anchor. As the operator."""
    with scan() as alias, connections[alias].cursor() as cursor:
        cursor.execute(HEADS_SQL, [list(namespaces)])
        return {ns: (n, bytes(mac)) for ns, n, mac in cursor.fetchall()}


def audit_accept(*, namespace: Namespace, reason: str, now: datetime) -> int:
    """Go on from a chain that is shorter than the head kept outside, or that has rows of another time: after a restore.

    A seal with both ends stays on record, and a deed with the reason. Rows and seals that were changed stay broken.
    Returns the number of that seal. As the operator.
    """
    xids_rebase()
    known = heads.heads_read()
    with scan() as alias, connections[alias].cursor() as cursor:
        cursor.execute(LOCK_SQL, [ONE_SEALER])
        cursor.execute(ZONE_SQL)
        end = chain_ends(cursor, [namespace.pk], "deeds")[namespace.pk]
        link = accepted(namespace.pk, end, known.seals.get(namespace.pk), now)
        links = [link]
        links_write(cursor, links)
        cursor.execute("SELECT log, xid FROM accounts_sealline")
        for log, below in cursor.fetchall():
            links += seal_rest(cursor, Round(log, columns_of(cursor, log), now, None), namespace.pk, below)
    heads.heads_add({namespace.pk: (links[-1].n, links[-1].mac)}, {})
    caller = Caller(namespace.pk, namespace.name, "operator", frozenset(Scope))
    with tenant(caller):
        deed_append(caller=caller, verb="audit.accept", subjects=[], detail={"seal": link.n, "reason": reason[:200]})
    return link.n


def namespaces_named(names: Sequence[str]) -> list[int]:
    """The ids of these namespaces, a deleted one named by its number. Raises NotFound."""
    found = {name: pk for pk, name in Namespace.objects.filter(name__in=names).values_list("pk", "name")}
    for name in names:
        if name not in found and not name.isdecimal():
            raise NotFound(f"There is no namespace '{name}'.", field="namespace")
    return [found.get(name) or int(name) for name in names]
