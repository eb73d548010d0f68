-- The same among allowed grains. Exact: an index that is filtered afterwards returns too few rows (1.9 of 10).
WITH allowed AS MATERIALIZED ({allowed}),
scored AS MATERIALIZED (
    SELECT passage.grain_number, passage.n, passage.embedding <#> (SELECT %s::real[]::halfvec) AS distance
    FROM allowed
    JOIN grains_passage AS passage ON passage.namespace_id = {namespace} AND passage.grain_number = allowed.number
    WHERE {time}
)
SELECT array_agg(grain_number), array_agg(distance), array_agg(n)
FROM (SELECT grain_number, distance, n FROM scored ORDER BY distance LIMIT {limit}) AS nearest
