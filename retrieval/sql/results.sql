-- Results with what is known of them: content, votes, the reputation of the most telling source, what they replaced.
SELECT
    version.content,
    coalesce(vitals.confirmed + vitals.helped, 0),
    coalesce(vitals.rejected + vitals.misled, 0),
    coalesce(vitals.corroborated, 0),
    vitals.last_verified_at,
    source.a,
    source.b,
    {followed},
    ARRAY(
        SELECT id FROM grains_grain AS old
        WHERE old.namespace_id = grain.namespace_id AND old.superseded_by = grain.id
        ORDER BY old.number DESC LIMIT 20
    ),
    {columns}
FROM grains_grain AS grain
JOIN grains_version AS version ON version.namespace_id = grain.namespace_id AND version.grain_id = grain.id
LEFT JOIN grains_vitals AS vitals
  ON vitals.namespace_id = grain.namespace_id AND vitals.grain_number = grain.number
LEFT JOIN LATERAL (
    SELECT a, b FROM retrieval_source
    WHERE namespace_id = grain.namespace_id AND a + b > 0 AND (
        (kind = 'author' AND name = grain.author)
        OR (kind = 'agent' AND name = grain.agent)
        OR (kind = 'provenance' AND name = grain.provenance)
    )
    ORDER BY array_position(ARRAY['author', 'agent', 'provenance'], kind::text)
    LIMIT 1
) AS source ON true
WHERE grain.namespace_id = %s AND grain.number = ANY(%s) AND {time}
