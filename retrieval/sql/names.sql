-- What the namespace knows of the question's words: authors whose names begin with one (stepping from author to
-- author in the index; one more than the limit is never needed), and how many memories hold it, up to a limit.
SELECT wanted.word, authors.names, held.memories
FROM unnest(%s::text[], %s::bigint[]) AS wanted (word, term)
CROSS JOIN LATERAL (
    WITH RECURSIVE found AS (
        (
            SELECT author FROM grains_grain
            WHERE namespace_id = %s AND author_first = wanted.word
            ORDER BY author LIMIT 1
        )
        UNION ALL
        SELECT (
            SELECT next.author FROM grains_grain AS next
            WHERE next.namespace_id = %s AND next.author_first = wanted.word AND next.author > found.author
            ORDER BY next.author LIMIT 1
        )
        FROM found
        WHERE found.author IS NOT NULL
    )
    SELECT array_agg(author) AS names FROM (SELECT author FROM found WHERE author IS NOT NULL LIMIT {authors}) AS named
) AS authors
CROSS JOIN LATERAL (
    SELECT count(*) AS memories FROM (
        SELECT FROM grains_posting WHERE namespace_id = %s AND term = wanted.term LIMIT {memories}
    ) AS posted
) AS held
WHERE authors.names IS NOT NULL OR held.memories > 0
