"""Verdicts on a memory itself (memoryOSS's confirm, reject, supersede) teach too: about the question that showed it.

Whoever judges a memory has most often just been shown it. It is weaker evidence than a rating of that recall: a right
memory may still have been no answer.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import clock
from accounts.door import Caller, tenant
from grains.models import Grain
from grains.services.judge import Judged, grain_judge
from learning.services.feedback import feedback_give
from retrieval.models import Rating, Trace
from retrieval.services.feedback import Verdict

SHOWN_WITHIN = timedelta(hours=24)  # as long as a recall counts as owing feedback
MOST_TRACES = 50  # of the caller's newest that are looked through: their rankings are read whole
JUDGED_STRENGTH = 0.5  # half a rating's: the rate at which Flux lets an AI's own word teach


def grain_judge_and_teach(
    *, caller: Caller, id: UUID, action: str, superseded_by: UUID | None = None, now: datetime | None = None
) -> Judged:
    """`grain_judge`, and the same said to the question of the caller's last recall that returned the grain, if any.

    confirm is praise, reject and supersede are blame, and a successor in the same recall is praised. What the caller
    has rated there already, in the same direction, stays as it said it. Raises what grain_judge raises.
    """
    moment = now or clock.now()
    said = {id: action == "confirm"}
    if action == "supersede" and superseded_by is not None:
        said[superseded_by] = True
    with tenant(caller):
        _teach(caller, id, said, moment)  # first: feedback's lock comes before the rows' locks everywhere
        return grain_judge(caller=caller, id=id, action=action, superseded_by=superseded_by, now=moment)


def _teach(caller: Caller, id_: UUID, said: Mapping[UUID, bool], now: datetime) -> None:
    trace_id, returned = _last_shown(caller, id_, now)
    if trace_id is None:
        return
    mine = Grain.objects.filter(namespace_id=caller.namespace_id, id__in=said.keys() & returned)
    rated = Rating.objects.filter(namespace_id=caller.namespace_id, trace_id=trace_id, actor=caller.subject)
    before = dict(rated.values_list("grain_id", "useful"))
    new = [one for one in mine.values_list("id", flat=True) if before.get(one) != said[one]]
    if new:
        verdicts = [Verdict(one, useful=said[one], strength=JUDGED_STRENGTH) for one in new]
        feedback_give(caller=caller, trace_id=trace_id, verdicts=verdicts, now=now)


def _last_shown(caller: Caller, id_: UUID, now: datetime) -> tuple[UUID | None, set[UUID]]:
    """The caller's newest recall that returned the grain, and all that it returned."""
    own = Trace.objects.filter(namespace_id=caller.namespace_id, actor=caller.subject)
    recent = own.filter(at__range=(now - SHOWN_WITHIN, now)).order_by("-at").values_list("id", "ranking")
    for trace_id, ranking in recent[:MOST_TRACES]:
        returned = {UUID(line["id"]) for line in ranking}
        if id_ in returned:
            return trace_id, returned
    return None, set()
