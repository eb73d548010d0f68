"""What a finding changes: a dispute is noted, and where it is decided the older memory makes way. Inside the open door.

Everything goes through the journal, so every supersession can be undone; then the pair waits for a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.door import Caller
from grains.models import Grain, Status
from grains.services.status import status_set
from learning.contradiction.deciding import Decision
from learning.contradiction.examining import Finding
from learning.journal import aspect
from learning.journal.aspects import Value, Values
from learning.models import Conduit, Dispute, DisputeState, Relation

Told = Mapping[str, Mapping[Any, Any]]
WEIGHT = 0.7  # of the conduit newer -> older, Flux's for typed edges
KIND = "supersede"


@dataclass(frozen=True, slots=True)
class Change:
    """One change as the journal wants it."""

    kind: str
    cause: Mapping[str, object]
    before: Told
    after: Told


def dispute_note(*, caller: Caller, finding: Finding, now: datetime) -> Dispute | None:
    """The dispute of a pair, made or brought up to date; None when these versions have been looked at before, or one
    of the two has changed since it was read.
    """
    older, newer = _locked(caller, finding)
    if older is None or newer is None:
        return None
    mine = Dispute.objects.filter(namespace_id=caller.namespace_id, older=older.id, newer=newer.id)
    known = mine.select_for_update().first()
    versions = {"older_version": older.version, "newer_version": newer.version}
    if known and all(getattr(known, name) == version for name, version in versions.items()):
        return None
    dispute = known or Dispute(namespace_id=caller.namespace_id, older=older.id, newer=newer.id)
    for name, value in versions.items():
        setattr(dispute, name, value)
    dispute.relation, dispute.rule = str(finding.comparison.relation), finding.comparison.rule
    dispute.state, dispute.opened_at = DisputeState.OPEN, now
    dispute.decided_by, dispute.decided_at, dispute.entry = "", None, None
    dispute.save()
    if finding.decision != Decision.SUPERSEDE:
        _conduit(caller, newer.number, older.number, Relation.CONTRADICTS, now)
    return dispute


def superseded(*, caller: Caller, dispute: Dispute, decided_by: str, now: datetime) -> Change:
    """Let the newer memory take the older one's place; give back what the journal is to be told.

    The older one becomes stale, names its successor, and ends when the successor begins. Raises Conflict.
    """
    mine = Grain.objects.filter(namespace_id=caller.namespace_id)
    older, newer = (mine.get(id=id_) for id_ in (dispute.older, dispute.newer))
    ends = older.valid_to or newer.valid_from or newer.occurred_at or newer.updated_at
    edge = f"{newer.number}>{older.number}"
    before: Told = {
        "grain.status": {older.id: older.status},
        "grain.superseded_by": {older.id: older.superseded_by},
        "grain.valid_to": {older.id: older.valid_to},
        "supersedes": {edge: None},
        "dispute": {dispute.id: DisputeState.OPEN},
    }
    after: Told = {
        "grain.status": {older.id: Status.STALE},
        "grain.superseded_by": {older.id: newer.id},
        "grain.valid_to": {older.id: ends},
        "supersedes": {edge: True},
        "dispute": {dispute.id: DisputeState.SUPERSEDED},
    }
    status_set(caller=caller, statuses={older.id: Status.STALE})
    mine.filter(id=older.id).update(superseded_by=newer.id, valid_to=ends)
    _conduit(caller, newer.number, older.number, Relation.SUPERSEDES, now)
    dispute_close(dispute, state=DisputeState.SUPERSEDED, decided_by=decided_by, now=now)
    cause = {"dispute": dispute.id, "rule": dispute.rule or "none", "decided_by": decided_by}
    return Change(KIND, cause, before, after)


def dispute_close(dispute: Dispute, *, state: DisputeState, decided_by: str, now: datetime) -> None:
    """Write down how a dispute ended."""
    dispute.state, dispute.decided_by, dispute.decided_at = state, decided_by[:64], now
    dispute.save(update_fields=["state", "decided_by", "decided_at"])


def disputes_settle(*, caller: Caller, id_: UUID, found: Sequence[Finding], now: datetime) -> int:
    """Withdraw open disputes of a memory whose words have changed so that they are no more; return how many."""
    still = {(finding.older.id, finding.newer.id) for finding in found}
    mine = Dispute.objects.filter(namespace_id=caller.namespace_id, state=DisputeState.OPEN)
    versions = dict(Grain.objects.filter(namespace_id=caller.namespace_id, id=id_).values_list("id", "version"))
    settled = 0
    for dispute in mine.filter(newer=id_) | mine.filter(older=id_):
        seen = dispute.newer_version if dispute.newer == id_ else dispute.older_version
        if (dispute.older, dispute.newer) not in still and versions.get(id_) != seen:
            dispute_close(dispute, state=DisputeState.WITHDRAWN, decided_by="rules", now=now)
            settled += 1
    return settled


def _locked(caller: Caller, finding: Finding) -> tuple[Grain | None, Grain | None]:
    """Both grains, locked in the order that every writer keeps; None for one that is not as it was read."""
    read = {side.id: side.grain.version for side in (finding.older, finding.newer)}
    rows = Grain.objects.filter(namespace_id=caller.namespace_id, id__in=list(read), status=Status.ACTIVE)
    same = {g.id: g for g in rows.order_by("number").select_for_update() if g.version == read[g.id]}
    return same.get(finding.older.id), same.get(finding.newer.id)


def _conduit(caller: Caller, source: int, target: int, relation: Relation, now: datetime) -> None:
    Conduit.objects.bulk_create(
        [
            Conduit(
                namespace_id=caller.namespace_id,
                source=source,
                target=target,
                relation=relation,
                weight=WEIGHT,
                provenance="contradiction",
                created_at=now,
                last_used_at=now,
            )
        ],
        ignore_conflicts=True,
    )


def _edges(caller: Caller, ids: Sequence[str]) -> dict[str, Conduit]:
    ends = {id_: tuple(map(int, id_.split(">"))) for id_ in ids}
    found = Conduit.objects.filter(
        namespace_id=caller.namespace_id, relation=Relation.SUPERSEDES, source__in=[one for one, _ in ends.values()]
    ).select_for_update()
    known = {(conduit.source, conduit.target): conduit for conduit in found}
    return {id_: known[pair] for id_, pair in ends.items() if pair in known}


def _edges_read(caller: Caller, ids: Sequence[str]) -> dict[str, Value]:
    return dict.fromkeys(ids, None) | dict.fromkeys(_edges(caller, ids), True)


def _edges_write(caller: Caller, values: Values) -> None:
    for id_, conduit in _edges(caller, [i for i, wanted in values.items() if not wanted]).items():
        if not values[id_]:
            conduit.delete()
    for id_ in [i for i, wanted in values.items() if wanted]:
        source, target = map(int, id_.split(">"))
        numbers = Grain.objects.filter(namespace_id=caller.namespace_id, number__in=[source, target])
        if numbers.count() == len({source, target}):
            last = numbers.order_by("-updated_at").values_list("updated_at", flat=True)[0]
            _conduit(caller, source, target, Relation.SUPERSEDES, last)


def _disputes(caller: Caller, ids: Sequence[str]) -> Any:
    return Dispute.objects.filter(namespace_id=caller.namespace_id, id__in=ids)


def _disputes_read(caller: Caller, ids: Sequence[str]) -> dict[str, Value]:
    rows = _disputes(caller, ids).select_for_update().values_list("id", "state")
    return {str(id_): state for id_, state in rows}


def _disputes_write(caller: Caller, values: Values) -> None:
    for id_, state in values.items():
        _disputes(caller, [id_]).update(state=state or DisputeState.OPEN)


aspect("supersedes", _edges_read, _edges_write)
aspect("dispute", _disputes_read, _disputes_write)
