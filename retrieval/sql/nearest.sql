-- The question's vector is cast in a sub-select: once, not once a row.
-- The nearest passages of a namespace: its own HNSW index where it has one, else an exact scan of its narrow rows.
SELECT array_agg(grain_number), array_agg(distance), array_agg(n)
FROM (
    SELECT grain_number, n, embedding <#> (SELECT %s::real[]::halfvec) AS distance
    FROM grains_passage
    WHERE namespace_id = {namespace} AND current
    ORDER BY embedding <#> (SELECT %s::real[]::halfvec)
    LIMIT {limit}
) AS nearest
