-- Where a question's signal goes from the grains that its entries led to: along the conduits, up to so many hops. Each
-- step reads a bounded number of index entries and the whole walk a bounded number of steps, so no hub slows it. A path
-- goes on with the signal that came in by it, and not back to where it came from. One row of arrays.
WITH RECURSIVE asked AS MATERIALIZED (
    SELECT %s::bigint AS namespace, %s::float8 AS now
),
walk AS (
    SELECT target, NULL::bigint AS via, signal, 1 AS hop FROM unnest(%s::bigint[], %s::float8[]) AS front (target, signal)
    UNION ALL
    SELECT conduit.target, walk.target, walk.signal * {attenuation} * conduit.weight, walk.hop + 1
    FROM walk
    CROSS JOIN LATERAL (
        SELECT one.target, one.weight * {fading} AS weight
        FROM learning_conduit AS one
        WHERE one.namespace_id = (SELECT namespace FROM asked) AND one.source = walk.target
          AND one.relation NOT IN ({unwalked})
        LIMIT {grain_fan}
    ) AS conduit
    WHERE walk.hop < {hops} AND walk.signal * {attenuation} >= {threshold}
      AND walk.signal * {attenuation} * conduit.weight >= {threshold}
      AND conduit.target IS DISTINCT FROM walk.via
)
SELECT array_agg(target), array_agg(spread), array_agg(hop), array_agg(via)
FROM (
    SELECT target, sum(signal) AS spread, min(hop) AS hop, (array_agg(via ORDER BY hop, signal DESC))[1] AS via
    FROM (SELECT * FROM walk LIMIT {steps}) AS step
    WHERE hop > 1
    GROUP BY target
    ORDER BY target
) AS further
