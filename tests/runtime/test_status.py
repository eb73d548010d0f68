import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import call_command

from runtime.addresses import RedisAddress
from runtime.children import ChildState
from runtime.claim import claim
from runtime.down import take_down
from runtime.health import as_text, status_of
from runtime.locks import is_held
from runtime.state import UpState, read_state, write_state
from tests.runtime.tiny import wait_until

NOBODY = "postgresql://nobody@127.0.0.1:1/none"
WEB = ChildState("web-1", "ready", "2026-11-21T06:22:09+00:00", 4711, 2)


def test_without_an_up_nothing_runs(bench):
    write_state(bench.home, UpState(1, "", "http://127.0.0.1:8000", (WEB,)))
    found = status_of(bench.home, NOBODY, RedisAddress(bench.home.valkey_socket))
    assert (found.pid, found.well, found.database, found.valkey) == (None, False, False, False)
    assert "Nothing runs" in as_text(found)


def test_the_state_is_that_of_the_lock_holder(bench):
    lock = claim(bench.home)
    state = UpState(os.getpid(), "2026-11-21T06:22:00+00:00", "http://127.0.0.1:8000", (WEB,))
    write_state(bench.home, state)
    assert read_state(bench.home) == state
    lock.close()
    assert read_state(bench.home) is None


@pytest.mark.parametrize("text", ["", "{", '{"pid": 1}', '{"pid": 1, "since": "", "url": "", "children": []}'])
def test_an_old_or_damaged_state_is_not_believed(bench, text):
    lock = claim(bench.home)
    bench.home.state.write_text(text)
    assert read_state(bench.home) == UpState(os.getpid(), "", "", ())
    lock.close()


def test_all_is_well_only_when_everything_is_ready_and_answers(bench, servers):
    lock = claim(bench.home)
    database, valkey = servers.superuser_dsn(), settings.REDIS_URL
    for state, well in (("ready", True), ("starting", False)):
        child = ChildState("web-1", state, "2026-11-21T06:22:09+00:00", 4711, 0)
        write_state(bench.home, UpState(os.getpid(), "", "http://127.0.0.1:8000", (child,)))
        assert status_of(bench.home, database, valkey).well is well
    assert status_of(bench.home, NOBODY, valkey).well is False
    lock.close()


def test_the_table_shows_each_process(bench):
    lock = claim(bench.home)
    write_state(bench.home, UpState(os.getpid(), "", "http://127.0.0.1:8000", (WEB,)))
    text = as_text(status_of(bench.home, NOBODY, RedisAddress(bench.home.valkey_socket)))
    assert "web-1" in text
    assert "4711" in text
    assert "database does not answer" in text
    lock.close()


def test_the_command_ends_with_1_when_nothing_runs(bench, settings, capsys):
    settings.HOME = bench.home
    settings.APP_DATABASE_URL = NOBODY
    with pytest.raises(SystemExit) as ended:
        call_command("status", "--json")
    assert ended.value.code == 1
    assert json.loads(capsys.readouterr().out)["well"] is False


def test_down_says_when_nothing_runs(bench):
    assert take_down(bench.home) == f"Nothing runs on {bench.home.root}."


def test_down_ends_the_holder_of_the_lock_and_waits(bench):
    code = (
        "import sys, time; from pathlib import Path\n"
        "from runtime.paths import Home; from runtime.claim import claim\n"
        "lock = claim(Home(Path(sys.argv[1]))); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(bench.home.root)]) as holder:
        wait_until(lambda: is_held(bench.home.up_lock) and bench.home.up_lock.read_text())
        assert take_down(bench.home).endswith(f"has stopped (process {holder.pid}).")
        assert holder.wait(5) != 0
