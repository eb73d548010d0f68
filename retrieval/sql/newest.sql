-- The newest of the grains that may be found.
SELECT array_agg(grain.number)
FROM (
    SELECT number FROM grains_grain
    WHERE namespace_id = {namespace} AND number IN (SELECT allowed.number FROM ({allowed}) AS allowed)
    ORDER BY created_at DESC, number DESC
    LIMIT {limit}
) AS grain
