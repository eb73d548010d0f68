-- Contents that were current at a moment and are not now, of the memories that may be found.
SELECT allowed.number, version.content
FROM ({allowed}) AS allowed
JOIN grains_version AS version ON version.namespace_id = %s AND version.grain_id = allowed.id
WHERE version.created_at <= %s AND version.ended_at > %s
LIMIT {limit}
