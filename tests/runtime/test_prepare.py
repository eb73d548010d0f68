"""`manage.py prepare` makes a database ready for processes that are started without `up`."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]
NAME = "prepared_by_command"


@pytest.fixture
def environ(servers, db, tmp_path):
    """Files with the addresses of a new database, as containers get them: the app's role is not made yet."""
    with psycopg.connect(servers.superuser_dsn(), autocommit=True) as superuser:
        superuser.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        superuser.execute("DROP ROLE IF EXISTS container_app")
        superuser.execute(f"CREATE DATABASE {NAME} OWNER garner_owner")
    with psycopg.connect(servers.superuser_dsn(NAME), autocommit=True) as superuser:
        superuser.execute("CREATE EXTENSION vector")
    owner, app = tmp_path / "owner", tmp_path / "app"
    owner.write_text(servers.owner_dsn(NAME))
    login = servers.owner_dsn(NAME).split("//")[1].split("@")[0]
    app.write_text(servers.owner_dsn(NAME).replace(login, "container_app:an-app-password"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GARNER_")}
    yield {
        **kept,
        "GARNER_HOME": str(tmp_path / "home"),
        "DATABASE_URL_FILE": str(owner),
        "GARNER_APP_DATABASE_URL_FILE": str(app),
    }
    with psycopg.connect(servers.superuser_dsn(), autocommit=True) as superuser:
        superuser.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
        superuser.execute(sql.SQL("DROP ROLE IF EXISTS container_app"))


def prepared(environ: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "manage.py", "prepare"]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)


def test_a_new_database_is_migrated_and_its_app_role_let_in(environ, tmp_path):
    done = prepared(environ)
    assert (done.stdout, done.returncode) == ("The database is ready.\n", 0), done.stderr
    with psycopg.connect((tmp_path / "app").read_text()) as app:
        assert app.execute("SELECT count(*) FROM grains_grain").fetchone() == (0,)


def test_it_may_be_repeated_and_dumps_only_what_is_to_be_migrated(environ, servers, tmp_path):
    prepared(environ)
    assert prepared(environ).returncode == 0
    dumps = tmp_path / "home" / "dumps"
    assert not dumps.exists()
    with psycopg.connect(servers.owner_dsn(NAME), autocommit=True) as owner:
        owner.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
        owner.execute("DROP TABLE django_session")
    assert prepared(environ).returncode == 0
    assert len(list(dumps.iterdir())) == 1


def test_what_is_wrong_is_told_without_the_password(environ, tmp_path):
    (tmp_path / "owner").write_text("postgresql://garner_owner:a-secret@127.0.0.1:9/nothing")
    done = prepared(environ)
    assert done.returncode != 0
    assert "a-secret" not in done.stderr + done.stdout
