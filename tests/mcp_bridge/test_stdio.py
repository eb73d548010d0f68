"""Sessions over standard input and output, against servers that run already (the test session's own)."""

import json
import subprocess
import time

import anyio
import pytest
from django.conf import settings

from accounts.models import ApiKey
from accounts.services.keys import digest_of, key_revoke
from mcp_bridge.agent_key import FILE
from mcp_bridge.profiles import Profile
from tests.mcp_bridge.agents import MODES, data, text
from tests.mcp_bridge.scripts import TOOLS, use_every_tool
from tests.mcp_bridge.sessions_on_stdio import command, environment, session, talk
from tests.mcp_bridge.test_raw_json_rpc import envelope, message

pytestmark = pytest.mark.slow
HOME = settings.HOME.root


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("profile", list(Profile))
def test_an_agent_lists_and_calls_every_tool(alice, profile, mode):
    client = session(HOME, alice.secret, profile, mode)
    assert talk(client, lambda client: use_every_tool(client, profile)) == TOOLS[profile]


def test_tools_are_listed_within_two_seconds(alice):
    async def listed(client):
        return len((await client.list_tools()).tools)

    seconds = []
    for _ in range(3):  # the machine may be busy with something else
        started = time.monotonic()

        async def timed(client, started=started):
            assert await listed(client) == 9
            return time.monotonic() - started

        seconds.append(talk(session(HOME, alice.secret), timed))
    print("tools/list over stdio:", [round(one, 2) for one in seconds])
    assert min(seconds) < 2


@pytest.mark.parametrize("params", [{}, envelope()])
def test_raw_lines_are_answered_and_nothing_else_reaches_the_output(alice, params):
    first = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "by-hand", "version": "1"}}
    opening = [] if params else [message("initialize", first, 1), message("notifications/initialized", id=None)]
    call = {"name": "remember", "arguments": {"content": "The tide table hangs in the hall."}}
    asked = [*opening, message("tools/list", params, 2), message("tools/call", {**params, **call}, 3)]
    with subprocess.Popen(
        command(),
        env=environment(HOME, alice.secret),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        answers = {}
        process.stdin.write("".join(f"{json.dumps(line)}\n" for line in asked))
        process.stdin.flush()
        while 3 not in answers:
            answer = json.loads(process.stdout.readline())
            answers[answer["id"]] = answer
        rest, _ = process.communicate(timeout=30)
    assert len(answers[2]["result"]["tools"]) == 9
    assert answers[3]["result"]["structuredContent"]["version"] == 1
    assert rest == ""
    assert process.returncode == 0


def test_the_homes_own_key_is_made_on_first_use_and_cannot_forget(db):
    path = settings.HOME.secrets / FILE
    path.unlink(missing_ok=True)

    async def work(client):
        told = data(await client.call_tool("onboard", {}))
        stored = data(await client.call_tool("remember", {"content": "The anchor is rusty."}))
        refused = await client.call_tool("forget", {"ids": [stored["id"]]})
        return told, refused

    told, refused = talk(session(HOME), work)
    assert told["namespace"] == "default"
    assert told["may"] == ["feedback", "recall", "store", "update"]
    assert refused.is_error
    assert "scope 'forget'" in text(refused)
    assert path.stat().st_mode & 0o777 == 0o600
    again, _ = talk(session(HOME), work)
    assert again == told
    assert ApiKey.objects.filter(digest=digest_of(path.read_text().strip())).count() == 1


def test_a_revoked_key_stops_within_five_seconds_in_the_middle_of_a_session(alice):
    async def work(client):
        assert not (await client.call_tool("memory_health", {})).is_error
        await anyio.to_thread.run_sync(lambda: key_revoke(label=digest_of(alice.secret).hex()[:16]))
        revoked = time.monotonic()
        while not (answer := await client.call_tool("memory_health", {})).is_error:
            assert time.monotonic() - revoked < 5
            await anyio.sleep(0.2)
        return answer

    assert "valid key" in text(talk(session(HOME, alice.secret), work))


def test_the_homes_own_key_is_not_made_anew_after_it_was_revoked(db):
    path = settings.HOME.secrets / FILE
    path.unlink(missing_ok=True)

    async def work(client):
        return (await client.call_tool("memory_health", {})).is_error

    assert talk(session(HOME), work) is False
    key_revoke(label=digest_of(path.read_text().strip()).hex()[:16])
    assert talk(session(HOME), work) is True
    path.unlink()
