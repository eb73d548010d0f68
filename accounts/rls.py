"""Row-level security and day partitions as migration operations. Forced: it holds for the owner too."""

from datetime import date, timedelta

from django.db.migrations import RunSQL

# The setting is read once a statement (an InitPlan), not once a row; unset or empty means no namespace at all.
_VISIBLE = "ANY ((SELECT string_to_array(current_setting('garner.namespaces', true), ',')::bigint[])::bigint[])"
APPEND_ONLY = ("accounts_deed",)  # logs: nobody inside a door changes or erases a line, partitions included


def protect_sql(table: str, column: str = "namespace_id") -> str:
    """SQL that lets rows of `table` be read and written only inside a door that names their namespace."""
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;\n"
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;\n"
        f"CREATE POLICY tenant ON {table} USING ({column} = {_VISIBLE}) WITH CHECK ({column} = {_VISIBLE});\n"
    )


def append_only_sql(table: str, column: str = "namespace_id") -> str:
    """SQL that narrows the policy of a protected table to reading and adding: UPDATE and DELETE find no rows."""
    return (
        f"DROP POLICY tenant ON {table};\n"
        f"CREATE POLICY tenant ON {table} FOR SELECT USING ({column} = {_VISIBLE});\n"
        f"CREATE POLICY tenant_append ON {table} FOR INSERT WITH CHECK ({column} = {_VISIBLE});\n"
    )


def stamped_sql(table: str, column: str = "namespace_id") -> str:
    """SQL that has an append-only table take rows under their own transaction's number only: none comes in late."""
    return (
        f"DROP POLICY tenant_append ON {table};\n"
        f"CREATE POLICY tenant_append ON {table} FOR INSERT "
        f"WITH CHECK ({column} = {_VISIBLE} AND xid = garner_xid());\n"
    )


def scan_sql(table: str, command: str = "SELECT") -> str:
    """SQL that opens a protected table, for one command or for ALL, to the owner's `accounts.operator.scan`.

    Run by the owner; the setting means nothing to any other role.
    """
    return (
        f"CREATE POLICY scan ON {table} FOR {command} TO CURRENT_USER "
        "USING (current_setting('garner.scan', true) = 'on');\n"
    )


def protect(table: str) -> RunSQL:
    """The migration operation of `protect_sql`, reversible."""
    undo = (
        f"DROP POLICY tenant ON {table}; ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY; "
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"
    )
    return RunSQL(protect_sql(table), undo)


def partition_sql(parent: str, day: date) -> str:
    """SQL that adds the partition of one day, unless it stands or the default partition holds rows of that day."""
    name = f"{parent}_{day:%Y%m%d}"
    until = day + timedelta(days=1)
    create = f"CREATE TABLE {name} PARTITION OF {parent} FOR VALUES FROM ('{day} 00:00+00') TO ('{until} 00:00+00')"
    return (
        f"DO $$ BEGIN IF to_regclass('{name}') IS NULL THEN {create};\n"
        f"{protect_sql(name)}{append_only_sql(name) + stamped_sql(name) if parent in APPEND_ONLY else ''}"
        "END IF; EXCEPTION WHEN check_violation THEN NULL; END $$;"
    )
