"""Merging near repeats: one memory stays as it is, those it stands for are archived, linked to it and restorable.

No text is made: what stays was said by somebody. Paraphrases are not merged, since only a reader could tell that they
lose nothing; the words of what goes must stand in what stays (text.facts.covers).
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import Count
from numpy.typing import NDArray

from accounts.door import Caller, tenant
from accounts.namespace_settings import Between, NamespaceSetting, register, setting_of
from grains.models import Grain, Status
from grains.selectors import Memory, with_content
from grains.services.status import status_set
from learning.consolidation.linking import THERE, derived_link
from learning.consolidation.near import Candidate, Group, grouped, near_pairs
from learning.jobs import Work, job
from learning.journal.selectors import left_alone
from learning.models import JournalEntry
from text.facts import said

ENABLED = register(
    NamespaceSetting("consolidation_enabled", bool, "CONSOLIDATION_ENABLED", None, "Merge near repeats once a day.")
)
THRESHOLD = register(
    NamespaceSetting(
        "consolidation_threshold",
        float,
        "CONSOLIDATION_THRESHOLD",
        Between(0, 1),
        "The cosine from which on two memories may be near repeats; their words decide.",
    )
)
MOST_GROUPS = 50  # of one call: memoryOSS's max_clusters
GROUP_MOST = 20_000  # newest memories of one agent, user and author that are held against each other: 31 MB, some 8 s
# halfvec_send: two int16 (dimensions, unused) and big-endian float16s.
VECTORS_SQL = """
SELECT grain_number, halfvec_send(embedding) FROM grains_passage
WHERE namespace_id = %s AND grain_number = ANY(%s) AND current AND n = 0
"""


def wanted(caller: Caller, now: datetime) -> bool:
    """Whether the namespace wants it done by itself."""
    return setting_of(caller.namespace_id, ENABLED)


@job("consolidate", every=timedelta(hours=24), wanted=wanted)
def consolidate(work: Work) -> None:
    """Merges near repeats of the same agent, user and author.

    Options: threshold, max_clusters.
    """
    threshold = work.options.get("threshold", setting_of(work.caller.namespace_id, THRESHOLD))
    left = work.options.get("max_clusters")
    for group in _groups(work, threshold):
        if left is not None and work.counts["merge"] >= left:
            return
        with work.step():
            _merge(work, group, threshold)


def _groups(work: Work, threshold: float) -> Iterator[Group]:
    with tenant(work.caller):
        owners = _owners(work.caller)
        undone = left_alone(work.caller, "merge")
    for owner in owners:
        work.renew()
        with tenant(work.caller):
            candidates, vectors = _candidates(work.caller, owner, undone)
        yield from grouped(candidates, list(near_pairs(vectors, threshold, work.renew)))


def _mergeable(caller: Caller) -> Any:
    return Grain.objects.filter(
        namespace_id=caller.namespace_id, status=Status.ACTIVE, zero_knowledge=False, pinned=False
    )


def _owners(caller: Caller) -> list[dict[str, str]]:
    """Agents, users and authors with more than one memory."""
    counted = _mergeable(caller).values("agent", "user", "author").annotate(held=Count("pk")).filter(held__gt=1)
    return [{name: row[name] for name in ("agent", "user", "author")} for row in counted.order_by("-held")]


def _candidates(
    caller: Caller, owner: dict[str, str], undone: set[UUID]
) -> tuple[list[Candidate], NDArray[np.float32]]:
    newest = list(_mergeable(caller).filter(**owner).exclude(id__in=undone).order_by("-number")[:GROUP_MOST])
    with connection.cursor() as cursor:
        cursor.execute(VECTORS_SQL, [caller.namespace_id, [grain.number for grain in newest]])
        raw = {number: np.frombuffer(sent, ">f2", offset=4) for number, sent in cursor.fetchall()}
    memories = with_content(caller, [grain for grain in reversed(newest) if grain.number in raw])
    vectors = np.array([raw[memory.grain.number] for memory in memories], np.float32)
    return [_candidate(memory) for memory in memories], vectors


def _candidate(memory: Memory) -> Candidate:
    grain = memory.grain
    return Candidate(
        id=grain.id,
        number=grain.number,
        version=grain.version,
        said=said(memory.content),
        tags=frozenset(grain.tags),
        memory_type=grain.memory_type,
        provenance=grain.provenance,
        confidence=grain.confidence,
        importance=grain.importance,
        updated_at=grain.updated_at,
        holds=(grain.valid_from, grain.valid_to),
        day=grain.occurred_at.astimezone(UTC).date() if grain.occurred_at else None,
    )


def _merge(work: Work, group: Group, threshold: float) -> None:
    """Archive what the kept memory stands for, unless one of them has changed since it was read."""
    caller, all_ = work.caller, [group.kept, *group.merged]
    mine = Grain.objects.filter(namespace_id=caller.namespace_id, id__in=[one.id for one in all_])
    now = {grain.id: grain for grain in mine.order_by("number").select_for_update()}
    if any(one.id not in now or _moved(now[one.id], one) for one in all_):
        work.count(outrun=1)
        return
    goes, kept = [one.id for one in group.merged], now[group.kept.id]
    links = derived_link(caller=caller, number=kept.number, sources=[one.number for one in group.merged])
    status_set(caller=caller, statuses=dict.fromkeys(goes, Status.ARCHIVED))
    mine.filter(id__in=goes).update(superseded_by=kept.id)
    importance = max(one.importance for one in all_)
    mine.filter(id=kept.id).update(importance=importance)
    work.journal(
        "merge",
        cause={
            "kept": kept.id,
            "merged": len(goes),
            "similarity": round(float(np.mean(group.cosines)), 4),
            "threshold": threshold,
        },
        before={
            "grain.status": dict.fromkeys(goes, Status.ACTIVE),
            "grain.superseded_by": {id_: now[id_].superseded_by for id_ in goes},
            "grain.importance": {kept.id: kept.importance},
            "conduit": dict.fromkeys(links),
        },
        after={
            "grain.status": dict.fromkeys(goes, Status.ARCHIVED),
            "grain.superseded_by": dict.fromkeys(goes, kept.id),
            "grain.importance": {kept.id: importance},
            "conduit": dict.fromkeys(links, THERE),
        },
    )
    work.count(merged=len(goes))


def _moved(grain: Grain, read_as: Candidate) -> bool:
    return grain.status != Status.ACTIVE or grain.version != read_as.version


def groups_told(entries: Sequence[JournalEntry]) -> list[dict[str, Any]]:
    """What the journal tells of merges, as memoryOSS tells it."""
    return [
        {
            "kept": entry.cause["kept"],
            "merged": list(entry.after["grain.status"]),
            "avg_similarity": entry.cause["similarity"],
            "derived_id": entry.cause["kept"],
            "source_ids": [entry.cause["kept"], *entry.after["grain.status"]],
        }
        for entry in entries
        if entry.kind == "merge"
    ]
