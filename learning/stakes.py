"""Callers' stakes on conduits from entries: read, changed and written in a handful of statements."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from accounts.door import Caller
from learning import credit
from learning.decay import class_sql, fading_sql
from learning.models import EntryKind
from retrieval.arrays import Statement, pipelined

Pair = tuple[int, int]  # (entry, target)
# Feedback within a namespace comes one at a time: two that share a term would overwrite each other's weight.
LOCK_SQL = "SELECT pg_advisory_xact_lock(hashtextextended('garner.feedback', %s))"
HELD_SQL = f"""
SELECT conduit.entry, conduit.target, {fading_sql("conduit", "%s::float8")}, stake.actor, stake.net
FROM learning_conduit AS conduit
JOIN learning_stake AS stake
  ON stake.namespace_id = conduit.namespace_id AND stake.entry = conduit.entry AND stake.target = conduit.target
WHERE conduit.namespace_id = %s AND conduit.entry = ANY(%s) AND conduit.target = ANY(%s)
"""  # noqa: S608 (our own constants)
ENTRIES_SQL = """
INSERT INTO learning_entry (namespace_id, key, kind, created_at, last_used_at)
SELECT %s, key, kind, %s, %s FROM unnest(%s::bigint[], %s::smallint[]) AS new (key, kind) ORDER BY key
ON CONFLICT (namespace_id, key) DO UPDATE SET last_used_at = excluded.last_used_at
"""
WORDING_SQL = """
INSERT INTO learning_wording (namespace_id, entry, embedding) VALUES (%s, %s, %s::real[]::halfvec)
ON CONFLICT (namespace_id, entry) DO UPDATE SET embedding = excluded.embedding
WHERE learning_wording.embedding <> excluded.embedding
"""
# The class is asked for once a grain: a recall's results stand in it once for each term.
CONDUITS_SQL = f"""
INSERT INTO learning_conduit
  (namespace_id, entry, target, relation, decay_class, weight, uses, provenance, created_at, last_used_at)
SELECT %s, entry, new.target, 1, coalesce(held.class, 2), weight, 1, 'feedback', %s, %s
FROM unnest(%s::bigint[], %s::bigint[], %s::float8[]) AS new (entry, target, weight)
LEFT JOIN (
    SELECT one.target, {class_sql("one.target", "%s")} AS class FROM unnest(%s::bigint[]) AS one (target)
) AS held ON held.target = new.target
ORDER BY entry, new.target
ON CONFLICT (namespace_id, entry, target) WHERE entry IS NOT NULL
DO UPDATE SET weight = excluded.weight, uses = learning_conduit.uses + 1, last_used_at = excluded.last_used_at
"""  # noqa: S608 (our own constants)
STAKES_SQL = """
INSERT INTO learning_stake (namespace_id, entry, target, actor, net)
SELECT %s, entry, target, actor, net
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::float8[]) AS new (entry, target, actor, net)
ON CONFLICT (namespace_id, entry, target, actor) DO UPDATE SET net = excluded.net
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """The entries of a rated question: the key and vector of its wording, and the keys of its terms."""

    wording: int
    vector: NDArray[np.float32]
    terms: Sequence[int]


@dataclass(frozen=True, slots=True)
class Held:
    """All callers' stakes on conduits, faded to this moment."""

    nets: Mapping[Pair, dict[str, float]] = field(default_factory=dict)

    def of(self, pair: Pair, actor: str) -> float:
        """One caller's stake; 0 for none."""
        return self.nets.get(pair, {}).get(actor, 0.0)


def stakes_held(namespace_id: int, asked: Asked, targets: Iterable[int], now: datetime) -> Held:
    """The stakes on conduits from a question's entries to these grains, inside the open door."""
    keys = np.array([asked.wording, *asked.terms], np.int64)
    wanted = np.array(sorted(targets), np.int64)
    stamps = [now.timestamp()] * HELD_SQL.count("%s::float8")
    (rows,) = pipelined([(HELD_SQL, [*stamps, namespace_id, keys, wanted])])
    nets: defaultdict[Pair, dict[str, float]] = defaultdict(dict)
    for entry, target, left, actor, net in rows:
        nets[entry, target][actor] = net * left
    return Held(nets)


def stakes_changed(held: Held, asked: Asked, actor: str, changes: Mapping[int, float]) -> dict[Pair, dict[str, float]]:
    """All stakes on the conduits that a caller's verdicts touch; `changes` are worths by grain number, -2 to 2.

    Praise goes to the wording and to each of its terms; blame to the wording, and to what terms had been told before.
    """
    touched: dict[Pair, dict[str, float]] = {}
    for target, change in changes.items():
        for entry in (asked.wording, *asked.terms):
            signed, pair = entry == asked.wording, (entry, target)
            net = credit.stake(held.of(pair, actor), change, signed=signed)
            if signed or net or pair in held.nets:
                touched[pair] = {**held.nets.get(pair, {}), actor: net}
    return touched


def stakes_statements(
    caller: Caller, asked: Asked, touched: Mapping[Pair, dict[str, float]], now: datetime
) -> list[Statement]:
    """What writes entries, conduits and stakes."""
    entries = sorted({entry for entry, _ in touched})
    kinds = [int(EntryKind.WORDING if entry == asked.wording else EntryKind.TERM) for entry in entries]
    pairs = list(touched)
    weights = [credit.weight(sum(touched[pair].values())) for pair in pairs]
    lines = [(*pair, actor, net) for pair in pairs for actor, net in touched[pair].items()]
    namespace, stamps = caller.namespace_id, [now, now]
    return [
        (ENTRIES_SQL, [namespace, *stamps, entries, kinds]),
        (WORDING_SQL, [namespace, asked.wording, asked.vector]),
        (CONDUITS_SQL, [namespace, *stamps, *_ends(pairs), weights, namespace, sorted({pair[1] for pair in pairs})]),
        (STAKES_SQL, [namespace, *([line[n] for line in lines] for n in range(4))]),
    ]


def _ends(pairs: Sequence[Pair]) -> tuple[list[int], list[int]]:
    return [entry for entry, _ in pairs], [target for _, target in pairs]
