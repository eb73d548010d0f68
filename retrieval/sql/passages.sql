-- Of each long memory the window that answers best, where it stands in the content. min() of an array compares distances
-- first; nothing is sorted, for the reason given in results.sql.
SELECT grain.number, (
    SELECT min(ARRAY[passage.embedding <#> (SELECT %s::real[]::halfvec), passage.start, passage.stop])
    FROM grains_passage AS passage
    WHERE passage.namespace_id = %s AND passage.grain_number = grain.number AND passage.start IS NOT NULL AND {time}
)
FROM unnest(%s::bigint[]) AS wanted (number)
CROSS JOIN LATERAL (
    SELECT id, number FROM grains_grain WHERE namespace_id = %s AND number = wanted.number LIMIT 1
) AS grain
