-- How much the passages count of candidates whose nearness is not known, and of the neighbours.
SELECT
    array_agg(passage.grain_number),
    array_agg(CASE WHEN passage.n = 0 THEN 0.0::float8 ELSE -{discount}::float8 END - (passage.embedding <#> (SELECT %s::real[]::halfvec)))
FROM grains_passage AS passage
WHERE passage.namespace_id = %s AND passage.grain_number = ANY(%s || ARRAY(SELECT number FROM beside)) AND passage.current
