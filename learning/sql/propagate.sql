-- What the graph says of a question: from its entries (its terms, names and author, and the rated wordings nearest to
-- it) along the conduits, up to so many hops. Each step reads a bounded number of index entries and the whole walk a
-- bounded number of steps, so no hub slows it. A path goes on with the signal that came in by it, and not back to where
-- it came from. One row of arrays.
WITH RECURSIVE asked AS MATERIALIZED (
    SELECT %s::bigint AS namespace, %s::real[]::halfvec AS vector, %s::float8 AS now
),
wording AS MATERIALIZED (
    SELECT entry, power((cosine - {near}) / (1 - {near}), 2) AS gain
    FROM (
        SELECT entry, -(embedding <#> (SELECT vector FROM asked)) AS cosine
        FROM learning_wording
        WHERE namespace_id = (SELECT namespace FROM asked)
        ORDER BY embedding <#> (SELECT vector FROM asked)
        LIMIT {wordings}
    ) AS nearest
    WHERE cosine > {near}
),
led AS (
    SELECT wording.entry AS key, true AS worded, conduit.target, true AS taught, wording.gain * conduit.weight AS signal
    FROM wording
    CROSS JOIN LATERAL (
        SELECT one.target, one.weight * {fading} AS weight
        FROM learning_conduit AS one
        WHERE one.namespace_id = (SELECT namespace FROM asked) AND one.entry = wording.entry
        LIMIT {wording_fan}
    ) AS conduit
    UNION ALL
    SELECT own.key, false, conduit.target, conduit.taught, own.gain * conduit.weight / sqrt(conduit.others)
    FROM unnest(%s::bigint[], %s::float8[]) AS own (key, gain)
    CROSS JOIN LATERAL (
        SELECT target, taught, weight, count(*) OVER () AS others
        FROM (
            SELECT one.target, one.provenance = 'feedback' AS taught, one.weight * {fading} AS weight
            FROM learning_conduit AS one
            WHERE one.namespace_id = (SELECT namespace FROM asked) AND one.entry = own.key
            LIMIT {entry_fan}
        ) AS read
    ) AS conduit
),
entered AS MATERIALIZED (
    SELECT
        target,
        coalesce(sum(signal) FILTER (WHERE worded AND signal > 0), 0) AS up,
        coalesce(sum(signal) FILTER (WHERE worded AND signal < 0), 0) AS down,
        coalesce(sum(signal) FILTER (WHERE taught AND NOT worded), 0) AS told,
        coalesce(sum(signal) FILTER (WHERE NOT taught AND NOT worded), 0) AS wired,
        least(sum(signal), 1) AS signal,
        (array_agg(key ORDER BY abs(signal) DESC))[1] AS via
    FROM led
    GROUP BY target
),
walk AS (
    SELECT target, NULL::bigint AS via, signal, 1 AS hop FROM (
        SELECT target, signal FROM entered WHERE signal >= {threshold} ORDER BY signal DESC LIMIT {front}
    ) AS front
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
    WHERE walk.hop < {hops} AND walk.signal * {attenuation} * conduit.weight >= {threshold}
      AND conduit.target IS DISTINCT FROM walk.via
),
reached AS (
    SELECT target, up, down, told, wired, 0 AS spread, signal, 1 AS hop, via, NULL::uuid AS id FROM entered
    UNION ALL
    SELECT
        further.target, 0, 0, 0, 0, further.spread, least(further.spread, 1), further.hop, further.via,
        (SELECT id FROM grains_grain WHERE namespace_id = (SELECT namespace FROM asked) AND number = further.via)
    FROM (
        SELECT target, sum(signal) AS spread, min(hop) AS hop, (array_agg(via ORDER BY hop, signal DESC))[1] AS via
        FROM (SELECT * FROM walk LIMIT {steps}) AS step
        WHERE hop > 1
        GROUP BY target
    ) AS further
)
SELECT
    array_agg(target), array_agg(up), array_agg(down), array_agg(told), array_agg(wired), array_agg(spread),
    array_agg(signal), array_agg(hop), array_agg(via), array_agg(id)
FROM reached
