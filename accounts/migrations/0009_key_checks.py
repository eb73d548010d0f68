"""A mark of each key of the keyring, by which another keyring is told from the right one."""

from django.db import migrations

TABLE = "CREATE TABLE accounts_keycheck (key_id varchar(16) PRIMARY KEY, mark bytea NOT NULL)"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_outbox")]

    operations = [migrations.RunSQL(TABLE, "DROP TABLE accounts_keycheck")]
