-- What the ranking reads of the pool: the best candidates, and the neighbours of the very best in their sessions.
-- Each probe is a lateral one with a limit: the planner would rather read the whole namespace. The neighbours' places
-- are computed beforehand: arithmetic is not leakproof, so under row-level security it is no index condition. The
-- vectors of settled candidates are not read: the search for the nearest passages has told how near they are.
WITH best AS MATERIALIZED (
    SELECT grain.session_key, grain.turn - 1 AS before, grain.turn + 1 AS after
    FROM (SELECT %s::bigint AS namespace_id) AS mine
    CROSS JOIN unnest(%s::bigint[]) AS wanted (number)
    CROSS JOIN LATERAL (
        SELECT session_key, turn FROM grains_grain
        WHERE namespace_id = mine.namespace_id AND number = wanted.number AND session_key <> 0
        LIMIT 1
    ) AS grain
),
pool AS (
    SELECT number, bool_or(settled) AS settled
    FROM (
        SELECT unnest(%s::bigint[]) AS number, true AS settled
        UNION ALL
        SELECT unnest(%s::bigint[]), false
        UNION ALL
        SELECT neighbour.number, false
        FROM best
        CROSS JOIN LATERAL (
            SELECT number FROM grains_grain
            WHERE namespace_id = %s AND session_key = best.session_key AND turn >= best.before AND turn <= best.after
            LIMIT 8
        ) AS neighbour
    ) AS candidate
    GROUP BY number
)
SELECT
    array_agg(grain.superseded_by IS NOT NULL),
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
CROSS JOIN LATERAL (
    SELECT * FROM grains_grain WHERE namespace_id = %s AND number = pool.number AND status IN ({statuses}) LIMIT 1
) AS grain
CROSS JOIN LATERAL (
    SELECT CASE WHEN pool.settled THEN 'NaN' ELSE ({near}) END AS dense OFFSET 0  -- or it is computed for each mention
) AS near
WHERE near.dense IS NOT NULL {restriction}
