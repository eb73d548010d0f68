"""CPU of a recall's graph part and of one feedback, in a made-up graph of any size.

Linux only: a backend's CPU is read from /proc, so the database must run on this machine.
"""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection, connections
from numpy.typing import NDArray
from pgvector import HalfVector

import clock
from accounts.door import Caller, tenant
from accounts.operator import operator
from embedding import embed
from grains.models import DIMENSION, Grain, Provenance, Vitals
from learning.channel import GraphChannel
from learning.constants import MOST_WORDINGS
from learning.models import Conduit, EntryKind, Wording
from learning.remembered import graph_read
from learning.services.feedback import feedback_give
from retrieval.arrays import pipelined
from retrieval.channels import Heard
from retrieval.profiling import backends_clock
from retrieval.question import understand
from retrieval.search import Search
from retrieval.services.feedback import Verdict
from retrieval.traces import Receipt, trace_write
from retrieval.understanding import understood

RATED = 20  # results of a recall, all of them rated
TERMS = 6  # entries of a question
VOCABULARY, COMMON = 5_000, 1.2  # terms, and the exponent of Zipf's law by which they are used
MIDDLE = 1.0  # of each component: cosines of about .5, where a wording begins to speak
FAN = 6  # conduits of a grain to others; the rest come from entries
HUB = 1  # a term that leads to every grain, as does the first grain, to which every wording leads
NOISE = 0.02  # of each component: a question like a rated one, with a cosine of about .93

