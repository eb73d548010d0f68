-- Postings of the question's terms, one row a term; one more than the limit says that a term is common.
SELECT wanted.place, array_agg(found.grain_number), array_agg(found.tf), array_agg(found.size)
FROM unnest(%s::bigint[]) WITH ORDINALITY AS wanted (term, place)
CROSS JOIN LATERAL (
    SELECT grain_number, tf, size
    FROM grains_posting
    WHERE namespace_id = %s AND term = wanted.term
    LIMIT %s
) AS found
GROUP BY wanted.place
