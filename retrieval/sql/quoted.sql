-- How many of the quoted phrases each memory has, in whatever case and spacing.
SELECT array_agg(wanted.number), array_agg(held.phrases)
FROM unnest(%s::bigint[]) AS wanted (number)
CROSS JOIN LATERAL (
    SELECT id FROM grains_grain WHERE namespace_id = %s AND number = wanted.number LIMIT 1
) AS grain
CROSS JOIN LATERAL (
    SELECT content FROM grains_version AS version
    WHERE version.namespace_id = %s AND version.grain_id = grain.id AND {time} LIMIT 1
) AS version
CROSS JOIN LATERAL (
    SELECT count(*) AS phrases FROM unnest(%s::text[]) AS phrase (words)
    WHERE strpos(regexp_replace(translate(lower(version.content), '’‘', $$''$$), '\s+', ' ', 'g'), phrase.words) > 0
) AS held
WHERE held.phrases > 0
