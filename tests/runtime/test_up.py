"""`manage.py up` as an operator meets it: the whole house in one process tree, started, killed, stopped."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from runtime.errors import EX_CONFIG
from runtime.paths import Home
from runtime.processes import LINUX, marked
from tests.runtime.tiny import wait_until

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent.parent
ADDRESSES = ("DATABASE_URL", "REDIS_URL", "GARNER_APP_DATABASE_URL", "GARNER_OWNER_DATABASE_URL", "GARNER_KEYRING")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass
class House:
    """One home and port, and what `manage.py` does with it."""

    home: Home
    port: int = field(default_factory=free_port)
    key: str = ""
    more: dict[str, str] = field(default_factory=dict)
    ups: list["subprocess.Popen[str]"] = field(default_factory=list)

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in ADDRESSES}
        ours = {
            "GARNER_HOME": str(self.home.root),
            "GARNER_PORT": str(self.port),
            "GARNER_EMBEDDING_BACKEND": "deterministic",
            "GARNER_WEB_PROCESSES": "2",
            "DJANGO_SETTINGS_MODULE": "memoryproject.settings",
        }
        return {**kept, **ours, **self.more, **more}

    def manage(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment(**more), capture_output=True, text=True, timeout=60, check=False
        )

    def begin(self) -> subprocess.Popen[str]:
        command = [sys.executable, "manage.py", "up"]
        up = subprocess.Popen(
            command, cwd=ROOT, env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.ups.append(up)
        return up

    def up(self) -> subprocess.Popen[str]:
        up = self.begin()
        assert up.stdout
        heard: list[str] = []
        for line in up.stdout:
            heard.append(line)
            if found := re.search(r"First API key +(gk_\S+)", line):
                self.key = found[1]
            if "Ctrl-C stops everything" in line:
                return up
        raise AssertionError("".join(heard))

    def status(self) -> Any:
        return json.loads(self.manage("status", "--json").stdout)

    def pid(self, name: str) -> int:
        return next(int(one["pid"]) for one in self.status()["processes"] if one["name"] == name)

    def call(self, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(f"http://127.0.0.1:{self.port}{path}", data, headers), timeout=10) as answer:
            return json.load(answer)

    def call_through_anything(self, path: str, body: Any = None) -> Any:
        """As a client does that repeats what was not answered: pooled connections to a dead server give a 503 each."""
        answers: list[Any] = []

        def answered() -> bool:
            try:
                answers.append(self.call(path, body))
            except (URLError, ConnectionError, TimeoutError):
                return False
            return True

        wait_until(answered, 30)
        return answers[0]

    def recalled(self, query: str) -> list[str]:
        return [one["memory"]["content"] for one in self.call("/v1/recall", {"query": query})["memories"]]


@pytest.fixture
def house(tmp_path) -> Iterator[House]:
    house = House(Home(tmp_path / "home"))
    yield house
    for up in house.ups:
        if up.poll() is None:
            up.terminate()
            up.wait(60)
        assert up.stdout
        up.stdout.close()
    assert not marked(house.home.mark), "a process of the test was left behind"


def test_a_newcomer_gets_a_key_stores_recalls_and_stops(house):
    up = house.up()
    house.call("/v1/store", {"content": "The safe code is 4711."})
    assert house.recalled("safe code") == ["The safe code is 4711."]
    assert house.status()["well"] is True
    up.send_signal(signal.SIGINT)
    assert up.wait(60) == 0
    assert not marked(house.home.mark)


IMPORTS = "import django; django.setup(); import memoryproject.asgi, memoryproject.urls"


def test_the_second_start_is_quick_and_shows_no_key_again(house):
    house.up()
    assert "has stopped" in house.manage("down").stdout
    house.key, before = "", time.monotonic()
    house.up()
    took = time.monotonic() - before
    assert house.key == ""
    before = time.monotonic()
    subprocess.run([sys.executable, "-c", IMPORTS], cwd=ROOT, env=house.environment(), check=True)
    imports = time.monotonic() - before  # of one process; a start has four, on two processors
    assert took < max(5.0, 3 * imports), f"{took:.1f} s, the imports of one process {imports:.1f} s"


def test_until_the_database_is_ready_callers_get_503(house):
    house.begin()
    seen: list[int] = []

    def healthy() -> bool:
        try:
            house.call("/health")
        except HTTPError as error:
            seen.append(error.code)
            return False
        except URLError:
            assert not seen, "a connection was refused after one had been taken"
            return False
        return True

    wait_until(healthy, 60)
    assert set(seen) <= {503}


def test_every_process_is_a_descendant_of_up(house):
    up = house.up()
    for one in house.status()["processes"]:
        stat = Path(f"/proc/{one['pid']}/stat").read_text() if LINUX else f") S {up.pid}"
        assert int(stat.rpartition(")")[2].split()[1]) == up.pid


def test_web_processes_do_not_know_the_owner_and_the_worker_does(house):
    house.up()
    if not LINUX:
        pytest.skip("reads /proc")
    for name, knows in (("web-1", False), ("worker", True)):
        environ = Path(f"/proc/{house.pid(name)}/environ").read_bytes()
        assert (b"GARNER_OWNER_DATABASE_URL=" in environ) is knows


def test_six_starts_at_once_give_one_house(house):
    ups = [house.begin() for _ in range(6)]
    wait_until(lambda: sum(up.poll() is None for up in ups) == 1, 30)
    refused = [up for up in ups if up.poll() is not None]
    assert [up.returncode for up in refused] == [1] * 5
    assert all(up.stdout and "already runs" in up.stdout.read() for up in refused)
    wait_until(lambda: house.status()["well"], 60)


@pytest.mark.parametrize("name", ["postgres", "valkey", "worker", "web-1"])
def test_killing_a_child_loses_nothing(house, name):
    house.up()
    for number in range(5):
        house.call("/v1/store", {"content": f"before {number}"})
    os.kill(house.pid(name), signal.SIGKILL)
    for number in range(5):
        house.call_through_anything("/v1/store", {"content": f"after {number}"})
    wait_until(lambda: house.status()["well"], 60)
    restarts = {one["name"]: one["restarts"] for one in house.status()["processes"]}
    others = {key for key, count in restarts.items() if count} - {name}
    assert restarts[name] == 1
    assert others <= ({"worker"} if name == "valkey" else set())  # now and then it ends with its broker
    found = {memory["content"] for memory in house.call_through_anything("/v1/memories?limit=50")["memories"]}
    assert found == {f"{when} {number}" for when in ("before", "after") for number in range(5)}


def test_killing_up_itself_loses_nothing_and_the_next_start_is_clean(house):
    up = house.up()
    house.call("/v1/store", {"content": "The safe code is 4711."})
    up.kill()
    up.wait()
    if LINUX:
        wait_until(lambda: not marked(house.home.mark))
    house.up()
    assert house.recalled("safe code") == ["The safe code is 4711."]
    assert house.status()["well"] is True


def test_a_second_up_on_the_same_home_is_refused(house):
    first = house.up()
    second = house.manage("up", GARNER_PORT=str(free_port()))
    assert second.returncode == 1
    assert f"process {first.pid}" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_killed_worker_leaves_no_second_beat(house):
    house.up()
    os.kill(house.pid("worker"), signal.SIGKILL)
    wait_until(lambda: house.status()["well"], 30)
    assert len(marked(f"garner-{house.home.mark}@")) == 2  # the worker and its beat


def test_what_is_configured_wrongly_fails_at_once_in_a_sentence(house):
    with socket.create_server(("127.0.0.1", house.port)):
        taken = house.manage("up")
    refusals = [
        (taken, f"Port {house.port} of 127.0.0.1 is taken"),
        (house.manage("up", "--port", "70000"), "70000 is not a port"),
        (house.manage("up", GARNER_HOME="/proc/garner"), "GARNER_HOME /proc/garner cannot be written"),
        (house.manage("up", GARNER_WEB_PROCESSES="many"), "GARNER_WEB_PROCESSES is many"),
        (house.manage("up", DATABASE_URL="mysql://h/d"), "DATABASE_URL must look like"),
    ]
    for refused, sentence in refusals:
        assert refused.returncode == EX_CONFIG, refused.stderr
        assert sentence in refused.stderr
        assert "Traceback" not in refused.stderr


def test_data_of_another_postgres_stop_everything_in_a_sentence(house):
    house.up()
    house.manage("down")
    (house.home.postgres / "data" / "PG_VERSION").write_text("16\n")
    refused = house.manage("up")
    assert refused.returncode == EX_CONFIG
    assert "written by PostgreSQL 16" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_logs_are_json_with_the_programs_name(house):
    house.up()
    house.call("/health")
    house.manage("down")
    for program in ("up", "postgres", "valkey", "worker", "web-1"):
        lines = (house.home.logs / f"{program}.log").read_text().splitlines()
        assert lines
        assert {json.loads(line)["program"] for line in lines} == {program}


def test_an_external_database_and_valkey_are_used_as_given(house, tmp_path):
    """A second home's servers play the external ones; this home starts none."""
    from runtime.addresses import DATABASE
    from runtime.postgres import PostgresServer
    from runtime.valkey import ValkeyServer

    elsewhere = Home(tmp_path / "elsewhere")
    with PostgresServer(elsewhere).running() as server, ValkeyServer(elsewhere).running():
        import psycopg

        with psycopg.connect(server.superuser_dsn(), autocommit=True) as superuser:
            superuser.execute("CREATE ROLE outside LOGIN CREATEROLE PASSWORD 'x'")
            superuser.execute(f"CREATE DATABASE {DATABASE} OWNER outside")
        with psycopg.connect(server.superuser_dsn(DATABASE), autocommit=True) as superuser:
            superuser.execute("CREATE EXTENSION vector")
        given = server.owner_dsn().replace("garner_owner", "outside").partition("@")[2]
        house.more["DATABASE_URL"] = f"postgresql://outside:x@{given}"
        up = house.up()
        house.call("/v1/store", {"content": "The safe code is 4711."})
        assert {one["name"] for one in house.status()["processes"]} == {"web-1", "web-2", "valkey", "worker"}
        up.terminate()
        up.wait(60)
    assert not house.home.postgres.exists()
