"""Verdicts on a memory itself, as memoryOSS has them: right, wrong, or followed by another."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError
from django.db.models import F

import clock
from accounts.deeds import deed_append
from accounts.door import Caller, tenant
from accounts.errors import Conflict, GarnerError, NotFound
from grains.models import Grain, Status, Vitals

CONFIRMED, REJECTED = 0.25, 0.5  # memoryOSS: added by a confirmation, kept by a rejection


class BadSuccessor(GarnerError):
    """A memory cannot follow itself, nor be followed by none."""

    code = "bad_successor"


@dataclass(frozen=True, slots=True)
class Judged:
    """A grain and its vitals after a verdict."""

    grain: Grain
    vitals: Vitals


def grain_judge(
    *, caller: Caller, id: UUID, action: str, superseded_by: UUID | None = None, now: datetime | None = None
) -> Judged:
    """`confirm`, `reject` or `supersede` a grain of the caller's namespace.

    confirm: active, confidence +.25, one more piece of evidence. reject: contested, confidence halved. supersede:
    stale, with its successor, which is confirmed. Only active memories are recalled. Raises NotFound, BadSuccessor,
    Conflict when another active memory says the same.
    """
    if action == "supersede":
        _check_successor(id, superseded_by)
    moment = now or clock.now()
    try:
        with tenant(caller):
            grains = _locked(caller, [id] if superseded_by is None or action != "supersede" else [id, superseded_by])
            grain = grains[id]
            if action == "confirm":
                vitals = _confirm(grain, moment)
            elif action == "reject":
                vitals = _reject(grain, moment)
            else:
                vitals = _supersede(grain, grains[superseded_by or id], moment)
            deed_append(caller=caller, verb=f"feedback.{action}", subjects=list(grains))
    except IntegrityError as error:
        raise Conflict("Another active memory says the same already.", field="id") from error
    return Judged(grain, vitals)


def _check_successor(id_: UUID, successor: UUID | None) -> None:
    if successor is None:
        raise BadSuccessor("supersede requires superseded_by", field="superseded_by")
    if successor == id_:
        raise BadSuccessor("a memory cannot supersede itself", field="superseded_by")


def _locked(caller: Caller, ids: list[UUID]) -> dict[UUID, Grain]:
    rows = Grain.objects.filter(namespace_id=caller.namespace_id, id__in=ids).order_by("number").select_for_update()
    found = {grain.id: grain for grain in rows}
    if missing := [id_ for id_ in ids if id_ not in found]:
        raise NotFound("memory not found", field="id" if missing[0] == ids[0] else "superseded_by")
    return found


def _confirm(grain: Grain, moment: datetime) -> Vitals:
    grain.status, grain.superseded_by = Status.ACTIVE, None
    grain.confidence = min(1.0, grain.confidence + CONFIRMED)
    return _saved(grain, moment, confirmed=F("confirmed") + 1, last_verified_at=moment)


def _reject(grain: Grain, moment: datetime) -> Vitals:
    grain.status = Status.CONTESTED
    grain.confidence *= REJECTED
    return _saved(grain, moment, rejected=F("rejected") + 1)


def _supersede(grain: Grain, successor: Grain, moment: datetime) -> Vitals:
    _confirm(successor, moment)
    grain.status, grain.superseded_by = Status.STALE, successor.id
    return _saved(grain, moment)


def _saved(grain: Grain, moment: datetime, **vitals: object) -> Vitals:
    grain.updated_at = moment
    grain.save(update_fields=["status", "confidence", "superseded_by", "updated_at"])
    mine = Vitals.objects.filter(namespace_id=grain.namespace_id, grain_number=grain.number)
    if vitals:
        mine.update(**vitals)
    return mine.get()
