"""Shortcuts: conduits between grains that were useful together, both ways."""

from collections.abc import Iterable
from datetime import datetime
from itertools import permutations

from learning.constants import CEILING, SHORTCUT_AT, SHORTCUT_GRAINS, SHORTCUT_STEP, SHORTCUT_WEIGHT
from learning.decay import class_sql
from retrieval.arrays import Statement

# A pair is counted from the first time on, weighs something from the SHORTCUT_AT-th, and more with each further one. A
# conduit that wiring made before is strengthened alike.
TOGETHER_SQL = f"""
INSERT INTO learning_conduit
  (namespace_id, source, target, relation, decay_class, weight, uses, provenance, created_at, last_used_at)
SELECT %s, source, target, 1, coalesce({class_sql("target", "%s")}, 2), 0, 1, 'shortcut', %s, %s
FROM unnest(%s::bigint[], %s::bigint[]) AS new (source, target) ORDER BY source, target
ON CONFLICT (namespace_id, source, target, relation) WHERE source IS NOT NULL DO UPDATE SET
  uses = learning_conduit.uses + 1, last_used_at = excluded.last_used_at,
  weight = CASE
    WHEN learning_conduit.weight > 0
      THEN least({CEILING}, learning_conduit.weight + {SHORTCUT_STEP} * (1 - learning_conduit.weight))
    WHEN learning_conduit.uses + 1 >= {SHORTCUT_AT} THEN {SHORTCUT_WEIGHT} ELSE 0
  END
"""  # noqa: S608 (our own constants)
APART_SQL = f"""
UPDATE learning_conduit
SET uses = greatest(uses - 1, 0), weight = CASE WHEN uses <= {SHORTCUT_AT} THEN 0 ELSE weight END
WHERE namespace_id = %s AND provenance = 'shortcut' AND relation = 1
  AND (source, target) IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))
"""  # noqa: S608 (our own constants)


def shortcuts_statements(
    namespace_id: int, useful: Iterable[int], praised: Iterable[int], taken_back: Iterable[int], now: datetime
) -> list[Statement]:
    """What counts the pairs among grains useful in one recall that its latest verdicts have made, and discounts those
    whose praise was taken back."""
    useful, gone = set(useful), set(taken_back)
    statements: list[Statement] = []
    sources, targets = _pairs(useful, set(praised))
    if sources:
        statements.append((TOGETHER_SQL, [namespace_id, namespace_id, now, now, sources, targets]))
    sources, targets = _pairs(useful | gone, gone)
    if sources:
        statements.append((APART_SQL, [namespace_id, sources, targets]))
    return statements


def _pairs(grains: Iterable[int], changed: set[int]) -> tuple[list[int], list[int]]:
    """Both directions of each pair with one of `changed`; of at most SHORTCUT_GRAINS grains, the oldest."""
    chosen = sorted(set(grains))[:SHORTCUT_GRAINS]
    pairs = [(one, other) for one, other in permutations(chosen, 2) if changed & {one, other}]
    return [one for one, _ in pairs], [other for _, other in pairs]
