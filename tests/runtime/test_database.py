import itertools
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from accounts.operator import owner_connection
from runtime.database import check_versions, prepare_database, prepare_embedded, version_of
from runtime.errors import ConfigurationError, ServerFailed
from runtime.postgres import PostgresServer

_count = itertools.count(1)


@pytest.fixture
def fresh(servers: PostgresServer, django_db_blocker) -> tuple[str, str]:
    """(owner's URL, app's URL) of a database that is prepared but not migrated."""
    name = f"prepared_{next(_count)}"
    app = urlsplit(settings.APP_DATABASE_URL)._replace(path=f"/{name}").geturl()
    owner = servers.owner_dsn(name)
    with psycopg.connect(servers.superuser_dsn(), autocommit=True) as superuser:
        superuser.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    prepare_embedded(superuser_url=servers.superuser_dsn(), owner_url=owner, app_url=app)
    return owner, app


@pytest.fixture
def prepared(fresh: tuple[str, str], django_db_blocker) -> tuple[str, str]:
    """The same, migrated and granted."""
    with django_db_blocker.unblock():
        prepare_database(owner_url=fresh[0], app_url=fresh[1])
    return fresh


@pytest.fixture
def role(servers: PostgresServer):
    """Makes roles of a test's own."""
    made: list[str] = []

    def make(attributes: str) -> str:
        name = f"role_{next(_count)}"
        with psycopg.connect(servers.superuser_dsn(), autocommit=True) as superuser:
            superuser.execute(f"DROP ROLE IF EXISTS {name}")
            superuser.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'right' {attributes}")
        made.append(name)
        return name

    yield make
    with psycopg.connect(servers.superuser_dsn(), autocommit=True) as superuser:
        for (database,) in superuser.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'prepared%'"
        ).fetchall():
            with psycopg.connect(servers.superuser_dsn(database), autocommit=True) as one:
                for name in made:
                    one.execute(f"REASSIGN OWNED BY {name} TO postgres")
                    one.execute(f"DROP OWNED BY {name}")
        for name in made:
            superuser.execute(f"DROP ROLE {name}")


def test_preparing_twice_changes_nothing(prepared, servers, django_db_blocker):
    owner, app = prepared
    prepare_embedded(superuser_url=servers.superuser_dsn(), owner_url=owner, app_url=app)
    with django_db_blocker.unblock():
        prepare_database(owner_url=owner, app_url=app)
    with psycopg.connect(owner) as connection:
        assert connection.execute("SELECT count(*) > 0 FROM django_migrations").fetchone() == (True,)


def test_neither_role_can_go_past_row_level_security(prepared):
    for url in prepared:
        with psycopg.connect(url) as connection:
            found = connection.execute(
                "SELECT rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            assert found == (False, False, False)


def test_the_app_reads_and_writes_rows(prepared):
    owner, app = prepared
    with psycopg.connect(owner) as connection:  # made after the grants: default privileges must hold
        connection.execute("CREATE TABLE later (id serial PRIMARY KEY, n int)")
    with psycopg.connect(app) as connection:
        connection.execute("INSERT INTO later (n) VALUES (1)")
        connection.execute("UPDATE later SET n = 2")
        assert connection.execute("SELECT id, n FROM later").fetchall() == [(1, 2)]
        connection.execute("DELETE FROM later")


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE later",
        "TRUNCATE django_migrations",
        "CREATE TABLE mine (id int)",
        "ALTER TABLE later DISABLE ROW LEVEL SECURITY",
        "DROP TABLE later",
        "CREATE ROLE friend",
        "SET ROLE garner_owner",
        "CREATE TEMP TABLE t (id int)",
    ],
)
def test_the_app_can_do_nothing_else(prepared, statement):
    owner, app = prepared
    with psycopg.connect(owner) as connection:
        connection.execute("CREATE TABLE later (id int)")
    with psycopg.connect(app) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