ENTRIES_SQL = """
INSERT INTO learning_entry (namespace_id, key, kind, created_at, last_used_at)
SELECT %(namespace)s, n, %(kind)s, %(now)s, %(now)s FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
"""
# Sources and targets at random; few grains get many conduits (the square), as hubs do.
CONDUITS_SQL = """
INSERT INTO learning_conduit
  (namespace_id, entry, source, target, relation, decay_class, weight, uses, provenance, created_at, last_used_at)
SELECT %(namespace)s, entry, source, target, 1, 2, .3 + .6 * random(), 1, provenance, %(now)s, %(now)s
FROM (
    SELECT
        CASE WHEN n %% 10 >= %(fan)s THEN 1 + floor(%(entries)s * power(random(), 2))::bigint END AS entry,
        CASE WHEN n %% 10 < %(fan)s THEN %(low)s + floor(%(grains)s * random())::bigint END AS source,
        %(low)s + floor(%(grains)s * power(random(), 2))::bigint AS target,
        CASE WHEN n %% 10 >= %(fan)s THEN 'feedback' ELSE 'wired' END AS provenance
    FROM generate_series(1, %(conduits)s) AS n
) AS made
ON CONFLICT DO NOTHING
"""
HUB_SQL = """
INSERT INTO learning_conduit
  (namespace_id, entry, source, target, relation, decay_class, weight, uses, provenance, created_at, last_used_at)
SELECT %(namespace)s, entry, source, target, 1, 2, .9, 1, 'feedback', %(now)s, %(now)s
FROM (
    SELECT %(hub)s AS entry, NULL::bigint AS source, %(low)s + n AS target FROM generate_series(0, %(grains)s - 1) AS n
    UNION ALL
    SELECT NULL, %(low)s, %(low)s + n FROM generate_series(1, %(grains)s - 1) AS n
    UNION ALL
    SELECT n, NULL, %(low)s FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
) AS made
ON CONFLICT DO NOTHING
"""
TRACES_SQL = """
INSERT INTO retrieval_trace (namespace_id, id, at, actor, query, profile, decision, params, ranking)
SELECT %(namespace)s, gen_random_uuid(), %(now)s, 'past', 'a question of the past', 'garner', 'inject', '{}', '[]'
FROM generate_series(1, %(traces)s)
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a graph is made."""

    grains: int
    conduits: int

    @property
    def wordings(self) -> int:
        """Rated questions: one for twenty grains, up to as many as a namespace keeps."""
        return min(self.grains // 20, MOST_WORDINGS)


@dataclass(frozen=True, slots=True)
class Cpu:
    """Milliseconds of CPU: of this process and of its backend."""

    process: float
    backend: float

    def __str__(self) -> str:
        return f"{self.process:.2f}+{self.backend:.2f}"

    def __sub__(self, other: "Cpu") -> "Cpu":
        return Cpu(self.process - other.process, self.backend - other.backend)


@dataclass(frozen=True, slots=True)
class Spent:
    """Medians. A recall's graph part: what its first trip costs more with the graph than without, and what follows."""

    new: Cpu  # for a question that is like none that was rated
    rated: Cpu  # like one that was
    hub: Cpu  # like one, and with a term that leads to every grain
    after: Cpu  # like one, the first after a feedback
    feedback: Cpu
    reached: float  # grains that a question like a rated one reaches, on average


def graph_make(caller: Caller, size: Size) -> int:
    """Fill a namespace with grains (without text) and a graph, by SQL; how many conduits it has then."""
    values: dict[str, Any] = {"namespace": caller.namespace_id, "now": clock.now(), "fan": FAN}
    entries = {"first": 1, "last": VOCABULARY, "kind": int(EntryKind.TERM)}
    wordings = {"first": VOCABULARY + 1, "last": VOCABULARY + size.wordings, "kind": int(EntryKind.WORDING)}
    with operator([caller.namespace_id]) as alias, connections[alias].cursor() as cursor:
        cursor.execute("SELECT nextval('grains_number') FROM generate_series(1, %s)", [size.grains])
        numbers = [number for (number,) in cursor.fetchall()]
        made = [_grain(caller, number) for number in numbers]
        Grain.objects.using(alias).bulk_create(made, batch_size=2_000)
        vitals = (Vitals(namespace_id=caller.namespace_id, grain_number=number) for number in numbers)
        Vitals.objects.using(alias).bulk_create(vitals, batch_size=2_000)
        counts = {"low": min(numbers), "grains": size.grains, "conduits": size.conduits}
        for some in (entries, wordings):
            cursor.execute(ENTRIES_SQL, {**values, **some})
        Wording.objects.using(alias).bulk_create(_wordings(caller, size.wordings), batch_size=1_000)
        cursor.execute(CONDUITS_SQL, {**values, **counts, "entries": VOCABULARY + size.wordings})
        cursor.execute(HUB_SQL, {**values, **counts, **wordings, "hub": HUB})
    with connections[alias].cursor() as cursor:
        cursor.execute("ANALYZE learning_conduit, learning_entry, learning_wording, grains_grain, grains_vitals")
    with tenant(caller):
        return Conduit.objects.filter(namespace_id=caller.namespace_id).count()


def _grain(caller: Caller, number: int) -> Grain:
    mac = number.to_bytes(32, "big")
    return Grain(namespace_id=caller.namespace_id, number=number, content_mac=mac, provenance=Provenance.USER_STATED)


def _wordings(caller: Caller, count: int) -> Iterator[Wording]:
    for n, vector in enumerate(_vectors(np.random.default_rng(7), count), VOCABULARY + 1):
        yield Wording(namespace_id=caller.namespace_id, entry=n, embedding=HalfVector(vector))


def _vectors(dice: np.random.Generator, count: int) -> NDArray[np.float32]:
    """Directions around one: questions of a namespace are nearer to each other than chance has it."""
    found = dice.standard_normal((count, DIMENSION)).astype(np.float32) + MIDDLE
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def traces_make(caller: Caller, traces: int) -> None:
    """Give a namespace a past of that many recalls."""
    with operator([caller.namespace_id]) as alias, connections[alias].cursor() as cursor:
        cursor.execute(TRACES_SQL, {"namespace": caller.namespace_id, "now": clock.now(), "traces": traces})


def graph_measure(caller: Caller, rounds: int) -> Spent:
    """Ask and rate at random, `rounds` times each; this process remembers the graph already."""
    dice = random.Random(7)  # noqa: S311 (nothing secret)
    graph_read(caller.namespace_id)
    with tenant(caller):
        numbers = list(Grain.objects.order_by("number").values_list("id", flat=True)[:5_000])
        known = [vector for (vector,) in Wording.objects.order_by("entry").values_list("embedding")]
    asked, used = _Asked(caller, known, dice), _clock(caller)
    new = [asked.ask(used, near=False) for _ in range(rounds)]
    rated = [asked.ask(used) for _ in range(rounds)]
    hub = [asked.ask(used, hub=True) for _ in range(rounds)]
    pairs = [(_rated(caller, dice, numbers, used), asked.ask(used)) for _ in range(rounds)]
    return Spent(
        new=_median([spent for spent, _ in new]),
        rated=_median([spent for spent, _ in rated]),
        hub=_median([spent for spent, _ in hub]),
        after=_median([spent for _, (spent, _) in pairs]),
        feedback=_median([spent for spent, _ in pairs]),
        reached=statistics.mean(reached for _, reached in rated),
    )


def _median(spent: list[Cpu]) -> Cpu:
    return Cpu(statistics.median(one.process for one in spent), statistics.median(one.backend for one in spent))


Used = Callable[[], Cpu]


class _Asked:
    """Made-up questions of a namespace, as the graph's channel hears them."""

    def __init__(self, caller: Caller, known: list[Any], dice: random.Random) -> None:
        self._caller, self._known, self._dice = caller, known, dice
        self._random = np.random.default_rng(8)
        self._question = understand("what is it about")

    def ask(self, used: Used, *, near: bool = True, hub: bool = False) -> tuple[Cpu, int]:
        """What the graph costs a question, and how many grains it reaches."""
        heard = self._heard(near=near, hub=hub)
        with tenant(self._caller, durable=False):
            started = used()
            pipelined([_BESIDE])
            without = used()
            asking = GraphChannel().asking(heard)
            statements = [_BESIDE, asking.statement] if asking else [_BESIDE]
            rows = pipelined(statements)[-1]
            reached = asking.reached(rows).number if asking else ()
            return used() - without - (without - started), len(reached)

    def _heard(self, *, near: bool, hub: bool) -> Heard:
        terms = {2 + int((VOCABULARY - 1) * self._dice.random() ** COMMON) for _ in range(TERMS)}
        (vector,) = _vectors(self._random, 1)
        if near:
            vector = np.asarray(self._dice.choice(self._known), np.float32)
            vector = vector + NOISE * self._random.standard_normal(DIMENSION).astype(np.float32)
            vector = vector / np.linalg.norm(vector)
        keys = [*([HUB] if hub else []), *terms]
        return Heard(self._caller.namespace_id, self._question, keys, vector, clock.now())


_BESIDE = ("SELECT 1", ())  # stands for the recall's other statements: the graph's rides with them


def _rated(caller: Caller, dice: random.Random, ids: list[UUID], used: Used) -> Cpu:
    moment = clock.now()
    receipt_id, results = clock.new_id(moment), dice.sample(ids, RATED)
    lines = [{"id": id_, "score": 0.5, "signals": {}} for id_ in results]
    question = f"where did {dice.choice('ABCDEFGH')}. put the {dice.randrange(500)} kettles of last summer?"
    with tenant(caller):
        trace_write(caller, Search(question), Receipt(receipt_id, moment, "inject", lines))
        _asked(caller, question)  # embedded, as the recall has left it in the cache
    verdicts = [Verdict(id_, useful=n < 2) for n, id_ in enumerate(results)]
    started = used()
    feedback_give(caller=caller, trace_id=receipt_id, verdicts=verdicts)
    return used() - started


def _asked(caller: Caller, question: str) -> None:
    understood_one, _ = understood(caller, Search(question))
    embed([understood_one.embedded], scope=str(caller.namespace_id), operation="query")


def _clock(caller: Caller) -> Used:
    """CPU so far of this thread and of its backend: with one thread, the pool has one connection."""
    with tenant(caller):
        backend = backends_clock([connection.connection.info.backend_pid])

    def used() -> Cpu:
        return Cpu(1000 * time.thread_time(), 1000 * backend())

    return used
