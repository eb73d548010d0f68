EXISTS (  -- the passage of the version that was current at a moment
    SELECT FROM grains_version AS version
    WHERE version.namespace_id = passage.namespace_id AND version.grain_id = allowed.id
      AND version.n = passage.version
      AND version.created_at <= %s AND (version.ended_at IS NULL OR version.ended_at > %s)
)
