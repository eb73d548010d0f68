-- Flux's walk: from a question's entries (its terms, names, author, and the rated wordings nearest to it) along the
-- conduits. A term leads to every grain that has it (its posting) as if it had been wired with {posted}, or with what
-- was taught if that is more. Every contribution goes on by itself, weaker by {attenuation} and the conduit's weight a
-- hop, as long as it is at least {threshold}, and through no grain twice. What arrives at a grain adds up. Each step reads
-- a bounded number of index entries and the walk a bounded number of steps. One row of arrays.
WITH RECURSIVE asked AS MATERIALIZED (
    SELECT %s::bigint AS namespace, %s::real[]::halfvec AS vector, %s::float8 AS now, %s::boolean AS learns
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
    SELECT from_entry.key, conduit.target, from_entry.gain * conduit.weight AS signal, conduit.weight
    FROM (
        SELECT entry AS key, gain FROM wording
        UNION ALL
        SELECT unnest(%s::bigint[]), 1
    ) AS from_entry
    CROSS JOIN LATERAL (
        SELECT one.target, one.weight * {fading} AS weight
        FROM learning_conduit AS one
        WHERE one.namespace_id = (SELECT namespace FROM asked) AND one.entry = from_entry.key
          AND ((SELECT learns FROM asked) OR one.provenance NOT IN ({taught}))
        LIMIT {wording_fan}
    ) AS conduit
    UNION ALL
    SELECT term.key, posting.grain_number, {posted}, {posted}
    FROM unnest(%s::bigint[]) AS term (key)
    CROSS JOIN LATERAL (
        SELECT grain_number FROM grains_posting
        WHERE namespace_id = (SELECT namespace FROM asked) AND term = term.key
        LIMIT {term_fan}
    ) AS posting
),
entered AS MATERIALIZED (
    SELECT key, target, signal, weight FROM (
        SELECT DISTINCT ON (key, target) key, target, signal, weight FROM led ORDER BY key, target, abs(signal) DESC
    ) AS strongest
    WHERE abs(signal) >= {threshold}
),
walk AS (
    SELECT target, NULL::bigint AS via, signal, weight, 1 AS hop, ARRAY[target] AS seen FROM (
        SELECT target, signal, weight FROM entered WHERE signal > 0 ORDER BY signal DESC, target LIMIT {front}
    ) AS front
    UNION ALL
    SELECT
        conduit.target, walk.target, walk.signal * {attenuation} * conduit.weight, conduit.weight, walk.hop + 1,
        walk.seen || conduit.target
    FROM walk
    CROSS JOIN LATERAL (
        SELECT one.target, one.weight * {fading} AS weight
        FROM learning_conduit AS one
        WHERE one.namespace_id = (SELECT namespace FROM asked) AND one.source = walk.target
          AND one.relation NOT IN ({unwalked})
          AND ((SELECT learns FROM asked) OR one.provenance NOT IN ({taught}))
        LIMIT {grain_fan}
    ) AS conduit
    WHERE walk.hop < {hops} AND walk.signal * {attenuation} * conduit.weight >= {threshold}
      AND NOT conduit.target = ANY(walk.seen)
),
arrived AS (
    SELECT target, signal, weight, 1 AS hop, key AS via FROM entered
    UNION ALL
    SELECT target, signal, weight, hop, via FROM (SELECT * FROM walk LIMIT {steps}) AS step WHERE hop > 1
),
reached AS (
    SELECT
        target, sum(signal) AS signal, avg(weight) AS weight, min(hop) AS hop,
        (array_agg(via ORDER BY hop, signal DESC))[1] AS via
    FROM arrived
    GROUP BY target
    ORDER BY sum(signal) DESC, target
    LIMIT {most}
)
SELECT
    array_agg(target), array_agg(signal), array_agg(weight), array_agg(hop), array_agg(via),
    array_agg(CASE WHEN hop > 1 THEN (
        SELECT id FROM grains_grain WHERE namespace_id = (SELECT namespace FROM asked) AND number = via
    ) END)
FROM reached
WHERE signal > 0
