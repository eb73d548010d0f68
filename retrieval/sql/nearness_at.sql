-- The same of the passages that were current at a moment.
SELECT
    array_agg(passage.grain_number),
    array_agg(CASE WHEN passage.n = 0 THEN 0.0::float8 ELSE -{discount}::float8 END - (passage.embedding <#> (SELECT %s::real[]::halfvec)))
FROM (SELECT %s::bigint AS namespace_id) AS mine
CROSS JOIN unnest(%s || ARRAY(SELECT number FROM beside)) AS wanted (number)
CROSS JOIN LATERAL (
    SELECT id FROM grains_grain WHERE namespace_id = mine.namespace_id AND number = wanted.number LIMIT 1
) AS grain
CROSS JOIN LATERAL (
    SELECT * FROM grains_passage AS passage
    WHERE passage.namespace_id = mine.namespace_id AND passage.grain_number = wanted.number AND {time}
    OFFSET 0
) AS passage
