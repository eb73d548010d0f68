    UNION ALL
    SELECT
        target, 0, 0, 0, 0, signal, {n}, via,
        (SELECT id FROM grains_grain WHERE namespace_id = (SELECT namespace FROM asked) AND number = hop{n}.via)
    FROM hop{n}
