"""A session in a home where nothing runs: it brings up PostgreSQL and Valkey, shares, hands over, ends them."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import pytest
from django.conf import settings

from runtime.paths import Home
from runtime.processes import marked
from tests.mcp_bridge.agents import data
from tests.mcp_bridge.sessions_on_stdio import command, environment, session, talk

pytestmark = pytest.mark.slow
FACT = "The lighthouse keeper is called Elin."


@pytest.fixture
def home(tmp_path) -> Iterator[Home]:
    """A home of its own with the test session's model, in which nothing is running before and after."""
    home = Home(tmp_path / "home")
    home.create()
    shutil.copytree(settings.HOME.models, home.models, dirs_exist_ok=True)
    yield home
    wait_until(lambda: not marked(home.mark))


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold"
        time.sleep(0.1)


def up(home: Home) -> "subprocess.Popen[bytes]":
    arguments = [sys.executable, str(settings.BASE_DIR / "manage.py"), "up", "--port", "0"]
    return subprocess.Popen(arguments, env=environment(home.root), stdout=subprocess.DEVNULL, cwd=settings.BASE_DIR)


async def remember(client) -> str:
    return str(data(await client.call_tool("remember", {"content": FACT}))["id"])


async def recall(client) -> str:
    return str(data(await client.call_tool("recall", {"query": "Who keeps the lighthouse?"}))["memories"][0]["content"])


def test_a_first_session_needs_nothing_but_the_command(home):
    async def work(client):
        started = time.monotonic()
        await client.list_tools()
        listed = time.monotonic() - started
        await remember(client)
        return listed, await recall(client)

    listed, found = talk(session(home.root), work)
    assert listed < 2
    assert found == FACT
    wait_until(lambda: not marked(home.mark))
    assert talk(session(home.root, mode="legacy"), recall) == FACT


def test_two_sessions_share_the_servers_and_the_second_outlives_the_first(home):
    async def both():
        async with session(home.root) as second:
            async with session(home.root) as first:
                await remember(first)
                assert await recall(second) == FACT
            deadline = time.monotonic() + 90
            while (answer := await second.call_tool("recall", {"query": "Who keeps the lighthouse?"})).is_error:
                assert time.monotonic() < deadline
                await anyio.sleep(0.5)
            return data(answer)["memories"][0]["content"]

    assert anyio.run(both) == FACT


def test_an_up_takes_the_servers_over_and_the_session_goes_on(home):
    async def work(client):
        await remember(client)
        running = up(home)
        try:
            deadline = time.monotonic() + 120
            while "web-1" not in state(home):
                assert running.poll() is None, "up gave up"
                assert time.monotonic() < deadline
                await anyio.sleep(0.2)
            while (answer := await client.call_tool("recall", {"query": "Who keeps the lighthouse?"})).is_error:
                assert time.monotonic() < deadline
                await anyio.sleep(0.5)
            return data(answer)["memories"][0]["content"]
        finally:
            running.send_signal(signal.SIGTERM)
            await anyio.to_thread.run_sync(running.wait)

    assert talk(session(home.root), work) == FACT


def state(home: Home) -> str:
    """What `up` says of those that are ready."""
    arguments = [sys.executable, str(settings.BASE_DIR / "manage.py"), "status"]
    told = subprocess.run(arguments, env=environment(home.root), capture_output=True, text=True, check=False)
    return "\n".join(line for line in told.stdout.splitlines() if " ready " in line)


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGKILL])
def test_a_session_that_is_killed_leaves_no_server_behind(home, with_signal):
    with subprocess.Popen(
        command(),
        env=environment(home.root),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        wait_until(lambda: any("postgres -D" in found.command for found in marked(home.mark)))
        os.kill(process.pid, with_signal)
        process.wait(60)
    wait_until(lambda: not marked(home.mark))


def test_the_first_admin_key_is_still_shown_after_an_agent_made_its_own(home, tmp_path):
    talk(session(home.root), remember)
    said = tmp_path / "said"
    with said.open("w") as file:
        arguments = [sys.executable, str(settings.BASE_DIR / "manage.py"), "up", "--port", "0"]
        running = subprocess.Popen(arguments, env=environment(home.root), stdout=file, cwd=Path(settings.BASE_DIR))
        try:
            wait_until(lambda: "Garner is ready" in said.read_text(), 120)
            assert "First API key  gk_" in said.read_text()
        finally:
            running.terminate()
            running.wait(60)
