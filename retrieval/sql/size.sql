-- A namespace's statistics: its memories, their mean length in terms, and how much more a memory without a session is
-- like the one stored right before it than like one stored long before (inner products of a sample). The sample is what
-- the index of sessions has first; numbers must follow each other, or something else was stored in between.
WITH sample AS MATERIALIZED (
    SELECT found.number, row_number() OVER (ORDER BY found.number) AS place, count(*) OVER () AS total
    FROM (
        SELECT number FROM grains_grain WHERE namespace_id = %s AND session_key = 0 LIMIT {sample}
    ) AS found
),
vectors AS MATERIALIZED (
    SELECT sample.number, sample.place, sample.total, passage.embedding
    FROM sample
    CROSS JOIN LATERAL (
        SELECT embedding FROM grains_passage
        WHERE namespace_id = %s AND grain_number = sample.number AND n = 0 AND current
        LIMIT 1
    ) AS passage
    WHERE sample.total >= {least}
)
SELECT
    (SELECT count(*) FROM grains_grain WHERE namespace_id = %s),
    (SELECT coalesce(avg(words), 0)::float8 FROM grains_grain WHERE namespace_id = %s),
    coalesce(
        (
            SELECT -avg(memory.embedding <#> before.embedding)
            FROM vectors AS memory
            JOIN vectors AS before ON before.place = memory.place - 1 AND before.number = memory.number - 1
        )
        + (
            SELECT avg(memory.embedding <#> before.embedding)
            FROM vectors AS memory
            JOIN vectors AS before ON before.place = memory.place - memory.total / 2
        ),
        0
    )::float8
