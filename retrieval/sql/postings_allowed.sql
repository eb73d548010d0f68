-- The same among allowed grains.
WITH allowed AS MATERIALIZED ({allowed})
SELECT wanted.place, array_agg(found.grain_number), array_agg(found.tf), array_agg(found.size)
FROM unnest(%s::bigint[]) WITH ORDINALITY AS wanted (term, place)
CROSS JOIN LATERAL (
    SELECT grain_number, tf, size
    FROM grains_posting
    WHERE namespace_id = %s AND term = wanted.term AND grain_number IN (SELECT number FROM allowed)
    LIMIT %s
) AS found
GROUP BY wanted.place
