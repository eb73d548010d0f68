"""The served instance: two processes on one socket, official clients, kills, and what a call costs."""

import os
import signal
import threading
import time
from collections.abc import Callable

import anyio
import httpx2
import pytest
from django.db import connection

from accounts.door import tenant
from accounts.services.keys import digest_of, key_revoke
from mcp_bridge.profiles import Profile
from tests.mcp_bridge.agents import MODES, Agent
from tests.mcp_bridge.scripts import TOOLS, use_every_tool
from tests.mcp_bridge.test_raw_json_rpc import LEGACY, MODERN, envelope, headers, message
from tests.mcp_bridge.workers import Workers, two_workers

pytestmark = pytest.mark.slow
ADDED_CPU_SECONDS = 0.005  # a recall through /mcp may cost this much more than the same one through REST


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("profile", list(Profile))
def test_an_agent_lists_and_calls_every_tool_over_two_workers(alice, workers, profile, mode):
    agent = Agent(alice.secret, url=workers.url, profile=profile, mode=mode)
    assert agent.run(lambda client: use_every_tool(client, profile)) == TOOLS[profile]


@pytest.mark.parametrize(("version", "params"), [(LEGACY, {}), (MODERN, envelope())])
def test_raw_requests_on_new_connections_reach_either_worker(alice, workers, version, params):
    told = headers(alice.secret, mcp_protocol_version=version, mcp_method="tools/list")
    for _ in range(20):
        answer = httpx2.post(f"{workers.url}/mcp/", json=message("tools/list", params), headers=told)
        assert len(answer.json()["result"]["tools"]) == 9


def test_fifty_calls_at_once_over_three_connections_a_worker(newcomer):
    alice = newcomer("alice")
    with two_workers(GARNER_WEB_THREADS="1") as workers:

        async def at_once(client):
            answers = []

            async def one(n):
                arguments = {"content": f"Locker {n} is taken."}
                answers.append(await client.call_tool("remember", arguments))

            async with anyio.create_task_group() as group:
                for n in range(50):
                    group.start_soon(one, n)
            return answers

        for _ in range(3):
            answers = Agent(alice.secret, url=workers.url).run(at_once)
            assert not any(answer.is_error for answer in answers)
        assert len(Agent(alice.secret, url=workers.url).ask("list_memories", limit=100)["memories"]) == 50


def test_a_worker_killed_in_the_middle_of_calls_leaves_no_half_written_grain(newcomer):
    alice = newcomer("alice")
    acknowledged: list[str] = []
    with two_workers() as workers:
        over = threading.Event()

        def store(lane: int) -> None:
            n = 0
            while not over.is_set():
                n += 1
                call = {"name": "remember", "arguments": {"content": f"Lane {lane} passed gate {n}."}}
                try:
                    answer = httpx2.post(
                        f"{workers.url}/mcp",
                        json=message("tools/call", call),
                        headers=headers(alice.secret, mcp_protocol_version=LEGACY),
                        timeout=10,
                    )
                    acknowledged.append(answer.json()["result"]["structuredContent"]["id"])
                except (httpx2.TransportError, KeyError):
                    continue  # its worker died under it

        lanes = [threading.Thread(target=store, args=(lane,)) for lane in range(6)]
        for lane in lanes:
            lane.start()
        while len(acknowledged) < 60:
            time.sleep(0.01)
        os.kill(workers.processes[0].pid, signal.SIGKILL)
        seen = len(acknowledged)
        while len(acknowledged) < seen + 30:
            time.sleep(0.01)
        over.set()
        for lane in lanes:
            lane.join()
    assert_whole(alice, acknowledged)


def assert_whole(person, acknowledged: list[str]) -> None:
    """Every grain has its version, passage, vitals, postings and deed; every acknowledged one is there."""
    counted = """
        SELECT count(*),
               count(*) FILTER (WHERE EXISTS (SELECT FROM grains_version v WHERE v.grain_id = g.id)),
               count(*) FILTER (WHERE EXISTS (SELECT FROM grains_passage p WHERE p.grain_number = g.number)),
               count(*) FILTER (WHERE EXISTS (SELECT FROM grains_vitals w WHERE w.grain_number = g.number)),
               count(*) FILTER (WHERE EXISTS (SELECT FROM grains_posting t WHERE t.grain_number = g.number)),
               count(*) FILTER (WHERE EXISTS (SELECT FROM accounts_deed d WHERE g.id = ANY(d.subjects)))
        FROM grains_grain g
    """
    with tenant(person.caller), connection.cursor() as cursor:
        cursor.execute(counted)
        grains, *parts = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM grains_grain WHERE id = ANY(%s::uuid[])", [acknowledged])
        (kept,) = cursor.fetchone()
    assert parts == [grains] * 5
    assert kept == len(acknowledged)


def test_a_revoked_key_stops_within_five_seconds_on_both_workers(newcomer, workers):
    alice = newcomer("alice")
    told = headers(alice.secret, mcp_protocol_version=LEGACY)
    statuses = [
        httpx2.post(f"{workers.url}/mcp", json=message("tools/list"), headers=told).status_code for _ in range(8)
    ]
    assert set(statuses) == {200}
    key_revoke(label=digest_of(alice.secret).hex()[:16])
    time.sleep(4.9)
    statuses = [
        httpx2.post(f"{workers.url}/mcp", json=message("tools/list"), headers=told).status_code for _ in range(8)
    ]
    assert set(statuses) == {401}


def test_a_recall_through_mcp_costs_little_more_than_through_rest(newcomer, workers):
    alice = newcomer("alice")
    agent = Agent(alice.secret, url=workers.url)
    agent.ask("remember", content="The spare key lies under the third flower pot.")
    call = {"name": "recall", "arguments": {"query": "Where is the spare key?", "limit": 10}}
    rest = lambda web: web.post("/v1/recall", json={"query": "Where is the spare key?", "limit": 10})  # noqa: E731
    older = lambda web: web.post(  # noqa: E731
        "/mcp", json=message("tools/call", call), headers=headers(alice.secret, mcp_protocol_version=LEGACY)
    )
    newer = lambda web: web.post(  # noqa: E731
        "/mcp",
        json=message("tools/call", {**envelope(), **call}),
        headers=headers(alice.secret, mcp_protocol_version=MODERN, mcp_method="tools/call", mcp_name="recall"),
    )
    with httpx2.Client(base_url=workers.url, headers={"authorization": f"Bearer {alice.secret}"}) as web:
        cost = {name: cpu(workers, web, ask) for name, ask in (("rest", rest), ("older", older), ("newer", newer))}
    print({name: f"{1000 * seconds:.2f} ms" for name, seconds in cost.items()})
    assert cost["older"] - cost["rest"] <= ADDED_CPU_SECONDS
    assert cost["newer"] - cost["rest"] <= ADDED_CPU_SECONDS


def cpu(
    workers: Workers, web: httpx2.Client, ask: Callable[[httpx2.Client], httpx2.Response], calls: int = 300
) -> float:
    """CPU seconds of both workers for one request, over enough of them."""
    for _ in range(30):
        assert ask(web).status_code == 200
    before = workers.cpu_seconds()
    for _ in range(calls):
        assert ask(web).status_code == 200
    return (workers.cpu_seconds() - before) / calls
