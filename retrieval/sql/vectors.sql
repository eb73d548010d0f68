-- The vectors of whole memories, as of the moment looked at.
SELECT passage.grain_number, passage.embedding::real[]
FROM grains_passage AS passage
JOIN grains_grain AS grain ON grain.namespace_id = passage.namespace_id AND grain.number = passage.grain_number
JOIN grains_version AS version
  ON version.namespace_id = grain.namespace_id AND version.grain_id = grain.id AND version.n = passage.version
WHERE passage.namespace_id = %s AND passage.grain_number = ANY(%s) AND passage.n = 0 AND {time}
