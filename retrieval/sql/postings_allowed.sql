-- The same among allowed grains.
WITH allowed AS MATERIALIZED ({allowed})
SELECT wanted.place, ARRAY(
    SELECT (grain_number << 30) | (tf::bigint << 15) | size
    FROM grains_posting
    WHERE namespace_id = %s AND term = wanted.term AND grain_number IN (SELECT number FROM allowed)
    LIMIT %s
)
FROM unnest(%s::bigint[]) WITH ORDINALITY AS wanted (term, place)
