"""Promotion by breadth of use: a memory that helped in several contexts is core, and fades slowly; unused, it is not.

The context of a recall is the cluster that most of its other results belong to: helping often in one context is no
breadth. Nothing is lost when a memory is not core; what leads to it fades as everything does.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Count

from accounts.door import Caller, tenant
from accounts.namespace_settings import setting_of
from grains.models import Grain, Vitals
from learning.constants import CORE_AT, CORE_LEFT_DAYS
from learning.decay import class_sql
from learning.jobs import Work, job
from learning.journal import aspect
from learning.journal.aspects import Value, Values
from learning.models import ClusterMember
from learning.switches import PROMOTION
from retrieval.models import Rating, Trace

MOST = 500  # memories that one run looks at, those praised most often
TRACES_EACH = 50  # recalls of each, the newest
CONDUITS_SQL = f"""
UPDATE learning_conduit AS conduit SET decay_class = {class_sql("conduit.target", "conduit.namespace_id")}
WHERE conduit.namespace_id = %s AND conduit.target = ANY(%s) AND provenance IN ('feedback', 'shortcut', 'wired')
"""  # noqa: S608 (our own constants)


@job("promote", every=timedelta(hours=1))
def promote(work: Work) -> None:
    """Make memories core that helped in several contexts, and those working again that have long been out of use."""
    if not setting_of(work.caller.namespace_id, PROMOTION):
        return
    for grain in _praised(work.caller):
        contexts = contexts_of(work.caller, grain)
        if len(contexts) >= CORE_AT:
            with work.step(after=grain.number):
                _move(work, [grain], core=True, cause={"contexts": len(contexts)})
    with work.step():
        idle = _idle(work.caller, work.now)
        if idle:
            _move(work, idle, core=False, cause={"unused_days": CORE_LEFT_DAYS})


def contexts_of(caller: Caller, grain: Grain) -> set[UUID]:
    """The clusters in which a memory was called useful: each recall counts for that of most of its other results."""
    with tenant(caller, durable=False):
        ratings = Rating.objects.filter(namespace_id=caller.namespace_id, grain=grain, useful=True)
        recent = ratings.order_by("-at").values_list("trace_id", flat=True)[:TRACES_EACH]
        traces = Trace.objects.filter(namespace_id=caller.namespace_id, id__in=list(recent))
        others = [[line["id"] for line in trace.ranking if line["id"] != str(grain.id)] for trace in traces]
        clusters = _clusters(caller, {id_ for ids in others for id_ in ids})
    counted = [Counter(clusters[id_] for id_ in ids if id_ in clusters) for ids in others]
    return {count.most_common(1)[0][0] for count in counted if count}


def _clusters(caller: Caller, ids: set[str]) -> dict[str, UUID]:
    numbers = dict(Grain.objects.filter(namespace_id=caller.namespace_id, id__in=ids).values_list("number", "id"))
    members = ClusterMember.objects.filter(namespace_id=caller.namespace_id, grain_number__in=numbers)
    return {str(numbers[number]): cluster for number, cluster in members.values_list("grain_number", "cluster_id")}


def _praised(caller: Caller) -> list[Grain]:
    """Working memories that were called useful after enough recalls to have been so in CORE_AT contexts."""
    with tenant(caller, durable=False):
        useful = Rating.objects.filter(namespace_id=caller.namespace_id, useful=True).values("grain_id")
        enough = useful.annotate(recalls=Count("trace_id", distinct=True)).filter(recalls__gte=CORE_AT)
        ids = [row["grain_id"] for row in enough.order_by("-recalls")[:MOST]]
        core = Vitals.objects.filter(namespace_id=caller.namespace_id, core=True).values("grain_number")
        mine = Grain.objects.filter(namespace_id=caller.namespace_id, id__in=ids)
        return list(mine.exclude(number__in=core).order_by("number"))


def _idle(caller: Caller, now: datetime) -> list[Grain]:
    """Core memories that no recall has returned for CORE_LEFT_DAYS, unless they are pinned."""
    since = now - timedelta(days=CORE_LEFT_DAYS)
    vitals = Vitals.objects.filter(namespace_id=caller.namespace_id, core=True, last_used_at__lt=since)
    mine = Grain.objects.filter(namespace_id=caller.namespace_id, pinned=False)
    return list(mine.filter(number__in=vitals.values("grain_number")).order_by("number"))


def _move(work: Work, grains: Sequence[Grain], *, core: bool, cause: Mapping[str, object]) -> None:
    ids = [str(grain.id) for grain in grains]
    _write(work.caller, dict.fromkeys(ids, core))
    work.journal(
        "promote" if core else "demote",
        cause=cause,
        before={"grain.core": dict.fromkeys(ids, not core)},
        after={"grain.core": dict.fromkeys(ids, core)},
    )


def _read(caller: Caller, ids: Sequence[str]) -> dict[str, Value]:
    """Whether each is core; locks its vitals."""
    numbers = dict(Grain.objects.filter(namespace_id=caller.namespace_id, id__in=ids).values_list("number", "id"))
    mine = Vitals.objects.filter(namespace_id=caller.namespace_id, grain_number__in=numbers)
    rows = mine.order_by("grain_number").select_for_update().values_list("grain_number", "core")
    return {str(numbers[number]): core for number, core in rows}


def _write(caller: Caller, values: Values) -> None:
    wanted: defaultdict[bool, list[str]] = defaultdict(list)
    for id_, core in values.items():
        wanted[bool(core)].append(id_)
    for core, ids in wanted.items():
        mine = Grain.objects.filter(namespace_id=caller.namespace_id, id__in=ids).order_by("number")
        numbers = list(mine.values_list("number", flat=True))
        Vitals.objects.filter(namespace_id=caller.namespace_id, grain_number__in=numbers).update(core=core)
        with connection.cursor() as cursor:
            cursor.execute(CONDUITS_SQL, [caller.namespace_id, numbers])


aspect("grain.core", _read, _write)
