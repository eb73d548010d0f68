-- What the ranking reads of the pool: the best candidates, and the neighbours of the very best in their sessions. Rows
-- are asked for by arrays of keys, each array by one walk through its index; the planner knows that a namespace is too
-- large to be read instead (grains' migration 0012). The neighbours' places are computed beforehand: arithmetic is not
-- leakproof, so under row-level security it is no index condition. Vectors of candidates whose nearness the search for
-- the nearest passages has told are not read.
WITH best AS MATERIALIZED (
    SELECT session_key, turn - 1 AS before, turn + 1 AS after
    FROM grains_grain
    WHERE namespace_id = %s AND number = ANY(%s) AND session_key <> 0
      AND status <> ''  -- always so; the index of sessions lacks it, which would be read from end to end
),
beside AS MATERIALIZED (
    SELECT neighbour.number
    FROM best
    CROSS JOIN LATERAL (
        SELECT number FROM grains_grain
        WHERE namespace_id = %s AND session_key = best.session_key AND turn >= best.before AND turn <= best.after
        LIMIT 8
    ) AS neighbour
)
SELECT columns.*, nearness.*
FROM (
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
        )))
    FROM (
        SELECT * FROM grains_grain
        WHERE namespace_id = %s AND number = ANY(%s || ARRAY(SELECT number FROM beside)) AND status IN ({statuses})
        OFFSET 0  -- or a filter's grains would be read first, all of them
    ) AS grain
    WHERE true {restriction}
) AS columns
CROSS JOIN ({nearness}) AS nearness
