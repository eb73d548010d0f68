import anyio
import httpx2
import pytest

from accounts.scopes import Role
from mcp_bridge.profiles import Profile
from tests.mcp_bridge.agents import MODES, Agent, served, text
from tests.mcp_bridge.scripts import TOOLS, use_every_tool


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("profile", list(Profile))
def test_an_agent_lists_and_calls_every_tool(alice, profile, mode):
    agent = Agent(alice.secret, profile=profile, mode=mode)
    assert agent.run(lambda client: use_every_tool(client, profile)) == TOOLS[profile]


@pytest.mark.parametrize(("mode", "version"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
def test_both_eras_of_the_protocol_are_spoken(alice, mode, version):
    async def spoken(client):
        return client.session.protocol_version

    assert Agent(alice.secret, mode=mode).run(spoken) == version


def test_every_tool_has_a_title_a_description_hints_and_schemas(alice):
    async def listed(client):
        return (await client.list_tools()).tools

    for profile in Profile:
        for tool in Agent(alice.secret, profile=profile).run(listed):
            assert len(tool.description) > 40, tool.name
            assert tool.annotations.title
            assert tool.annotations.open_world_hint is False
            assert tool.input_schema["type"] == "object"
            assert tool.output_schema["type"] == "object"
            assert "caller" not in tool.input_schema["properties"]


def test_hints_tell_what_reads_and_what_destroys(alice):
    async def hints(client):
        return {tool.name: tool.annotations for tool in (await client.list_tools()).tools}

    told = Agent(alice.secret).run(hints)
    reading = {name for name, hint in told.items() if hint.read_only_hint}
    assert reading == {"recall", "list_memories", "explain", "memory_health", "onboard"}
    assert {name for name, hint in told.items() if hint.destructive_hint} == {"update", "forget"}
    assert {name for name, hint in told.items() if not hint.idempotent_hint} == {"update"}


def test_the_profile_comes_from_the_address_before_the_header_before_the_key(alice, newcomer_with_profile):
    async def names(client):
        return {tool.name for tool in (await client.list_tools()).tools}

    own = newcomer_with_profile("memex")
    assert Agent(own.secret).run(names) == TOOLS["memex"]
    header = {"x-garner-profile": "flux"}
    assert Agent(own.secret, headers=header).run(names) == TOOLS["flux"]
    assert Agent(own.secret, headers=header, profile="memoryoss").run(names) == TOOLS["memoryoss"]


def test_agents_of_all_profiles_at_once_do_not_get_in_each_others_way(newcomer):
    agents = [
        Agent(newcomer("many").secret, profile=profile, mode=mode, name=f"{profile}-{mode}")
        for profile in Profile
        for mode in MODES
    ]

    async def sit(agent, transport):
        headers = {"authorization": f"Bearer {agent.secret}"}
        web = httpx2.AsyncClient(headers=headers, transport=transport, timeout=60)
        async with web, agent.client(web) as client:
            await use_every_tool(client, agent.profile)

    async def all_at_once():
        async with served() as transport, anyio.create_task_group() as group:
            for agent in agents:
                group.start_soon(sit, agent, transport)

    anyio.run(all_at_once)


def test_a_reader_is_told_which_right_is_missing(db, newcomer):
    reader = newcomer("reader", Role.READER)
    result = Agent(reader.secret).call("remember", content="The gate code is 12.")
    assert result.is_error
    assert "scope 'store'" in text(result)
    assert "ask the person who runs this memory" in text(result)
