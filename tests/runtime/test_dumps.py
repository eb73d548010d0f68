"""Before an existing database is migrated it is dumped, whole, for its owner's eyes only."""

import itertools
import stat
import subprocess
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command

from runtime.binaries import postgres_bin
from runtime.database import migrate, prepare_database, prepare_embedded
from runtime.dumps import KEPT, DumpFailed, dump, dump_before_migrating
from runtime.paths import Home
from runtime.postgres import PostgresServer

_count = itertools.count(1)
MOMENT = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def empty(servers: PostgresServer, db):
    """Makes empty databases of a test's own; they are gone afterwards."""
    made = []

    def make() -> str:
        made.append(f"dumped_{next(_count)}")
        with psycopg.connect(servers.superuser_dsn(), autocommit=True) as superuser:
            superuser.execute(f"DROP DATABASE IF EXISTS {made[-1]} WITH (FORCE)")
            superuser.execute(f"CREATE DATABASE {made[-1]} OWNER garner_owner")
        with psycopg.connect(servers.superuser_dsn(made[-1]), autocommit=True) as superuser:
            superuser.execute("CREATE EXTENSION vector")
        return made[-1]

    yield make
    with psycopg.connect(servers.superuser_dsn(), autocommit=True) as superuser:
        for name in made:
            superuser.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path)


def restored(servers: PostgresServer, file, database: str) -> None:
    program = postgres_bin(None) / "pg_restore"
    target = servers.superuser_dsn(database)
    subprocess.run([program, "--clean", "--if-exists", "--exit-on-error", "--dbname", target, file], check=True)


def test_the_owners_dump_holds_every_namespace_and_can_be_restored(alice, bob, servers, empty, tmp_path):
    alice.store("the safe code is 4711")
    bob.store("bob's own memory")
    file = dump(servers.owner_dsn(), tmp_path / "all.dump")
    target = empty()
    restored(servers, file, target)
    count = "SELECT count(*) FROM grains_version"
    with psycopg.connect(servers.superuser_dsn("garner")) as was, psycopg.connect(servers.superuser_dsn(target)) as now:
        assert now.execute(count).fetchone() == was.execute(count).fetchone()
        kept = now.execute("SELECT content FROM grains_version WHERE content LIKE 'bob%'").fetchall()
    assert ("bob's own memory",) in kept


def test_a_restored_database_is_guarded_as_before(alice, servers, empty, tmp_path):
    alice.store("the safe code is 4711")
    target = empty()
    restored(servers, dump(servers.owner_dsn(), tmp_path / "all.dump"), target)
    with psycopg.connect(servers.owner_dsn(target)) as owner:
        assert owner.execute("SELECT count(*) FROM grains_version").fetchone() == (0,)


def test_a_dump_is_for_its_owner_only(servers, db, home):
    file = dump_before_migrating(home, servers.owner_dsn(), MOMENT)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_the_newest_dumps_are_kept(servers, db, home):
    days = [MOMENT + timedelta(days=n) for n in range(KEPT + 1)]
    made = [dump_before_migrating(home, servers.owner_dsn(), day) for day in days]
    assert sorted(home.dumps.iterdir()) == made[1:]


def test_what_fails_leaves_no_file(servers, db, home):
    home.dumps.mkdir()
    with pytest.raises(DumpFailed, match="cannot be written"):
        dump(servers.owner_dsn(), home.dumps / "no such folder" / "x.dump")
    broken = servers.owner_dsn("postgres")  # no database of Garner's
    with pytest.raises(psycopg.errors.UndefinedTable):
        dump(broken, home.dumps / "x.dump")
    assert list(home.dumps.iterdir()) == []


def test_the_password_is_not_on_the_command_line(servers, db, home, monkeypatch):
    seen: list[str] = []
    run = subprocess.run

    def noted(command, **options):
        seen.extend(map(str, command))
        return run(command, **options)

    monkeypatch.setattr("runtime.dumps.subprocess.run", noted)
    url = servers.superuser_dsn("garner")
    dump(url, home.root / "x.dump")
    password = str(psycopg.conninfo.conninfo_to_dict(url)["password"])
    assert password
    assert password not in " ".join(seen)


def test_an_existing_database_is_dumped_before_it_is_migrated_and_a_new_one_is_not(servers, empty, django_db_blocker):
    name, calls = empty(), []
    owner = servers.owner_dsn(name)
    app = settings.APP_DATABASE_URL.replace("/garner?", f"/{name}?")
    prepare_embedded(superuser_url=servers.superuser_dsn(), owner_url=owner, app_url=app)
    with django_db_blocker.unblock():
        prepare_database(owner_url=owner, app_url=app, before_migrating=lambda: calls.append("new"))
        migrate(owner, lambda: calls.append("nothing missing"))
        with psycopg.connect(owner) as connection:
            connection.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
            connection.execute("DROP TABLE django_session")
        migrate(owner, lambda: calls.append("existing"))
    assert calls == ["existing"]


def test_the_command_writes_a_file(alice, servers, settings, tmp_path, capsys):
    settings.OWNER_DATABASE_URL = servers.owner_dsn()
    call_command("dump", str(tmp_path / "mine.dump"))
    assert "mine.dump" in capsys.readouterr().out
    assert (tmp_path / "mine.dump").read_bytes().startswith(b"PGDMP")