def test_letters_fold_and_vectors_are_there(prepared):
    with psycopg.connect(prepared[1]) as connection:
        found = connection.execute("SELECT lower('ÄÖ'), 'ÄPFEL' ILIKE 'äpfel', '[1,0]'::vector <=> '[0,1]'")
        assert found.fetchone() == ("äö", True, 1.0)


def test_the_owners_alias_is_forgotten_again(prepared):
    known = connections.settings.get("owner")
    with owner_connection(prepared[0]) as connection:
        assert connection.settings_dict["USER"] == "garner_owner"
        assert "pool" not in connection.settings_dict["OPTIONS"]
    assert connections.settings.get("owner") == known


def test_a_missing_app_role_that_we_may_not_make_is_explained(fresh, servers, role):
    plain = role("NOCREATEROLE")
    database = conninfo_to_dict(fresh[0])["dbname"]
    owner = make_conninfo(servers.superuser_dsn(str(database)), user=plain, password="right")
    app = make_conninfo(fresh[1], user="not_there")
    with pytest.raises(ConfigurationError, match=r"not_there is missing.*CREATE ROLE not_there LOGIN NOSUPERUSER"):
        prepare_database(owner_url=owner, app_url=app)


def test_an_app_role_that_sees_everything_is_refused(fresh, role):
    app = make_conninfo(fresh[1], user=role("BYPASSRLS"), password="right")
    with pytest.raises(ConfigurationError, match="can go past row-level security"):
        prepare_database(owner_url=fresh[0], app_url=app)


def test_an_app_role_with_another_password_is_left_alone(fresh, role, django_db_blocker):
    app = make_conninfo(fresh[1], user=role(""), password="wrong")
    with django_db_blocker.unblock(), pytest.raises(ConfigurationError, match=r"cannot log in.*ALTER ROLE"):
        prepare_database(owner_url=fresh[0], app_url=app)
    psycopg.connect(make_conninfo(app, password="right")).close()


def test_the_app_must_not_be_the_owner(fresh):
    with pytest.raises(ConfigurationError, match="the same role garner_owner"):
        prepare_database(owner_url=fresh[0], app_url=fresh[0])


def test_a_wrong_password_of_the_owner_fails_at_once(fresh):
    with pytest.raises(ConfigurationError, match="password authentication failed"):
        prepare_database(owner_url=make_conninfo(fresh[0], password="wrong"), app_url=fresh[1])


def test_a_database_that_does_not_answer_may_answer_later(fresh, tmp_path):
    with pytest.raises(ServerFailed, match="does not let us in"):
        prepare_database(owner_url=f"postgresql://me:secret@/d?host={tmp_path}", app_url=fresh[1])


def test_a_password_is_not_in_the_message(fresh, tmp_path):
    with pytest.raises(ServerFailed) as failed:
        prepare_database(owner_url=f"postgresql://me:secret@/d?host={tmp_path}", app_url=fresh[1])
    assert "secret" not in str(failed.value)


class Old:
    """A connection to a server that we do not have: an old one, or one without pgvector."""

    def __init__(self, server_version: int, pgvector: str | None) -> None:
        self.info = self
        self.server_version = server_version
        self._pgvector = pgvector

    def execute(self, query: str) -> "Old":
        return self

    def fetchone(self) -> tuple[str] | None:
        return (self._pgvector,) if self._pgvector else None


@pytest.mark.parametrize(
    ("server", "pgvector", "sentence"),
    [
        (140011, "0.8.0", "needs PostgreSQL 15 or newer; this one is 14"),
        (150002, None, "has no pgvector"),
        (150002, "0.7.4", "needs pgvector 0.8 or newer; this database has 0.7.4"),
    ],
)
def test_an_old_server_is_refused_in_a_sentence(server, pgvector, sentence):
    with pytest.raises(ConfigurationError, match=sentence):
        check_versions(Old(server, pgvector))  # type: ignore[arg-type]


def test_versions_compare_as_numbers():
    assert version_of("0.10.1") > version_of("0.8")
    assert version_of("0.8.0beta") == (0, 8)
