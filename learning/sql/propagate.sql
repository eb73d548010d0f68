-- What the graph says of a question: from its entries (its terms, names and author, and the rated wordings nearest to
-- it) along the conduits, up to five hops. Every step reads a bounded number of index entries, so no hub slows it;
-- each hop goes on from the strongest grains reached, never back. One row of arrays.
WITH asked AS MATERIALIZED (
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
opened AS (
    SELECT entry AS key, gain, true AS worded, {wording_fan} AS fan FROM wording
    UNION ALL
    SELECT key, gain, false, {entry_fan} FROM unnest(%s::bigint[], %s::float8[]) AS own (key, gain)
),
led AS (
    SELECT
        opened.key, opened.worded, conduit.target, conduit.taught,
        opened.gain * conduit.weight / CASE WHEN opened.worded THEN 1 ELSE sqrt(conduit.others) END AS signal
    FROM opened
    CROSS JOIN LATERAL (
        SELECT target, taught, weight, count(*) OVER () AS others
        FROM (
            SELECT one.target, one.provenance = 'feedback' AS taught, one.weight * {fading} AS weight
            FROM learning_conduit AS one
            WHERE one.namespace_id = (SELECT namespace FROM asked) AND one.entry = opened.key
            LIMIT opened.fan
        ) AS read
    ) AS conduit
),
hop1 AS MATERIALIZED (
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
{hops}
reached AS (
    SELECT target, up, down, told, wired, signal, 1 AS hop, via, NULL::uuid AS id FROM hop1
    {further}
)
SELECT
    array_agg(target), array_agg(up), array_agg(down), array_agg(told), array_agg(wired), array_agg(signal),
    array_agg(hop), array_agg(via), array_agg(id)
FROM reached
