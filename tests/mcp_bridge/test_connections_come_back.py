"""The trap: a tool that kept its connection would empty the pool for good."""

from typing import cast

import anyio
import pytest
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper
from psycopg_pool import ConnectionPool

from mcp_bridge.lending import in_thread
from tests.mcp_bridge.agents import MODES, Agent

POOL = 3
CALLS = 50


@pytest.fixture
def small_pool(db):
    """This process's pool with three connections instead of ten."""
    options = connections.settings["default"]["OPTIONS"]
    before = options["pool"]
    wrapper = cast("DatabaseWrapper", connections["default"])
    connections.close_all()
    wrapper.close_pool()
    options["pool"] = {"min_size": POOL, "max_size": POOL, "timeout": 5.0}
    pool = wrapper.pool
    yield pool
    connections.close_all()
    wrapper.close_pool()
    options["pool"] = before


def whole(pool: ConnectionPool) -> bool:
    pool.wait(5)  # it opens its connections in the background
    stats = pool.get_stats()
    return stats["pool_available"] == stats["pool_size"] == POOL and not stats["requests_waiting"]


@pytest.mark.parametrize("mode", MODES)
def test_fifty_calls_at_once_over_three_connections_are_all_answered(alice, small_pool, mode):
    async def at_once(client):
        answers = []

        async def one(n):
            tool, arguments = (
                ("remember", {"content": f"Locker {n} is taken."}) if n % 2 else ("recall", {"query": f"locker {n}?"})
            )
            answers.append(await client.call_tool(tool, arguments))

        async with anyio.create_task_group() as group:
            for n in range(CALLS):
                group.start_soon(one, n)
        return answers

    answers = Agent(alice.secret, mode=mode).run(at_once)
    assert len(answers) == CALLS
    assert not any(answer.is_error for answer in answers)
    assert whole(small_pool)


def test_refused_and_failing_calls_give_their_connection_back_too(alice, small_pool, monkeypatch):
    async def at_once(client):
        for n in range(2 * POOL):
            await client.call_tool("update", {"id": "01a1fcf2-0b46-70d4-9fef-b67555470780", "content": f"{n}"})
            await client.call_tool("remember", {"content": ""})

    Agent(alice.secret).run(at_once)
    assert whole(small_pool)


def test_work_in_a_thread_gives_its_connection_back_even_when_it_fails(small_pool):
    def work():
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1")
        raise LookupError("after the query")

    async def many():
        for _ in range(3 * POOL):
            with pytest.raises(LookupError):
                await in_thread(work)

    anyio.run(many)
    assert whole(small_pool)
