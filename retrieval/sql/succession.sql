-- For each grain the visible ones that took its place, one after the other, the latest first.
WITH RECURSIVE chain AS (
    SELECT grain.number AS old, grain.superseded_by AS next, 1 AS step
    FROM grains_grain AS grain
    WHERE grain.namespace_id = %s AND grain.number = ANY(%s) AND grain.superseded_by IS NOT NULL
    UNION ALL
    SELECT chain.old, later.superseded_by, chain.step + 1
    FROM chain
    JOIN grains_grain AS later ON later.namespace_id = %s AND later.id = chain.next AND later.created_at <= %s
    WHERE later.superseded_by IS NOT NULL AND chain.step < 16
)
SELECT chain.old, array_agg(grain.number ORDER BY chain.step DESC)
FROM chain
JOIN grains_grain AS grain ON grain.namespace_id = %s AND grain.id = chain.next AND grain.created_at <= %s
WHERE grain.status IN ({statuses}) {restriction}
GROUP BY chain.old
