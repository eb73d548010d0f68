-- What a question's entries lead to: of each entry (a rated wording near it, a term, a name, an author) a bounded number
-- of conduits, so that no hub slows it, with what they are worth now. One row of arrays.
SELECT array_agg(own.place - 1), array_agg(conduit.target), array_agg(conduit.taught), array_agg(conduit.weight)
FROM (SELECT %s::bigint AS namespace, %s::float8 AS now) AS asked
CROSS JOIN unnest(%s::bigint[], %s::bigint[]) WITH ORDINALITY AS own (key, most, place)
CROSS JOIN LATERAL (
    SELECT one.target, one.provenance = 'feedback' AS taught, one.weight * {fading} AS weight
    FROM learning_conduit AS one
    WHERE one.namespace_id = asked.namespace AND one.entry = own.key
    LIMIT own.most
) AS conduit
