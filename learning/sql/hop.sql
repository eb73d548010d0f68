hop{n} AS MATERIALIZED (
    SELECT
        conduit.target,
        least(sum(front.signal * {attenuation} * conduit.weight), 1) AS signal,
        (array_agg(front.target ORDER BY front.signal * conduit.weight DESC))[1] AS via
    FROM (
        SELECT target, signal FROM hop{before} WHERE signal >= {threshold} ORDER BY signal DESC LIMIT {front}
    ) AS front
    CROSS JOIN LATERAL (
        SELECT one.target, one.weight * {fading} AS weight
        FROM learning_conduit AS one
        WHERE one.namespace_id = (SELECT namespace FROM asked) AND one.source = front.target
          AND one.relation NOT IN ({unwalked})
        LIMIT {fan}
    ) AS conduit
    WHERE {fresh}
    GROUP BY conduit.target
    HAVING sum(front.signal * {attenuation} * conduit.weight) >= {threshold}
),
