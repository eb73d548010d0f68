-- A candidate's best passage.
SELECT max(CASE WHEN passage.n = 0 THEN 0.0::float8 ELSE -{discount}::float8 END - (passage.embedding <#> (SELECT %s::real[]::halfvec))) AS dense
FROM grains_passage AS passage
WHERE passage.namespace_id = %s AND passage.grain_number = grain.number AND {time}
