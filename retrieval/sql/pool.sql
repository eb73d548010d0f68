-- What the ranking reads of the pool: the best candidates, and the neighbours of the very best in their sessions.
WITH best AS (
    SELECT session_key, turn
    FROM grains_grain
    WHERE namespace_id = %s AND number = ANY(%s) AND session_key <> 0
),
pool AS (
    SELECT unnest(%s::bigint[]) AS number
    UNION
    SELECT neighbour.number
    FROM best
    JOIN grains_grain AS neighbour
      ON neighbour.namespace_id = %s AND neighbour.session_key = best.session_key
     AND neighbour.turn BETWEEN best.turn - 1 AND best.turn + 1
)
SELECT
    array_agg(grain.number),
    array_agg(grain.session_key),
    array_agg(grain.turn),
    array_agg(grain.pieces),
    array_agg(grain.flags),
    array_agg(grain.author = %s),
    array_agg(grain.importance),
    array_agg(coalesce(floor(extract(epoch FROM grain.occurred_at) / 86400)::integer, {unknown})),
    array_agg(grain.session_key = 0 OR (grain.turn = 0 AND NOT EXISTS (
        SELECT FROM grains_grain AS next
        WHERE next.namespace_id = grain.namespace_id AND next.session_key = grain.session_key AND next.turn = 1
    ))),
    array_agg(near.dense)
FROM pool
CROSS JOIN LATERAL (  -- one probe a number: the planner would rather read the whole namespace
    SELECT * FROM grains_grain WHERE namespace_id = %s AND number = pool.number AND status = 'active' LIMIT 1
) AS grain
CROSS JOIN LATERAL (
    SELECT max(CASE WHEN passage.n = 0 THEN 0 ELSE -{discount} END - (passage.embedding <#> (SELECT %s::real[]::halfvec))) AS dense
    FROM grains_passage AS passage
    WHERE passage.namespace_id = %s AND passage.grain_number = grain.number AND {time}
) AS near
WHERE near.dense IS NOT NULL {restriction}
