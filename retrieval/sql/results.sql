-- Nothing in here is sorted: with sorting off (candidates.PREFER_ORDERED) an index of the whole namespace would be read.
-- Results with what is known of them: content, votes, the reputation of the most telling source, what they replaced.
SELECT
    version.content,
    coalesce(vitals.confirmed + vitals.helped, 0),
    coalesce(vitals.rejected + vitals.misled, 0),
    coalesce(vitals.corroborated, 0),
    vitals.last_verified_at,
    coalesce(vitals.core, false),
    source.told[2],
    source.told[3],
    {followed},
    ARRAY(
        SELECT id FROM grains_grain AS old
        WHERE old.namespace_id = grain.namespace_id AND old.superseded_by = grain.id
        LIMIT 20
    ),
    {columns}
FROM unnest(%s::bigint[]) AS wanted (number)
CROSS JOIN LATERAL (SELECT * FROM grains_grain WHERE namespace_id = %s AND number = wanted.number LIMIT 1) AS grain
CROSS JOIN LATERAL (
    SELECT content FROM grains_version AS version
    WHERE version.namespace_id = grain.namespace_id AND version.grain_id = grain.id AND {time} LIMIT 1
) AS version
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
