-- How near a candidate's best passage is.
SELECT max(CASE WHEN passage.n = 0 THEN 0.0::float8 ELSE -{discount}::float8 END - (passage.embedding <#> (SELECT %s::real[]::halfvec)))
FROM grains_passage AS passage
WHERE passage.namespace_id = %s AND passage.grain_number = grain.number AND {time}
