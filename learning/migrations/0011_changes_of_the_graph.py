"""Which entries, grains and wordings a transaction changed in the graph: whoever remembers them reads them again."""

from django.db import migrations

from accounts.rls import protect

# One line a statement and namespace: the origins whose conduits it touched, and the wordings. NULL says: too many to
# name. `xid` tells a reader what it has not seen: whatever is not below the oldest transaction of its last snapshot.
TABLE = """
CREATE TABLE learning_change (
    namespace_id bigint NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    entries bigint[],
    grains bigint[],
    wordings bigint[],
    PRIMARY KEY (namespace_id, xid, id)
)
"""
CONDUITS = """
CREATE FUNCTION learning_conduit_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM changed) > 5000 THEN
        INSERT INTO learning_change (namespace_id) SELECT DISTINCT namespace_id FROM changed;
    ELSE
        INSERT INTO learning_change (namespace_id, entries, grains, wordings)
        SELECT
            namespace_id,
            coalesce(array_agg(DISTINCT entry) FILTER (WHERE entry IS NOT NULL), '{}'),
            coalesce(array_agg(DISTINCT source) FILTER (WHERE source IS NOT NULL), '{}'),
            '{}'
        FROM changed GROUP BY namespace_id;
    END IF;
    RETURN NULL;
END $$
"""
WORDINGS = """
CREATE FUNCTION learning_wording_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO learning_change (namespace_id, entries, grains, wordings)
    SELECT namespace_id, '{}', '{}', array_agg(entry) FROM changed GROUP BY namespace_id;
    RETURN NULL;
END $$
"""


def watched(table: str, event: str, rows: str) -> migrations.RunSQL:
    name = f"{table}_{event.lower()}"
    return migrations.RunSQL(
        f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {rows} TABLE AS changed "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_changed()",
        f"DROP TRIGGER {name} ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("learning", "0010_waiting")]

    operations = [
        migrations.RunSQL(TABLE, "DROP TABLE learning_change"),
        protect("learning_change"),
        migrations.RunSQL(CONDUITS, "DROP FUNCTION learning_conduit_changed()"),
        migrations.RunSQL(WORDINGS, "DROP FUNCTION learning_wording_changed()"),
        *(
            watched(table, event, rows)
            for table in ("learning_conduit", "learning_wording")
            for event, rows in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD"))
        ),
    ]
