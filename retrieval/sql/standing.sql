-- What the trust of candidates follows from.
SELECT
    array_agg(grain.number),
    array_agg(grain.provenance::text),
    array_agg(grain.confidence),
    array_agg(coalesce(vitals.confirmed + vitals.helped, 0)::float8),
    array_agg(coalesce(vitals.rejected + vitals.misled, 0)::float8),
    array_agg(coalesce(vitals.corroborated, 0)::float8),
    array_agg(coalesce(extract(epoch FROM vitals.last_verified_at)::float8, 'nan')),
    array_agg(coalesce(source.told[2], 0)::float8),
    array_agg(coalesce(source.told[3], 0)::float8)
FROM unnest(%s::bigint[]) AS wanted (number)
CROSS JOIN LATERAL (SELECT * FROM grains_grain WHERE namespace_id = %s AND number = wanted.number LIMIT 1) AS grain
LEFT JOIN grains_vitals AS vitals
  ON vitals.namespace_id = grain.namespace_id AND vitals.grain_number = grain.number
LEFT JOIN LATERAL (
    SELECT min(ARRAY[CASE kind WHEN 'author' THEN 0 WHEN 'agent' THEN 1 ELSE 2 END, a, b]) AS told
    FROM retrieval_source
    WHERE namespace_id = grain.namespace_id AND a + b > 0 AND (
        (kind = 'author' AND name = grain.author)
        OR (kind = 'agent' AND name = grain.agent)
        OR (kind = 'provenance' AND name = grain.provenance)
    )
) AS source ON true
